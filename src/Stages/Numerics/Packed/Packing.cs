using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Stages.Numerics.Packed;

/// <summary>Copies factors into panels: the items of one panel for one k after the other, padded by zeros.</summary>
/// <remarks>The only place where singles are widened and references subtracted.</remarks>
internal static unsafe class Packing
{
    private const int WideWidth = 24;

    /// <summary>Packs the panel that begins with one item, for some k.</summary>
    public static void Pack(in Factor factor, int firstItem, int firstK, int depth, int width, double* panel)
    {
        int items = Math.Min(width, factor.Items - firstItem);
        if (!factor.IsAcross)
        {
            Along(factor.First, firstItem, items, firstK, depth, width, panel);
            return;
        }

        int fromFirst = Math.Clamp(factor.FirstItems - firstItem, 0, items);
        if (fromFirst > 0)
        {
            Across(factor.First, firstItem, fromFirst, firstK, depth, width, panel);
        }

        if (fromFirst < items)
        {
            int start = Math.Max(0, firstItem - factor.FirstItems);
            Across(factor.Second, start, items - fromFirst, firstK, depth, width, panel + fromFirst);
        }

        Pad(items, depth, width, panel);
    }

    private static void Across(in FactorRows rows, int column, int items, int firstK, int depth, int width, double* panel)
    {
        double* reference = rows.Reference == null ? null : rows.Reference + column;
        nint at = (firstK * rows.Stride) + column;
        if (rows.IsSingle)
        {
            Across<SingleElement>(rows.Start + (at * sizeof(float)), rows.Stride * sizeof(float), reference, items, depth, width, panel);
        }
        else
        {
            Across<DoubleElement>(rows.Start + (at * sizeof(double)), rows.Stride * sizeof(double), reference, items, depth, width, panel);
        }
    }

    private static void Along(in FactorRows rows, int row, int items, int firstK, int depth, int width, double* panel)
    {
        double* reference = rows.Reference == null ? null : rows.Reference + firstK;
        nint at = (row * rows.Stride) + firstK;
        if (rows.IsSingle)
        {
            Along<SingleElement>(rows.Start + (at * sizeof(float)), rows.Stride * sizeof(float), reference, items, depth, width, panel);
        }
        else
        {
            Along<DoubleElement>(rows.Start + (at * sizeof(double)), rows.Stride * sizeof(double), reference, items, depth, width, panel);
        }

        Pad(items, depth, width, panel);
    }

    private static void Across<TElement>(
        byte* source, nint step, double* reference, int items, int depth, int width, double* panel)
        where TElement : struct, IElement
    {
        if (items != width)
        {
            AcrossOneByOne<TElement>(source, step, reference, items, depth, width, panel);
        }
        else if (width == WideWidth)
        {
            AcrossWide<TElement>(source, step, reference, depth, panel);
        }
        else
        {
            AcrossNarrow<TElement>(source, step, reference, depth, panel);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AcrossWide<TElement>(byte* source, nint step, double* reference, int depth, double* panel)
        where TElement : struct, IElement
    {
        // x - 0 is x, also for -0.
        Vector512<double> r0 = reference == null ? default : Vector512.Load(reference);
        Vector512<double> r1 = reference == null ? default : Vector512.Load(reference + 8);
        Vector512<double> r2 = reference == null ? default : Vector512.Load(reference + 16);
        for (int k = 0; k < depth; k++)
        {
            (TElement.Eight(source) - r0).Store(panel);
            (TElement.Eight(source + (8 * TElement.Size)) - r1).Store(panel + 8);
            (TElement.Eight(source + (16 * TElement.Size)) - r2).Store(panel + 16);
            source += step;
            panel += 24;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AcrossNarrow<TElement>(byte* source, nint step, double* reference, int depth, double* panel)
        where TElement : struct, IElement
    {
        Vector256<double> r0 = reference == null ? default : Vector256.Load(reference);
        Vector256<double> r1 = reference == null ? default : Vector256.Load(reference + 4);
        Vector256<double> r2 = reference == null ? default : Vector256.Load(reference + 8);
        for (int k = 0; k < depth; k++)
        {
            (TElement.Four(source) - r0).Store(panel);
            (TElement.Four(source + (4 * TElement.Size)) - r1).Store(panel + 4);
            (TElement.Four(source + (8 * TElement.Size)) - r2).Store(panel + 8);
            source += step;
            panel += 12;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AcrossOneByOne<TElement>(
        byte* source, nint step, double* reference, int items, int depth, int width, double* panel)
        where TElement : struct, IElement
    {
        for (int k = 0; k < depth; k++)
        {
            for (int c = 0; c < items; c++)
            {
                panel[c] = TElement.At(source + (c * TElement.Size)) - (reference == null ? 0 : reference[c]);
            }

            source += step;
            panel += width;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Along<TElement>(
        byte* source, nint step, double* reference, int items, int depth, int width, double* panel)
        where TElement : struct, IElement
    {
        int turned = 0;
        if (TransposedBlock.IsSupported)
        {
            for (; turned + 8 <= items; turned += 8)
            {
                Turn<TElement>(source + (turned * step), step, reference, depth, width, panel + turned);
            }
        }

        for (int c = turned; c < items; c++)
        {
            byte* row = source + (c * step);
            double* target = panel + c;
            for (int k = 0; k < depth; k++)
            {
                *target = TElement.At(row + (k * TElement.Size)) - (reference == null ? 0 : reference[k]);
                target += width;
            }
        }
    }

    /// <summary>Eight rows, eight k at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn<TElement>(byte* source, nint step, double* reference, int depth, int width, double* panel)
        where TElement : struct, IElement
    {
        int k = 0;
        for (; k + 8 <= depth; k += 8)
        {
            Vector512<double> r = reference == null ? default : Vector512.Load(reference + k);
            byte* block = source + (k * TElement.Size);
            TransposedBlock.Store(
                TElement.Eight(block) - r,
                TElement.Eight(block + step) - r,
                TElement.Eight(block + (2 * step)) - r,
                TElement.Eight(block + (3 * step)) - r,
                TElement.Eight(block + (4 * step)) - r,
                TElement.Eight(block + (5 * step)) - r,
                TElement.Eight(block + (6 * step)) - r,
                TElement.Eight(block + (7 * step)) - r,
                panel + (k * width),
                width);
        }

        for (; k < depth; k++)
        {
            double r = reference == null ? 0 : reference[k];
            for (int c = 0; c < 8; c++)
            {
                panel[(k * width) + c] = TElement.At(source + (c * step) + (k * TElement.Size)) - r;
            }
        }
    }

    private static void Pad(int items, int depth, int width, double* panel)
    {
        for (int k = 0; k < depth && items < width; k++)
        {
            new Span<double>(panel + (k * width) + items, width - items).Clear();
        }
    }
}
