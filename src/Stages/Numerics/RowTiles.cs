using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>Products of four rows with up to five vectors at once, the rows about a reference that is taken off as they are read.</summary>
/// <remarks>
/// Vectors are filled up by zeros to whole blocks of eight. A product of a row with a vector is one chain of
/// eight lanes over the blocks, summed by <see cref="Lanes.Sum"/>; a sum over rows adds them in their order. So the bits
/// of a product depend neither on the other rows and vectors of the tile nor on its width. Twenty sums live in
/// registers: one load of a vector serves four rows, one load and subtraction of a row five vectors. The last vector
/// may have a reference of its own: alone in a tile it would take twice as long as its share.
/// Eight rows at a time, or tiles of columns, were slower: what is streamed from the second cache is the vectors.
/// </remarks>
/// <typeparam name="T">What rows are stored as.</typeparam>
/// <typeparam name="TElement">How they are read.</typeparam>
internal static class RowTiles<T, TElement>
    where T : unmanaged
    where TElement : struct, IRowElement<T>
{
    /// <summary>Rows of a tile.</summary>
    public const int Height = 4;

    /// <summary>Vectors of a tile at most.</summary>
    public const int Width = 5;

    /// <summary>products(r, m) = (row r - shift)ᵀ vector m, five values apart; no shift where it is empty. Time 8pm.</summary>
    public static void Project(in TileRows<T> rows, ReadOnlySpan<double> shift, in TileVectors vectors, Span<double> products)
    {
        Debug.Assert(products.Length >= Height * Width);
        ref double c = ref MemoryMarshal.GetReference(shift);
        ref double target = ref MemoryMarshal.GetReference(products);
        if (shift.IsEmpty)
        {
            Project<No, No>(rows, ref c, vectors, ref target);
        }
        else if (vectors.HasOther)
        {
            Project<Yes, Yes>(rows, ref c, vectors, ref target);
        }
        else
        {
            Project<Yes, No>(rows, ref c, vectors, ref target);
        }
    }

    /// <summary>vector m += Σ factor(r, m) (row r - shift), factors five apart. Time 8pm.</summary>
    public static void Accumulate(in TileRows<T> rows, ReadOnlySpan<double> shift, ReadOnlySpan<double> factors, in TileVectors vectors)
    {
        ref double c = ref MemoryMarshal.GetReference(shift);
        ref double f = ref MemoryMarshal.GetReference(factors);
        if (vectors.HasOther)
        {
            Accumulate<No, Yes>(rows, ref c, ref f, vectors);
        }
        else
        {
            Accumulate<No, No>(rows, ref c, ref f, vectors);
        }
    }

    /// <summary>vector m += Σ factor(r, m) (row r - shift)², value by value. Time 12pm.</summary>
    public static void AccumulateSquares(
        in TileRows<T> rows, ReadOnlySpan<double> shift, ReadOnlySpan<double> factors, in TileVectors vectors) =>
        Accumulate<Yes, No>(rows, ref MemoryMarshal.GetReference(shift), ref MemoryMarshal.GetReference(factors), vectors);

    /// <summary>squares(r) = ‖row r - shift‖². Time 12p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SquaredNorms(in TileRows<T> rows, ReadOnlySpan<double> shift, Span<double> squares)
    {
        ref T row0 = ref rows.Row0;
        ref T row1 = ref rows.Row1;
        ref T row2 = ref rows.Row2;
        ref T row3 = ref rows.Row3;
        ref double c = ref MemoryMarshal.GetReference(shift);
        Vector s0 = Vector.Zero, s1 = s0, s2 = s0, s3 = s0;
        nuint count = rows.Whole;
        for (int part = 0; part < 2; part++)
        {
            for (nuint j = 0; j < count; j += Lanes.Width)
            {
                Vector shifted = Vector512.LoadUnsafe(ref c, j);
                Vector d0 = TElement.Load(ref row0, j) - shifted;
                Vector d1 = TElement.Load(ref row1, j) - shifted;
                Vector d2 = TElement.Load(ref row2, j) - shifted;
                Vector d3 = TElement.Load(ref row3, j) - shifted;
                s0 = Vector512.FusedMultiplyAdd(d0, d0, s0);
                s1 = Vector512.FusedMultiplyAdd(d1, d1, s1);
                s2 = Vector512.FusedMultiplyAdd(d2, d2, s2);
                s3 = Vector512.FusedMultiplyAdd(d3, d3, s3);
            }

            c = ref Unsafe.Add(ref c, rows.Whole);
            count = rows.Rest;
            row0 = ref rows.Tail0;
            row1 = ref rows.Tail1;
            row2 = ref rows.Tail2;
            row3 = ref rows.Tail3;
        }

        squares[0] = Lanes.Sum(s0);
        squares[1] = Lanes.Sum(s1);
        squares[2] = Lanes.Sum(s2);
        squares[3] = Lanes.Sum(s3);
    }

    private static void Project<TShift, TOther>(in TileRows<T> rows, ref double shift, in TileVectors vectors, ref double products)
        where TShift : struct, IFlag
        where TOther : struct, IFlag
    {
        switch (vectors.Count)
        {
            case 1:
                Project<TShift, TOther, One>(rows, ref shift, vectors, ref products);
                return;
            case 2:
                Project<TShift, TOther, Two>(rows, ref shift, vectors, ref products);
                return;
            case 3:
                Project<TShift, TOther, Three>(rows, ref shift, vectors, ref products);
                return;
            case 4:
                Project<TShift, TOther, Four>(rows, ref shift, vectors, ref products);
                return;
            default:
                Project<TShift, TOther, Five>(rows, ref shift, vectors, ref products);
                return;
        }
    }

    private static void Accumulate<TSquares, TOther>(in TileRows<T> rows, ref double shift, ref double factors, in TileVectors vectors)
        where TSquares : struct, IFlag
        where TOther : struct, IFlag
    {
        switch (vectors.Count)
        {
            case 1:
                Accumulate<TSquares, TOther, One>(rows, ref shift, ref factors, vectors);
                return;
            case 2:
                Accumulate<TSquares, TOther, Two>(rows, ref shift, ref factors, vectors);
                return;
            case 3:
                Accumulate<TSquares, TOther, Three>(rows, ref shift, ref factors, vectors);
                return;
            case 4:
                Accumulate<TSquares, TOther, Four>(rows, ref shift, ref factors, vectors);
                return;
            default:
                Accumulate<TSquares, TOther, Five>(rows, ref shift, ref factors, vectors);
                return;
        }
    }

    /// <summary>Twenty locals, because a struct of them is kept in memory; those beyond the width are never made.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Project<TShift, TOther, TWidth>(in TileRows<T> rows, ref double shift, in TileVectors vectors, ref double products)
        where TShift : struct, IFlag
        where TOther : struct, IFlag
        where TWidth : struct, IWidth
    {
        ref T row0 = ref rows.Row0;
        ref T row1 = ref rows.Row1;
        ref T row2 = ref rows.Row2;
        ref T row3 = ref rows.Row3;
        ref double v0 = ref vectors.V0;
        ref double v1 = ref vectors.V1;
        ref double v2 = ref vectors.V2;
        ref double v3 = ref vectors.V3;
        ref double v4 = ref vectors.V4;
        ref double c = ref shift;
        Vector s00 = Vector.Zero, s01 = s00, s02 = s00, s03 = s00, s04 = s00;
        Vector s10 = Vector.Zero, s11 = s10, s12 = s10, s13 = s10, s14 = s10;
        Vector s20 = Vector.Zero, s21 = s20, s22 = s20, s23 = s20, s24 = s20;
        Vector s30 = Vector.Zero, s31 = s30, s32 = s30, s33 = s30, s34 = s30;
        ref double otherShift = ref vectors.OtherShift;
        ref double vOther = ref vectors.Other;
        Vector o0 = Vector.Zero, o1 = o0, o2 = o0, o3 = o0;
        nuint count = rows.Whole;
        for (int part = 0; part < 2; part++)
        {
            for (nuint j = 0; j < count; j += Lanes.Width)
            {
                Vector d0 = TElement.Load(ref row0, j);
                Vector d1 = TElement.Load(ref row1, j);
                Vector d2 = TElement.Load(ref row2, j);
                Vector d3 = TElement.Load(ref row3, j);
                if (TShift.Is)
                {
                    Vector shifted = Vector512.LoadUnsafe(ref c, j);
                    d0 -= shifted;
                    d1 -= shifted;
                    d2 -= shifted;
                    d3 -= shifted;
                }

                Vector v = Vector512.LoadUnsafe(ref v0, j);
                s00 = Vector512.FusedMultiplyAdd(d0, v, s00);
                s10 = Vector512.FusedMultiplyAdd(d1, v, s10);
                s20 = Vector512.FusedMultiplyAdd(d2, v, s20);
                s30 = Vector512.FusedMultiplyAdd(d3, v, s30);
                if (TWidth.Value > 1)
                {
                    v = Vector512.LoadUnsafe(ref v1, j);
                    s01 = Vector512.FusedMultiplyAdd(d0, v, s01);
                    s11 = Vector512.FusedMultiplyAdd(d1, v, s11);
                    s21 = Vector512.FusedMultiplyAdd(d2, v, s21);
                    s31 = Vector512.FusedMultiplyAdd(d3, v, s31);
                }

                if (TWidth.Value > 2)
                {
                    v = Vector512.LoadUnsafe(ref v2, j);
                    s02 = Vector512.FusedMultiplyAdd(d0, v, s02);
                    s12 = Vector512.FusedMultiplyAdd(d1, v, s12);
                    s22 = Vector512.FusedMultiplyAdd(d2, v, s22);
                    s32 = Vector512.FusedMultiplyAdd(d3, v, s32);
                }

                if (TWidth.Value > 3)
                {
                    v = Vector512.LoadUnsafe(ref v3, j);
                    s03 = Vector512.FusedMultiplyAdd(d0, v, s03);
                    s13 = Vector512.FusedMultiplyAdd(d1, v, s13);
                    s23 = Vector512.FusedMultiplyAdd(d2, v, s23);
                    s33 = Vector512.FusedMultiplyAdd(d3, v, s33);
                }

                if (TWidth.Value > 4)
                {
                    v = Vector512.LoadUnsafe(ref v4, j);
                    s04 = Vector512.FusedMultiplyAdd(d0, v, s04);
                    s14 = Vector512.FusedMultiplyAdd(d1, v, s14);
                    s24 = Vector512.FusedMultiplyAdd(d2, v, s24);
                    s34 = Vector512.FusedMultiplyAdd(d3, v, s34);
                }

                if (TOther.Is)
                {
                    Vector shifted = Vector512.LoadUnsafe(ref otherShift, j);
                    v = Vector512.LoadUnsafe(ref vOther, j);
                    o0 = Vector512.FusedMultiplyAdd(TElement.Load(ref row0, j) - shifted, v, o0);
                    o1 = Vector512.FusedMultiplyAdd(TElement.Load(ref row1, j) - shifted, v, o1);
                    o2 = Vector512.FusedMultiplyAdd(TElement.Load(ref row2, j) - shifted, v, o2);
                    o3 = Vector512.FusedMultiplyAdd(TElement.Load(ref row3, j) - shifted, v, o3);
                }
            }

            count = rows.Rest;
            row0 = ref rows.Tail0;
            row1 = ref rows.Tail1;
            row2 = ref rows.Tail2;
            row3 = ref rows.Tail3;
            c = ref Unsafe.Add(ref c, rows.Whole);
            v0 = ref Unsafe.Add(ref v0, rows.Whole);
            v1 = ref Unsafe.Add(ref v1, rows.Whole);
            v2 = ref Unsafe.Add(ref v2, rows.Whole);
            v3 = ref Unsafe.Add(ref v3, rows.Whole);
            v4 = ref Unsafe.Add(ref v4, rows.Whole);
            otherShift = ref Unsafe.Add(ref otherShift, rows.Whole);
            vOther = ref Unsafe.Add(ref vOther, rows.Whole);
        }

        StoreSums(s00, s10, s20, s30, ref products);
        if (TWidth.Value > 1)
        {
            StoreSums(s01, s11, s21, s31, ref Unsafe.Add(ref products, 1));
        }

        if (TWidth.Value > 2)
        {
            StoreSums(s02, s12, s22, s32, ref Unsafe.Add(ref products, 2));
        }

        if (TWidth.Value > 3)
        {
            StoreSums(s03, s13, s23, s33, ref Unsafe.Add(ref products, 3));
        }

        if (TWidth.Value > 4)
        {
            StoreSums(s04, s14, s24, s34, ref Unsafe.Add(ref products, 4));
        }

        if (TOther.Is)
        {
            StoreSums(o0, o1, o2, o3, ref Unsafe.Add(ref products, TWidth.Value));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreSums(Vector s0, Vector s1, Vector s2, Vector s3, ref double products)
    {
        products = Lanes.Sum(s0);
        Unsafe.Add(ref products, Width) = Lanes.Sum(s1);
        Unsafe.Add(ref products, 2 * Width) = Lanes.Sum(s2);
        Unsafe.Add(ref products, 3 * Width) = Lanes.Sum(s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate<TSquares, TOther, TWidth>(in TileRows<T> rows, ref double shift, ref double factors, in TileVectors vectors)
        where TSquares : struct, IFlag
        where TOther : struct, IFlag
        where TWidth : struct, IWidth
    {
        ref T row0 = ref rows.Row0;
        ref T row1 = ref rows.Row1;
        ref T row2 = ref rows.Row2;
        ref T row3 = ref rows.Row3;
        ref double v0 = ref vectors.V0;
        ref double v1 = ref vectors.V1;
        ref double v2 = ref vectors.V2;
        ref double v3 = ref vectors.V3;
        ref double v4 = ref vectors.V4;
        ref double c = ref shift;
        ref T next0 = ref rows.Next0;
        ref T next1 = ref rows.Next1;
        ref T next2 = ref rows.Next2;
        ref T next3 = ref rows.Next3;
        Factors f0 = new(ref factors, 0);
        Factors f1 = new(ref factors, TWidth.Value > 1 ? 1 : 0);
        Factors f2 = new(ref factors, TWidth.Value > 2 ? 2 : 0);
        Factors f3 = new(ref factors, TWidth.Value > 3 ? 3 : 0);
        Factors f4 = new(ref factors, TWidth.Value > 4 ? 4 : 0);
        Factors fOther = new(ref factors, TOther.Is ? TWidth.Value : 0);
        ref double otherShift = ref vectors.OtherShift;
        ref double vOther = ref vectors.Other;
        nuint count = rows.Whole;
        for (int part = 0; part < 2; part++)
        {
            for (nuint j = 0; j < count; j += Lanes.Width)
            {
                Vector shifted = Vector512.LoadUnsafe(ref c, j);
                Vector d0 = TElement.Load(ref row0, j) - shifted;
                Vector d1 = TElement.Load(ref row1, j) - shifted;
                Vector d2 = TElement.Load(ref row2, j) - shifted;
                Vector d3 = TElement.Load(ref row3, j) - shifted;
                Prefetch(ref next0, j);
                Prefetch(ref next1, j);
                Prefetch(ref next2, j);
                Prefetch(ref next3, j);
                if (TSquares.Is)
                {
                    d0 *= d0;
                    d1 *= d1;
                    d2 *= d2;
                    d3 *= d3;
                }

                AddRows(d0, d1, d2, d3, f0, ref Unsafe.Add(ref v0, j));
                if (TWidth.Value > 1)
                {
                    AddRows(d0, d1, d2, d3, f1, ref Unsafe.Add(ref v1, j));
                }

                if (TWidth.Value > 2)
                {
                    AddRows(d0, d1, d2, d3, f2, ref Unsafe.Add(ref v2, j));
                }

                if (TWidth.Value > 3)
                {
                    AddRows(d0, d1, d2, d3, f3, ref Unsafe.Add(ref v3, j));
                }

                if (TWidth.Value > 4)
                {
                    AddRows(d0, d1, d2, d3, f4, ref Unsafe.Add(ref v4, j));
                }

                if (TOther.Is)
                {
                    shifted = Vector512.LoadUnsafe(ref otherShift, j);
                    d0 = TElement.Load(ref row0, j) - shifted;
                    d1 = TElement.Load(ref row1, j) - shifted;
                    d2 = TElement.Load(ref row2, j) - shifted;
                    d3 = TElement.Load(ref row3, j) - shifted;
                    AddRows(d0, d1, d2, d3, fOther, ref Unsafe.Add(ref vOther, j));
                }
            }

            count = rows.Rest;
            row0 = ref rows.Tail0;
            row1 = ref rows.Tail1;
            row2 = ref rows.Tail2;
            row3 = ref rows.Tail3;
            c = ref Unsafe.Add(ref c, rows.Whole);
            v0 = ref Unsafe.Add(ref v0, rows.Whole);
            v1 = ref Unsafe.Add(ref v1, rows.Whole);
            v2 = ref Unsafe.Add(ref v2, rows.Whole);
            v3 = ref Unsafe.Add(ref v3, rows.Whole);
            v4 = ref Unsafe.Add(ref v4, rows.Whole);
            otherShift = ref Unsafe.Add(ref otherShift, rows.Whole);
            vOther = ref Unsafe.Add(ref vOther, rows.Whole);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRows(Vector d0, Vector d1, Vector d2, Vector d3, in Factors f, ref double target)
    {
        Vector sum = Vector512.LoadUnsafe(ref target);
        sum = Vector512.FusedMultiplyAdd(f.Of0, d0, sum);
        sum = Vector512.FusedMultiplyAdd(f.Of1, d1, sum);
        sum = Vector512.FusedMultiplyAdd(f.Of2, d2, sum);
        sum = Vector512.FusedMultiplyAdd(f.Of3, d3, sum);
        sum.StoreUnsafe(ref target);
    }

    /// <summary>Asks for a value that the next tile reads; moved meanwhile, it costs a cache line and nothing else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Prefetch(ref T row, nuint j)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(Unsafe.AsPointer(ref Unsafe.Add(ref row, j)));
        }
    }

    /// <summary>What the four rows are multiplied with for one vector.</summary>
    private readonly struct Factors
    {
        public readonly Vector Of0;
        public readonly Vector Of1;
        public readonly Vector Of2;
        public readonly Vector Of3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Factors(ref double start, int index)
        {
            Of0 = Vector512.Create(Unsafe.Add(ref start, index));
            Of1 = Vector512.Create(Unsafe.Add(ref start, Width + index));
            Of2 = Vector512.Create(Unsafe.Add(ref start, (2 * Width) + index));
            Of3 = Vector512.Create(Unsafe.Add(ref start, (3 * Width) + index));
        }
    }
}
