using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Stages.Numerics;

/// <summary>The inner loops over one spectrum, with the same bits for every vector width.</summary>
/// <remarks>
/// A sum runs in 32 partial sums: four vectors of eight lanes over blocks of 32 values, then blocks of eight
/// into the first vector, then a fixed tree over vectors and lanes, then the last values one by one. A loop
/// that writes one value per position keeps one chain of operations per position, so blocks do not matter.
/// The eight lanes are a constant: narrower machines compute them in several registers, with the same result.
/// </remarks>
internal static class RowKernels
{
    private const int Block = 4 * Lanes.Width;

    /// <summary>target = x − shift, for vectors of equal length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Subtract(ReadOnlySpan<double> x, ReadOnlySpan<double> shift, Span<double> target)
    {
        Debug.Assert(x.Length == shift.Length && x.Length == target.Length);
        ref double source = ref MemoryMarshal.GetReference(x);
        ref double shifts = ref MemoryMarshal.GetReference(shift);
        ref double result = ref MemoryMarshal.GetReference(target);
        int j = 0;
        for (; j <= x.Length - Lanes.Width; j += Lanes.Width)
        {
            Store(Load(ref source, j) - Load(ref shifts, j), ref result, j);
        }

        for (; j < x.Length; j++)
        {
            target[j] = x[j] - shift[j];
        }
    }

    /// <summary>Refuses shapes with which a loop would leave its memory; to be called once per matrix.</summary>
    public static void RequireShapes(MatrixView x, MatrixSpan target, int columns) => RequireShapes(x, target, columns, columns);

    /// <summary>Refuses shapes where results have another number of variables than spectra.</summary>
    public static void RequireShapes(MatrixView x, MatrixSpan target, int columns, int width)
    {
        if (x.Columns != columns || target.Columns != width || x.Rows != target.Rows)
        {
            throw new ArgumentException(
                $"Fitted for {columns} variables that become {width}, found {x.Rows} x {x.Columns} spectra with a target of "
                + $"{target.Rows} x {target.Columns}.",
                nameof(target));
        }
    }

    /// <summary>Σ (x_j − shift).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double SumOfDifferences(ReadOnlySpan<double> x, double shift)
    {
        ref double source = ref MemoryMarshal.GetReference(x);
        Vector512<double> shifts = Vector512.Create(shift);
        Vector512<double> a = Vector512<double>.Zero, b = a, c = a, d = a;
        int j = 0;
        for (; j <= x.Length - Block; j += Block)
        {
            a += Load(ref source, j) - shifts;
            b += Load(ref source, j + Lanes.Width) - shifts;
            c += Load(ref source, j + (2 * Lanes.Width)) - shifts;
            d += Load(ref source, j + (3 * Lanes.Width)) - shifts;
        }

        for (; j <= x.Length - Lanes.Width; j += Lanes.Width)
        {
            a += Load(ref source, j) - shifts;
        }

        double sum = Lanes.Sum((a + b) + (c + d));
        for (; j < x.Length; j++)
        {
            sum += x[j] - shift;
        }

        return sum;
    }

    /// <summary>Σ (x_j − mean)².</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double SumOfSquares(ReadOnlySpan<double> x, double mean)
    {
        ref double source = ref MemoryMarshal.GetReference(x);
        Vector512<double> means = Vector512.Create(mean);
        Vector512<double> a = Vector512<double>.Zero, b = a, c = a, d = a;
        int j = 0;
        for (; j <= x.Length - Block; j += Block)
        {
            a = AddSquare(Load(ref source, j) - means, a);
            b = AddSquare(Load(ref source, j + Lanes.Width) - means, b);
            c = AddSquare(Load(ref source, j + (2 * Lanes.Width)) - means, c);
            d = AddSquare(Load(ref source, j + (3 * Lanes.Width)) - means, d);
        }

        for (; j <= x.Length - Lanes.Width; j += Lanes.Width)
        {
            a = AddSquare(Load(ref source, j) - means, a);
        }

        double sum = Lanes.Sum((a + b) + (c + d));
        for (; j < x.Length; j++)
        {
            double deviation = x[j] - mean;
            sum = Math.FusedMultiplyAdd(deviation, deviation, sum);
        }

        return sum;
    }

    /// <summary>Σ w_j (x_j − shift).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Dot(ReadOnlySpan<double> w, ReadOnlySpan<double> x, double shift)
    {
        Debug.Assert(w.Length == x.Length);
        ref double weights = ref MemoryMarshal.GetReference(w);
        ref double source = ref MemoryMarshal.GetReference(x);
        Vector512<double> shifts = Vector512.Create(shift);
        Vector512<double> a = Vector512<double>.Zero, b = a, c = a, d = a;
        int j = 0;
        for (; j <= x.Length - Block; j += Block)
        {
            a = Vector512.FusedMultiplyAdd(Load(ref weights, j), Load(ref source, j) - shifts, a);
            b = Vector512.FusedMultiplyAdd(Load(ref weights, j + Lanes.Width), Load(ref source, j + Lanes.Width) - shifts, b);
            c = Vector512.FusedMultiplyAdd(
                Load(ref weights, j + (2 * Lanes.Width)), Load(ref source, j + (2 * Lanes.Width)) - shifts, c);
            d = Vector512.FusedMultiplyAdd(
                Load(ref weights, j + (3 * Lanes.Width)), Load(ref source, j + (3 * Lanes.Width)) - shifts, d);
        }

        for (; j <= x.Length - Lanes.Width; j += Lanes.Width)
        {
            a = Vector512.FusedMultiplyAdd(Load(ref weights, j), Load(ref source, j) - shifts, a);
        }

        double sum = Lanes.Sum((a + b) + (c + d));
        for (; j < x.Length; j++)
        {
            sum = Math.FusedMultiplyAdd(w[j], x[j] - shift, sum);
        }

        return sum;
    }

    /// <summary>target_j = (x_j − shift) · scale + offset, the last two in one rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ShiftAndScale(ReadOnlySpan<double> x, double shift, double scale, double offset, Span<double> target)
    {
        Debug.Assert(x.Length == target.Length);
        ref double source = ref MemoryMarshal.GetReference(x);
        ref double result = ref MemoryMarshal.GetReference(target);
        Vector512<double> shifts = Vector512.Create(shift);
        Vector512<double> scales = Vector512.Create(scale);
        Vector512<double> offsets = Vector512.Create(offset);
        int j = 0;
        for (; j <= x.Length - Lanes.Width; j += Lanes.Width)
        {
            Store(Vector512.FusedMultiplyAdd(Load(ref source, j) - shifts, scales, offsets), ref result, j);
        }

        for (; j < x.Length; j++)
        {
            target[j] = Math.FusedMultiplyAdd(x[j] - shift, scale, offset);
        }
    }

    /// <summary>target_j = (x_j − shift_j) · scale_j.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ShiftAndScale(
        ReadOnlySpan<double> x, ReadOnlySpan<double> shift, ReadOnlySpan<double> scale, Span<double> target)
    {
        Debug.Assert(x.Length == target.Length && shift.Length == x.Length && scale.Length == x.Length);
        ref double source = ref MemoryMarshal.GetReference(x);
        ref double shifts = ref MemoryMarshal.GetReference(shift);
        ref double scales = ref MemoryMarshal.GetReference(scale);
        ref double result = ref MemoryMarshal.GetReference(target);
        int j = 0;
        for (; j <= x.Length - Lanes.Width; j += Lanes.Width)
        {
            Store((Load(ref source, j) - Load(ref shifts, j)) * Load(ref scales, j), ref result, j);
        }

        for (; j < x.Length; j++)
        {
            target[j] = (x[j] - shift[j]) * scale[j];
        }
    }

    /// <summary>target_j = x_j + factor · w_j.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddMultiple(ReadOnlySpan<double> x, double factor, ReadOnlySpan<double> w, Span<double> target)
    {
        Debug.Assert(x.Length == target.Length && w.Length == x.Length);
        ref double source = ref MemoryMarshal.GetReference(x);
        ref double weights = ref MemoryMarshal.GetReference(w);
        ref double result = ref MemoryMarshal.GetReference(target);
        Vector512<double> factors = Vector512.Create(factor);
        int j = 0;
        for (; j <= x.Length - Lanes.Width; j += Lanes.Width)
        {
            Store(Vector512.FusedMultiplyAdd(factors, Load(ref weights, j), Load(ref source, j)), ref result, j);
        }

        for (; j < x.Length; j++)
        {
            target[j] = Math.FusedMultiplyAdd(factor, w[j], x[j]);
        }
    }

    /// <summary>sums_j += x_j − shift_j.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddDifferences(ReadOnlySpan<double> x, ReadOnlySpan<double> shift, Span<double> sums)
    {
        Debug.Assert(x.Length == sums.Length && shift.Length == x.Length);
        ref double source = ref MemoryMarshal.GetReference(x);
        ref double shifts = ref MemoryMarshal.GetReference(shift);
        ref double result = ref MemoryMarshal.GetReference(sums);
        int j = 0;
        for (; j <= x.Length - Lanes.Width; j += Lanes.Width)
        {
            Store(Load(ref result, j) + (Load(ref source, j) - Load(ref shifts, j)), ref result, j);
        }

        for (; j < x.Length; j++)
        {
            sums[j] += x[j] - shift[j];
        }
    }

    /// <summary>sums_j += (x_j − mean_j)².</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddSquares(ReadOnlySpan<double> x, ReadOnlySpan<double> mean, Span<double> sums)
    {
        Debug.Assert(x.Length == sums.Length && mean.Length == x.Length);
        ref double source = ref MemoryMarshal.GetReference(x);
        ref double means = ref MemoryMarshal.GetReference(mean);
        ref double result = ref MemoryMarshal.GetReference(sums);
        int j = 0;
        for (; j <= x.Length - Lanes.Width; j += Lanes.Width)
        {
            Store(AddSquare(Load(ref source, j) - Load(ref means, j), Load(ref result, j)), ref result, j);
        }

        for (; j < x.Length; j++)
        {
            double deviation = x[j] - mean[j];
            sums[j] = Math.FusedMultiplyAdd(deviation, deviation, sums[j]);
        }
    }

    /// <summary>target_i = Σ_m c_m x_(i+m), m ascending, for every position at which all of c fits into x.</summary>
    /// <remarks>
    /// The last vector overlaps the one before it: each result is a chain of its own, so its bits are the same.
    /// Bound by unaligned loads, 0.7 µs for 700 values and a window of 15. Ending with an overlapping block of 32
    /// instead was no faster, and folding a symmetric window would not save a load.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Convolve(ReadOnlySpan<double> x, ReadOnlySpan<double> c, Span<double> target)
    {
        Debug.Assert(target.Length == x.Length - c.Length + 1);
        ref double source = ref MemoryMarshal.GetReference(x);
        ref double weights = ref MemoryMarshal.GetReference(c);
        ref double result = ref MemoryMarshal.GetReference(target);
        int i = 0;
        for (; i <= target.Length - Block; i += Block)
        {
            ConvolveBlock(ref Unsafe.Add(ref source, i), ref weights, c.Length, ref Unsafe.Add(ref result, i));
        }

        if (target.Length >= Lanes.Width)
        {
            while (i < target.Length)
            {
                int start = Math.Min(i, target.Length - Lanes.Width);
                ConvolveLanes(ref Unsafe.Add(ref source, start), ref weights, c.Length)
                    .StoreUnsafe(ref Unsafe.Add(ref result, start));
                i = start + Lanes.Width;
            }

            return;
        }

        for (; i < target.Length; i++)
        {
            double sum = 0;
            for (int m = 0; m < c.Length; m++)
            {
                sum = Math.FusedMultiplyAdd(c[m], x[i + m], sum);
            }

            target[i] = sum;
        }
    }

    /// <summary>target_e = Σ_m table_(m,e) x_m, m ascending; the table's rows are padded to whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Combine(ReadOnlySpan<double> x, ReadOnlySpan<double> table, Span<double> target)
    {
        int stride = PaddedLength(target.Length);
        Debug.Assert(table.Length == x.Length * stride);
        ref double weights = ref MemoryMarshal.GetReference(table);
        Span<double> lanes = stackalloc double[Lanes.Width];
        for (int e = 0; e < target.Length; e += Lanes.Width)
        {
            Vector512<double> sum = Vector512<double>.Zero;
            for (int m = 0; m < x.Length; m++)
            {
                sum = Vector512.FusedMultiplyAdd(Load(ref weights, (m * stride) + e), Vector512.Create(x[m]), sum);
            }

            sum.CopyTo(lanes);
            int count = Math.Min(Lanes.Width, target.Length - e);
            lanes[..count].CopyTo(target[e..]);
        }
    }

    /// <summary>The smallest multiple of the lane count that holds so many values.</summary>
    public static int PaddedLength(int count) => (count + Lanes.Width - 1) / Lanes.Width * Lanes.Width;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ConvolveBlock(ref double source, ref double weights, int length, ref double result)
    {
        Vector512<double> a = Vector512<double>.Zero, b = a, c = a, d = a;
        for (int m = 0; m < length; m++)
        {
            Vector512<double> weight = Vector512.Create(Unsafe.Add(ref weights, m));
            a = Vector512.FusedMultiplyAdd(weight, Load(ref source, m), a);
            b = Vector512.FusedMultiplyAdd(weight, Load(ref source, m + Lanes.Width), b);
            c = Vector512.FusedMultiplyAdd(weight, Load(ref source, m + (2 * Lanes.Width)), c);
            d = Vector512.FusedMultiplyAdd(weight, Load(ref source, m + (3 * Lanes.Width)), d);
        }

        Store(a, ref result, 0);
        Store(b, ref result, Lanes.Width);
        Store(c, ref result, 2 * Lanes.Width);
        Store(d, ref result, 3 * Lanes.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector512<double> ConvolveLanes(ref double source, ref double weights, int length)
    {
        Vector512<double> sum = Vector512<double>.Zero;
        for (int m = 0; m < length; m++)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref weights, m)), Load(ref source, m), sum);
        }

        return sum;
    }

    private static Vector512<double> AddSquare(Vector512<double> value, Vector512<double> sum) =>
        Vector512.FusedMultiplyAdd(value, value, sum);

    private static Vector512<double> Load(ref double source, int index) =>
        Vector512.LoadUnsafe(ref source, (nuint)index);

    private static void Store(Vector512<double> value, ref double target, int index) =>
        value.StoreUnsafe(ref target, (nuint)index);
}
