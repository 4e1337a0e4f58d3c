using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>Cross-products of a matrix with itself.</summary>
/// <remarks>
/// Element (i, j) is the dot product of two rows: columns are cut into bands of 512; inside a band blocks of eight
/// add into one accumulator of eight lanes, the lanes are summed by <see cref="Lanes.Sum"/>, the last values of the
/// band are added one by one, and the bands are added in order. 4 × 4 elements are held in registers; only
/// the lower half is computed and then mirrored, so that the result is symmetric to the bit.
/// </remarks>
internal static class Gram
{
    private const int BandColumns = 512;
    private const int BlockRows = 48;

    /// <summary>G = A Aᵀ for A m × l, G m × m. Time m²l.</summary>
    public static void OfRows(MatrixView A, MatrixSpan G)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(G.Rows, A.Rows);
        ArgumentOutOfRangeException.ThrowIfNotEqual(G.Columns, A.Rows);
        for (int i = 0; i < G.Rows; i++)
        {
            G.Row(i).Clear();
        }

        for (int start = 0; start < A.Columns; start += BandColumns)
        {
            AddBand(A, start, Math.Min(BandColumns, A.Columns - start), G);
        }

        for (int i = 0; i < G.Rows; i++)
        {
            for (int j = 0; j < i; j++)
            {
                G[j, i] = G[i, j];
            }
        }
    }

    /// <summary>target = Xᵀ for X n × p, target p × n.</summary>
    public static void Transpose(MatrixView X, MatrixSpan target)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Rows, X.Columns);
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Columns, X.Rows);
        const int Block = 16;
        for (int i0 = 0; i0 < X.Rows; i0 += Block)
        {
            int i1 = Math.Min(i0 + Block, X.Rows);
            for (int j0 = 0; j0 < X.Columns; j0 += Block)
            {
                int j1 = Math.Min(j0 + Block, X.Columns);
                for (int j = j0; j < j1; j++)
                {
                    Span<double> row = target.Row(j);
                    for (int i = i0; i < i1; i++)
                    {
                        row[i] = X[i, j];
                    }
                }
            }
        }
    }

    private static void AddBand(MatrixView A, int start, int width, MatrixSpan G)
    {
        int tiled = A.Rows & ~3;
        for (int block = 0; block < tiled; block += BlockRows)
        {
            int blockEnd = Math.Min(block + BlockRows, tiled);
            for (int j = 0; j < blockEnd; j += 4)
            {
                for (int i = Math.Max(block, j); i < blockEnd; i += 4)
                {
                    AddTile(A, i, j, start, (nuint)width, G);
                }
            }
        }

        for (int i = tiled; i < A.Rows; i++)
        {
            ref double row = ref Start(A, i, start);
            for (int j = 0; j <= i; j++)
            {
                G[i, j] += Dot(ref row, ref Start(A, j, start), (nuint)width);
            }
        }
    }

    private static ref double Start(MatrixView A, int row, int column) =>
        ref MemoryMarshal.GetReference(A.Row(row)[column..]);

    private static double Dot(ref double x, ref double y, nuint width)
    {
        Vector sum = Vector.Zero;
        nuint k = 0;
        for (; k + 8 <= width; k += 8)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref x, k), Vector512.LoadUnsafe(ref y, k), sum);
        }

        return AddTail(Lanes.Sum(sum), ref x, ref y, k, width);
    }

    private static double AddTail(double sum, ref double x, ref double y, nuint k, nuint width)
    {
        for (; k < width; k++)
        {
            sum = Math.FusedMultiplyAdd(Unsafe.Add(ref x, k), Unsafe.Add(ref y, k), sum);
        }

        return sum;
    }

    /// <summary>Adds the products of four rows with four rows; sixteen locals because a struct of them is kept in memory.</summary>
    private static void AddTile(MatrixView A, int i, int j, int start, nuint width, MatrixSpan G)
    {
        ref double x0 = ref Start(A, i, start);
        ref double x1 = ref Start(A, i + 1, start);
        ref double x2 = ref Start(A, i + 2, start);
        ref double x3 = ref Start(A, i + 3, start);
        ref double y0 = ref Start(A, j, start);
        ref double y1 = ref Start(A, j + 1, start);
        ref double y2 = ref Start(A, j + 2, start);
        ref double y3 = ref Start(A, j + 3, start);
        Vector s00 = Vector.Zero;
        Vector s01 = Vector.Zero;
        Vector s02 = Vector.Zero;
        Vector s03 = Vector.Zero;
        Vector s10 = Vector.Zero;
        Vector s11 = Vector.Zero;
        Vector s12 = Vector.Zero;
        Vector s13 = Vector.Zero;
        Vector s20 = Vector.Zero;
        Vector s21 = Vector.Zero;
        Vector s22 = Vector.Zero;
        Vector s23 = Vector.Zero;
        Vector s30 = Vector.Zero;
        Vector s31 = Vector.Zero;
        Vector s32 = Vector.Zero;
        Vector s33 = Vector.Zero;
        nuint k = 0;
        for (; k + 8 <= width; k += 8)
        {
            Vector b0 = Vector512.LoadUnsafe(ref y0, k);
            Vector b1 = Vector512.LoadUnsafe(ref y1, k);
            Vector b2 = Vector512.LoadUnsafe(ref y2, k);
            Vector b3 = Vector512.LoadUnsafe(ref y3, k);
            Vector a0 = Vector512.LoadUnsafe(ref x0, k);
            s00 = Vector512.FusedMultiplyAdd(a0, b0, s00);
            s01 = Vector512.FusedMultiplyAdd(a0, b1, s01);
            s02 = Vector512.FusedMultiplyAdd(a0, b2, s02);
            s03 = Vector512.FusedMultiplyAdd(a0, b3, s03);
            Vector a1 = Vector512.LoadUnsafe(ref x1, k);
            s10 = Vector512.FusedMultiplyAdd(a1, b0, s10);
            s11 = Vector512.FusedMultiplyAdd(a1, b1, s11);
            s12 = Vector512.FusedMultiplyAdd(a1, b2, s12);
            s13 = Vector512.FusedMultiplyAdd(a1, b3, s13);
            Vector a2 = Vector512.LoadUnsafe(ref x2, k);
            s20 = Vector512.FusedMultiplyAdd(a2, b0, s20);
            s21 = Vector512.FusedMultiplyAdd(a2, b1, s21);
            s22 = Vector512.FusedMultiplyAdd(a2, b2, s22);
            s23 = Vector512.FusedMultiplyAdd(a2, b3, s23);
            Vector a3 = Vector512.LoadUnsafe(ref x3, k);
            s30 = Vector512.FusedMultiplyAdd(a3, b0, s30);
            s31 = Vector512.FusedMultiplyAdd(a3, b1, s31);
            s32 = Vector512.FusedMultiplyAdd(a3, b2, s32);
            s33 = Vector512.FusedMultiplyAdd(a3, b3, s33);
        }

        Span<double> g0 = G.Row(i).Slice(j, 4);
        g0[0] += AddTail(Lanes.Sum(s00), ref x0, ref y0, k, width);
        g0[1] += AddTail(Lanes.Sum(s01), ref x0, ref y1, k, width);
        g0[2] += AddTail(Lanes.Sum(s02), ref x0, ref y2, k, width);
        g0[3] += AddTail(Lanes.Sum(s03), ref x0, ref y3, k, width);
        Span<double> g1 = G.Row(i + 1).Slice(j, 4);
        g1[0] += AddTail(Lanes.Sum(s10), ref x1, ref y0, k, width);
        g1[1] += AddTail(Lanes.Sum(s11), ref x1, ref y1, k, width);
        g1[2] += AddTail(Lanes.Sum(s12), ref x1, ref y2, k, width);
        g1[3] += AddTail(Lanes.Sum(s13), ref x1, ref y3, k, width);
        Span<double> g2 = G.Row(i + 2).Slice(j, 4);
        g2[0] += AddTail(Lanes.Sum(s20), ref x2, ref y0, k, width);
        g2[1] += AddTail(Lanes.Sum(s21), ref x2, ref y1, k, width);
        g2[2] += AddTail(Lanes.Sum(s22), ref x2, ref y2, k, width);
        g2[3] += AddTail(Lanes.Sum(s23), ref x2, ref y3, k, width);
        Span<double> g3 = G.Row(i + 3).Slice(j, 4);
        g3[0] += AddTail(Lanes.Sum(s30), ref x3, ref y0, k, width);
        g3[1] += AddTail(Lanes.Sum(s31), ref x3, ref y1, k, width);
        g3[2] += AddTail(Lanes.Sum(s32), ref x3, ref y2, k, width);
        g3[3] += AddTail(Lanes.Sum(s33), ref x3, ref y3, k, width);
    }
}
