using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Stages.Numerics.Packed;

/// <summary>Copies factors into panels: the items of one panel for one k after the other.</summary>
/// <remarks>
/// The only place where singles are widened and references subtracted. The last panel is padded by zeros up to the
/// next multiple of eight items; what lies behind that is undefined and never read into a result.
/// </remarks>
internal static unsafe class Packing
{
    private const int Lanes = 8;
    private const int Width = TileBody.Width;

    /// <summary>Packs the panel that begins with one item, for some k.</summary>
    public static void Pack(in Factor factor, int firstItem, int firstK, int depth, double* panel)
    {
        int items = Math.Min(Width, factor.Items - firstItem);
        if (factor.IsAcross)
        {
            Pack<Across>(factor, firstItem, items, firstK, depth, panel);
        }
        else
        {
            Pack<Along>(factor, firstItem, items, firstK, depth, panel);
        }
    }

    private static void Pack<TForm>(in Factor rows, int firstItem, int items, int firstK, int depth, double* panel)
        where TForm : struct, IForm
    {
        int column = TForm.IsAcross ? firstItem : firstK;
        nint at = ((TForm.IsAcross ? firstK : firstItem) * rows.Stride) + column;
        double* reference = rows.Reference == null ? null : rows.Reference + column;
        if (rows.IsSingle)
        {
            TForm.Pack<StoredSingle>(rows.Start + (at * sizeof(float)), rows.Stride * sizeof(float), reference, items, depth, panel);
        }
        else
        {
            TForm.Pack<StoredDouble>(rows.Start + (at * sizeof(double)), rows.Stride * sizeof(double), reference, items, depth, panel);
        }
    }

    /// <summary>How items lie in the source.</summary>
    private interface IForm
    {
        static abstract bool IsAcross { get; }

        static abstract void Pack<TElement>(byte* source, nint step, double* reference, int items, int depth, double* panel)
            where TElement : struct, IStoredValue;
    }

    /// <summary>Items are neighbours in a row of the source; k goes from row to row.</summary>
    private readonly struct Across : IForm
    {
        public static bool IsAcross => true;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Pack<TElement>(byte* source, nint step, double* reference, int items, int depth, double* panel)
            where TElement : struct, IStoredValue
        {
            int c = 0;
            for (; c + Lanes <= items; c += Lanes)
            {
                // x - 0 is x, also for -0.
                Vector512<double> r = reference == null ? default : Vector512.Load(reference + c);
                byte* from = source + (c * TElement.Size);
                double* to = panel + c;
                for (int k = 0; k < depth; k++)
                {
                    (TElement.Eight(from) - r).Store(to);
                    from += step;
                    to += Width;
                }
            }

            if (c < items)
            {
                reference = reference == null ? null : reference + c;
                PackTail<TElement>(source + (c * TElement.Size), step, reference, items - c, depth, panel + c);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void PackTail<TElement>(byte* source, nint step, double* reference, int items, int depth, double* panel)
            where TElement : struct, IStoredValue
        {
            if (!Avx512F.IsSupported)
            {
                PackOneByOne<TElement>(source, step, reference, items, Lanes - items, depth, panel);
                return;
            }

            Vector512<double> mask = Vector512.LessThan(Vector512.Create(0L, 1, 2, 3, 4, 5, 6, 7), Vector512.Create((long)items)).AsDouble();
            Vector512<double> r = reference == null ? default : StoredDouble.Some((byte*)reference, mask);
            for (int k = 0; k < depth; k++)
            {
                (TElement.Some(source, mask) - r).Store(panel);
                source += step;
                panel += Width;
            }
        }
    }

    /// <summary>Items are rows of the source; k goes along them.</summary>
    private readonly struct Along : IForm
    {
        public static bool IsAcross => false;

        public static void Pack<TElement>(byte* source, nint step, double* reference, int items, int depth, double* panel)
            where TElement : struct, IStoredValue
        {
            for (int c = 0; c < items; c += Lanes)
            {
                int rows = Math.Min(Lanes, items - c);
                int turned = TransposedBlock.IsSupported ? Turn<TElement>(source + (c * step), step, reference, rows, depth, panel + c) : 0;
                for (int k = turned; k < depth; k++)
                {
                    double r = reference == null ? 0 : reference[k];
                    for (int i = 0; i < Lanes; i++)
                    {
                        panel[(k * Width) + c + i] = i < rows ? TElement.At(source + ((c + i) * step) + (k * TElement.Size)) - r : 0;
                    }
                }
            }
        }

        /// <summary>Up to eight rows, eight k at a time.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static int Turn<TElement>(byte* source, nint step, double* reference, int rows, int depth, double* panel)
            where TElement : struct, IStoredValue
        {
            int k = 0;
            for (; k + Lanes <= depth; k += Lanes)
            {
                Vector512<double> r = reference == null ? default : Vector512.Load(reference + k);
                byte* block = source + (k * TElement.Size);
                TransposedBlock.Store(
                    TElement.Eight(block) - r,
                    rows > 1 ? TElement.Eight(block + step) - r : default,
                    rows > 2 ? TElement.Eight(block + (2 * step)) - r : default,
                    rows > 3 ? TElement.Eight(block + (3 * step)) - r : default,
                    rows > 4 ? TElement.Eight(block + (4 * step)) - r : default,
                    rows > 5 ? TElement.Eight(block + (5 * step)) - r : default,
                    rows > 6 ? TElement.Eight(block + (6 * step)) - r : default,
                    rows > 7 ? TElement.Eight(block + (7 * step)) - r : default,
                    panel + (k * Width),
                    Width);
            }

            return k;
        }
    }

    private static void PackOneByOne<TElement>(
        byte* source, nint step, double* reference, int items, int zeros, int depth, double* panel)
        where TElement : struct, IStoredValue
    {
        for (int k = 0; k < depth; k++)
        {
            for (int c = 0; c < items + zeros; c++)
            {
                panel[c] = c < items ? TElement.At(source + (c * TElement.Size)) - (reference == null ? 0 : reference[c]) : 0;
            }

            source += step;
            panel += Width;
        }
    }
}
