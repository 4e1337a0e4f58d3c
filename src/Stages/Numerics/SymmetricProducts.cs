using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>Loops over symmetric matrices that read only what lies on and above the diagonal.</summary>
/// <remarks>
/// A product of a large symmetric matrix with a vector waits for memory, so reading half of it takes half the time:
/// each element above the diagonal serves twice. Lanes run along rows; every multiply-add is fused.
/// </remarks>
internal static class SymmetricProducts
{
    /// <summary>Fills the lower half from the upper one.</summary>
    public static void Mirror(MatrixSpan symmetric)
    {
        const int Block = 16;
        for (int i0 = 0; i0 < symmetric.Rows; i0 += Block)
        {
            for (int j0 = 0; j0 <= i0; j0 += Block)
            {
                MirrorBlock(symmetric, i0, Math.Min(i0 + Block, symmetric.Rows), j0, Math.Min(j0 + Block, symmetric.Rows));
            }
        }
    }

    /// <summary>s = S r for a symmetric S p × p of which the upper half is read. Time 2p², p²/2 values read.</summary>
    /// <remarks>
    /// Four rows at a time. Element i is what rows above add to it, in their order, then the 4 × 4 square on the
    /// diagonal from left to right, then the sum of the rest of row i in eight lanes.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Times(MatrixView upper, ReadOnlySpan<double> r, Span<double> s)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(upper.Rows, upper.Columns, nameof(upper));
        ArgumentOutOfRangeException.ThrowIfNotEqual(r.Length, upper.Rows, nameof(r));
        ArgumentOutOfRangeException.ThrowIfNotEqual(s.Length, upper.Rows, nameof(s));
        s.Clear();
        int i = 0;
        for (; i + 4 <= r.Length; i += 4)
        {
            TimesSquare(upper, i, 4, r, s);
            TimesFour(upper, i, r, s);
        }

        TimesSquare(upper, i, r.Length - i, r, s);
    }

    /// <summary>target_j = (a_j + b_j) + c d_j; the target may be neither.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Merge(double c, ReadOnlySpan<double> d, ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> target)
    {
        int length = target.Length;
        ref double differences = ref MemoryMarshal.GetReference(d[..length]);
        ref double first = ref MemoryMarshal.GetReference(a[..length]);
        ref double second = ref MemoryMarshal.GetReference(b[..length]);
        ref double result = ref MemoryMarshal.GetReference(target);
        Vector factor = Vector512.Create(c);
        nuint j = 0;
        for (; j + Lanes.Width <= (nuint)length; j += Lanes.Width)
        {
            Vector sum = Vector512.LoadUnsafe(ref first, j) + Vector512.LoadUnsafe(ref second, j);
            Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref differences, j), sum).StoreUnsafe(ref result, j);
        }

        for (; j < (nuint)length; j++)
        {
            Unsafe.Add(ref result, j) = Math.FusedMultiplyAdd(
                c, Unsafe.Add(ref differences, j), Unsafe.Add(ref first, j) + Unsafe.Add(ref second, j));
        }
    }

    /// <summary>target_j = (c x_j) y_j.</summary>
    public static void Multiply(double c, ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> target)
    {
        for (int j = 0; j < target.Length; j++)
        {
            target[j] = c * x[j] * y[j];
        }
    }

    private static void MirrorBlock(MatrixSpan symmetric, int i0, int i1, int j0, int j1)
    {
        for (int i = i0; i < i1; i++)
        {
            Span<double> row = symmetric.Row(i);
            for (int j = j0; j < Math.Min(j1, i); j++)
            {
                row[j] = symmetric[j, i];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TimesSquare(MatrixView upper, int first, int count, ReadOnlySpan<double> r, Span<double> s)
    {
        for (int i = first; i < first + count; i++)
        {
            double sum = s[i];
            for (int j = first; j < first + count; j++)
            {
                sum = Math.FusedMultiplyAdd(upper[Math.Min(i, j), Math.Max(i, j)], r[j], sum);
            }

            s[i] = sum;
        }
    }

    /// <summary>Four rows right of the square on the diagonal: their share of s below, and that of the columns in s of the rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TimesFour(MatrixView upper, int i, ReadOnlySpan<double> r, Span<double> s)
    {
        ref double row0 = ref MemoryMarshal.GetReference(upper.Row(i));
        ref double row1 = ref MemoryMarshal.GetReference(upper.Row(i + 1));
        ref double row2 = ref MemoryMarshal.GetReference(upper.Row(i + 2));
        ref double row3 = ref MemoryMarshal.GetReference(upper.Row(i + 3));
        ref double rStart = ref MemoryMarshal.GetReference(r);
        ref double sStart = ref MemoryMarshal.GetReference(s);
        double r0 = r[i];
        double r1 = r[i + 1];
        double r2 = r[i + 2];
        double r3 = r[i + 3];
        Vector f0 = Vector512.Create(r0);
        Vector f1 = Vector512.Create(r1);
        Vector f2 = Vector512.Create(r2);
        Vector f3 = Vector512.Create(r3);
        Vector t0 = Vector.Zero;
        Vector t1 = t0;
        Vector t2 = t0;
        Vector t3 = t0;
        nuint p = (nuint)r.Length;
        nuint j = (nuint)i + 4;
        for (; j + Lanes.Width <= p; j += Lanes.Width)
        {
            Vector right = Vector512.LoadUnsafe(ref rStart, j);
            Vector sum = Vector512.LoadUnsafe(ref sStart, j);
            Vector a = Vector512.LoadUnsafe(ref row0, j);
            sum = Vector512.FusedMultiplyAdd(f0, a, sum);
            t0 = Vector512.FusedMultiplyAdd(a, right, t0);
            a = Vector512.LoadUnsafe(ref row1, j);
            sum = Vector512.FusedMultiplyAdd(f1, a, sum);
            t1 = Vector512.FusedMultiplyAdd(a, right, t1);
            a = Vector512.LoadUnsafe(ref row2, j);
            sum = Vector512.FusedMultiplyAdd(f2, a, sum);
            t2 = Vector512.FusedMultiplyAdd(a, right, t2);
            a = Vector512.LoadUnsafe(ref row3, j);
            sum = Vector512.FusedMultiplyAdd(f3, a, sum);
            t3 = Vector512.FusedMultiplyAdd(a, right, t3);
            sum.StoreUnsafe(ref sStart, j);
        }

        double d0 = Lanes.Sum(t0);
        double d1 = Lanes.Sum(t1);
        double d2 = Lanes.Sum(t2);
        double d3 = Lanes.Sum(t3);
        for (; j < p; j++)
        {
            double right = Unsafe.Add(ref rStart, j);
            double sum = Unsafe.Add(ref sStart, j);
            sum = Math.FusedMultiplyAdd(r0, Unsafe.Add(ref row0, j), sum);
            sum = Math.FusedMultiplyAdd(r1, Unsafe.Add(ref row1, j), sum);
            sum = Math.FusedMultiplyAdd(r2, Unsafe.Add(ref row2, j), sum);
            Unsafe.Add(ref sStart, j) = Math.FusedMultiplyAdd(r3, Unsafe.Add(ref row3, j), sum);
            d0 = Math.FusedMultiplyAdd(Unsafe.Add(ref row0, j), right, d0);
            d1 = Math.FusedMultiplyAdd(Unsafe.Add(ref row1, j), right, d1);
            d2 = Math.FusedMultiplyAdd(Unsafe.Add(ref row2, j), right, d2);
            d3 = Math.FusedMultiplyAdd(Unsafe.Add(ref row3, j), right, d3);
        }

        s[i] += d0;
        s[i + 1] += d1;
        s[i + 2] += d2;
        s[i + 3] += d3;
    }
}
