using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>Products of matrices with vectors, in one fixed order of summation.</summary>
/// <remarks>
/// A dot product over p values runs in blocks of eight: even blocks add into one accumulator of eight lanes, odd
/// blocks into a second, the last p % 8 values into the upper lanes of the second; then both are added and the
/// lanes summed by <see cref="Lanes.Sum"/>. Products over rows add row after row. Hence the value for one row
/// depends neither on its neighbours nor on stride, alignment or vector width. Every multiply-add is fused.
/// Four rows are taken at a time, so that each value of the shared vector is loaded once for four products.
/// </remarks>
internal static class Products
{
    /// <summary>xᵀy of two vectors of equal length p. Time 2p.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Require(x.Length, y.Length);
        return Dot(ref MemoryMarshal.GetReference(x), ref MemoryMarshal.GetReference(y), (nuint)x.Length);
    }

    /// <summary>y += c x for vectors of equal length p. Time 2p.</summary>
    public static void Axpy(double c, ReadOnlySpan<double> x, Span<double> y)
    {
        Require(x.Length, y.Length);
        Accumulate(c, ref MemoryMarshal.GetReference(x), ref MemoryMarshal.GetReference(y), (nuint)x.Length);
    }

    /// <summary>rows += c vᵀ for rows s × p, c of s and v of p values; each row gets the bits of <see cref="Axpy"/>. Time 2sp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddOuter(ReadOnlySpan<double> c, ReadOnlySpan<double> v, MatrixSpan rows)
    {
        Require(rows.Rows, c.Length);
        Require(rows.Columns, v.Length);
        ref double vStart = ref MemoryMarshal.GetReference(v);
        nuint p = (nuint)v.Length;
        int s = 0;
        for (; s + 4 <= rows.Rows; s += 4)
        {
            FourRows four = new(rows, s);
            Vector c0 = Vector512.Create(c[s]);
            Vector c1 = Vector512.Create(c[s + 1]);
            Vector c2 = Vector512.Create(c[s + 2]);
            Vector c3 = Vector512.Create(c[s + 3]);
            nuint j = 0;
            for (; j + 8 <= p; j += 8)
            {
                Vector x = Vector512.LoadUnsafe(ref vStart, j);
                Vector512.FusedMultiplyAdd(c0, x, Vector512.LoadUnsafe(ref four.Row0, j)).StoreUnsafe(ref four.Row0, j);
                Vector512.FusedMultiplyAdd(c1, x, Vector512.LoadUnsafe(ref four.Row1, j)).StoreUnsafe(ref four.Row1, j);
                Vector512.FusedMultiplyAdd(c2, x, Vector512.LoadUnsafe(ref four.Row2, j)).StoreUnsafe(ref four.Row2, j);
                Vector512.FusedMultiplyAdd(c3, x, Vector512.LoadUnsafe(ref four.Row3, j)).StoreUnsafe(ref four.Row3, j);
            }

            for (; j < p; j++)
            {
                double x = Unsafe.Add(ref vStart, j);
                ref double first = ref Unsafe.Add(ref four.Row0, j);
                ref double second = ref Unsafe.Add(ref four.Row1, j);
                ref double third = ref Unsafe.Add(ref four.Row2, j);
                ref double fourth = ref Unsafe.Add(ref four.Row3, j);
                first = Math.FusedMultiplyAdd(c[s], x, first);
                second = Math.FusedMultiplyAdd(c[s + 1], x, second);
                third = Math.FusedMultiplyAdd(c[s + 2], x, third);
                fourth = Math.FusedMultiplyAdd(c[s + 3], x, fourth);
            }
        }

        for (; s < rows.Rows; s++)
        {
            Accumulate(c[s], ref vStart, ref MemoryMarshal.GetReference(rows.Row(s)), p);
        }
    }

    /// <summary>The sign of the value of largest magnitude, of equal ones the first: what directions that have no sign are turned by.</summary>
    public static double SignOfLargest(ReadOnlySpan<double> x)
    {
        double largest = 0;
        foreach (double value in x)
        {
            largest = Math.Abs(value) > Math.Abs(largest) ? value : largest;
        }

        return largest < 0 ? -1 : 1;
    }

    /// <summary>x *= c. Time p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(double c, Span<double> x)
    {
        Vector factor = Vector512.Create(c);
        ref double start = ref MemoryMarshal.GetReference(x);
        int j = 0;
        for (; j + 8 <= x.Length; j += 8)
        {
            (factor * Vector512.LoadUnsafe(ref start, (nuint)j)).StoreUnsafe(ref start, (nuint)j);
        }

        for (; j < x.Length; j++)
        {
            x[j] *= c;
        }
    }

    /// <summary>x += c for every value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddToAll(double c, Span<double> x)
    {
        foreach (ref double value in x)
        {
            value += c;
        }
    }

    /// <summary>t = X r for X n × p, r of p and t of n values. Time 2np, one pass over X.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Project(MatrixView X, ReadOnlySpan<double> r, Span<double> t)
    {
        Require(X.Columns, r.Length);
        Require(X.Rows, t.Length);
        ref double rStart = ref MemoryMarshal.GetReference(r);
        nuint p = (nuint)r.Length;
        int i = 0;
        for (; i + 4 <= X.Rows; i += 4)
        {
            FourRows rows = new(X, i);
            Dot(rows, ref rStart, p, t.Slice(i, 4));
        }

        for (; i < X.Rows; i++)
        {
            t[i] = Dot(ref MemoryMarshal.GetReference(X.Row(i)), ref rStart, p);
        }
    }

    /// <summary>t = X r and s = Xᵀt in one pass over X, each row used twice while it is in cache.</summary>
    /// <remarks>X is n × p, r and s have p values, t has n. Time 4np; X is read from memory once instead of twice.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ProjectAndAccumulate(MatrixView X, ReadOnlySpan<double> r, Span<double> t, Span<double> s)
    {
        Require(X.Columns, r.Length);
        Require(X.Columns, s.Length);
        Require(X.Rows, t.Length);
        s.Clear();
        ref double rStart = ref MemoryMarshal.GetReference(r);
        ref double sStart = ref MemoryMarshal.GetReference(s);
        nuint p = (nuint)r.Length;
        int i = 0;
        for (; i + 4 <= X.Rows; i += 4)
        {
            FourRows rows = new(X, i);
            Span<double> four = t.Slice(i, 4);
            Dot(rows, ref rStart, p, four);
            Accumulate(rows, four, ref sStart, p);
        }

        for (; i < X.Rows; i++)
        {
            ref double row = ref MemoryMarshal.GetReference(X.Row(i));
            t[i] = Dot(ref row, ref rStart, p);
            Accumulate(t[i], ref row, ref sStart, p);
        }
    }

    /// <summary>s = Xᵀv for X n × p, v of n and s of p values. Time 2np, one pass over X.</summary>
    public static void TransposedTimes(MatrixView X, ReadOnlySpan<double> v, Span<double> s)
    {
        s.Clear();
        AddTransposedTimes(X, v, s);
    }

    /// <summary>s += Xᵀv for X n × p, v of n and s of p values. Time 2np, one pass over X.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddTransposedTimes(MatrixView X, ReadOnlySpan<double> v, Span<double> s)
    {
        Require(X.Rows, v.Length);
        Require(X.Columns, s.Length);
        ref double sStart = ref MemoryMarshal.GetReference(s);
        nuint p = (nuint)s.Length;
        int i = 0;
        for (; i + 4 <= X.Rows; i += 4)
        {
            Accumulate(new FourRows(X, i), v.Slice(i, 4), ref sStart, p);
        }

        for (; i < X.Rows; i++)
        {
            Accumulate(v[i], ref MemoryMarshal.GetReference(X.Row(i)), ref sStart, p);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Dot(ref double x, ref double y, nuint p)
    {
        Vector even = Vector.Zero;
        Vector odd = Vector.Zero;
        nuint j = 0;
        for (; j + 16 <= p; j += 16)
        {
            even = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref x, j), Vector512.LoadUnsafe(ref y, j), even);
            odd = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref x, j + 8), Vector512.LoadUnsafe(ref y, j + 8), odd);
        }

        if ((p & 8) != 0)
        {
            even = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref x, j), Vector512.LoadUnsafe(ref y, j), even);
        }

        if ((p & 7) != 0)
        {
            Vector mask = Lanes.TailMask(p);
            odd = Vector512.FusedMultiplyAdd(Lanes.LoadTail(ref x, p, mask), Lanes.LoadTail(ref y, p, mask), odd);
        }

        return Lanes.Sum(even + odd);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot(FourRows rows, ref double r, nuint p, Span<double> t)
    {
        ref double row0 = ref rows.Row0;
        ref double row1 = ref rows.Row1;
        ref double row2 = ref rows.Row2;
        ref double row3 = ref rows.Row3;
        Vector even0 = Vector.Zero;
        Vector even1 = Vector.Zero;
        Vector even2 = Vector.Zero;
        Vector even3 = Vector.Zero;
        Vector odd0 = Vector.Zero;
        Vector odd1 = Vector.Zero;
        Vector odd2 = Vector.Zero;
        Vector odd3 = Vector.Zero;
        nuint j = 0;
        for (; j + 16 <= p; j += 16)
        {
            Vector evenR = Vector512.LoadUnsafe(ref r, j);
            Vector oddR = Vector512.LoadUnsafe(ref r, j + 8);
            even0 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row0, j), evenR, even0);
            even1 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row1, j), evenR, even1);
            even2 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row2, j), evenR, even2);
            even3 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row3, j), evenR, even3);
            odd0 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row0, j + 8), oddR, odd0);
            odd1 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row1, j + 8), oddR, odd1);
            odd2 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row2, j + 8), oddR, odd2);
            odd3 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row3, j + 8), oddR, odd3);
        }

        if ((p & 8) != 0)
        {
            Vector evenR = Vector512.LoadUnsafe(ref r, j);
            even0 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row0, j), evenR, even0);
            even1 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row1, j), evenR, even1);
            even2 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row2, j), evenR, even2);
            even3 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref row3, j), evenR, even3);
        }

        if ((p & 7) != 0)
        {
            Vector mask = Lanes.TailMask(p);
            Vector tailR = Lanes.LoadTail(ref r, p, mask);
            odd0 = Vector512.FusedMultiplyAdd(Lanes.LoadTail(ref row0, p, mask), tailR, odd0);
            odd1 = Vector512.FusedMultiplyAdd(Lanes.LoadTail(ref row1, p, mask), tailR, odd1);
            odd2 = Vector512.FusedMultiplyAdd(Lanes.LoadTail(ref row2, p, mask), tailR, odd2);
            odd3 = Vector512.FusedMultiplyAdd(Lanes.LoadTail(ref row3, p, mask), tailR, odd3);
        }

        t[0] = Lanes.Sum(even0 + odd0);
        t[1] = Lanes.Sum(even1 + odd1);
        t[2] = Lanes.Sum(even2 + odd2);
        t[3] = Lanes.Sum(even3 + odd3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate(double c, ref double x, ref double s, nuint p)
    {
        Vector factor = Vector512.Create(c);
        nuint j = 0;
        for (; j + 8 <= p; j += 8)
        {
            Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref x, j), Vector512.LoadUnsafe(ref s, j))
                .StoreUnsafe(ref s, j);
        }

        for (; j < p; j++)
        {
            ref double target = ref Unsafe.Add(ref s, j);
            target = Math.FusedMultiplyAdd(c, Unsafe.Add(ref x, j), target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate(FourRows rows, ReadOnlySpan<double> c, ref double s, nuint p)
    {
        ref double row0 = ref rows.Row0;
        ref double row1 = ref rows.Row1;
        ref double row2 = ref rows.Row2;
        ref double row3 = ref rows.Row3;
        double c0 = c[0];
        double c1 = c[1];
        double c2 = c[2];
        double c3 = c[3];
        Vector factor0 = Vector512.Create(c0);
        Vector factor1 = Vector512.Create(c1);
        Vector factor2 = Vector512.Create(c2);
        Vector factor3 = Vector512.Create(c3);
        nuint j = 0;
        for (; j + 8 <= p; j += 8)
        {
            Vector sum = Vector512.LoadUnsafe(ref s, j);
            sum = Vector512.FusedMultiplyAdd(factor0, Vector512.LoadUnsafe(ref row0, j), sum);
            sum = Vector512.FusedMultiplyAdd(factor1, Vector512.LoadUnsafe(ref row1, j), sum);
            sum = Vector512.FusedMultiplyAdd(factor2, Vector512.LoadUnsafe(ref row2, j), sum);
            sum = Vector512.FusedMultiplyAdd(factor3, Vector512.LoadUnsafe(ref row3, j), sum);
            sum.StoreUnsafe(ref s, j);
        }

        for (; j < p; j++)
        {
            double sum = Unsafe.Add(ref s, j);
            sum = Math.FusedMultiplyAdd(c0, Unsafe.Add(ref row0, j), sum);
            sum = Math.FusedMultiplyAdd(c1, Unsafe.Add(ref row1, j), sum);
            sum = Math.FusedMultiplyAdd(c2, Unsafe.Add(ref row2, j), sum);
            Unsafe.Add(ref s, j) = Math.FusedMultiplyAdd(c3, Unsafe.Add(ref row3, j), sum);
        }
    }

    private static void Require(int expected, int found)
    {
        if (expected != found)
        {
            throw new ArgumentException($"Expected {expected} values, found {found}.");
        }
    }

    /// <summary>Four neighbouring rows of a matrix, checked once against its bounds.</summary>
    private readonly ref struct FourRows
    {
        public readonly ref double Row0;
        public readonly ref double Row1;
        public readonly ref double Row2;
        public readonly ref double Row3;

        public FourRows(MatrixView X, int first)
        {
            Row0 = ref MemoryMarshal.GetReference(X.Row(first));
            Row1 = ref MemoryMarshal.GetReference(X.Row(first + 1));
            Row2 = ref MemoryMarshal.GetReference(X.Row(first + 2));
            Row3 = ref MemoryMarshal.GetReference(X.Row(first + 3));
        }
    }
}
