using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>The reduction in panels, and Q formed in blocks.</summary>
internal sealed partial class Tridiagonal
{
    /// <summary>Rows whose updates become one product.</summary>
    private const int PanelRows = 32;

    /// <summary>Order from which panels are faster than the one pass: the lower half does not fit into the second cache.</summary>
    private const int PanelsMin = 256;

    /// <summary>Reflectors that are applied as one, two panels of a product.</summary>
    private const int BlockReflectors = 48;

    /// <summary>Bytes borrowed while Q is formed, the target apart.</summary>
    public static long FormingBytes(long order) =>
        ScratchMatrix.SizeBytes(BlockReflectors, order) + ScratchMatrix.SizeBytes(2 * order, BlockReflectors);

    /// <summary>Overwrites an n × n matrix by Qᵀ: row i is Qe(i). Time 4n³/3.</summary>
    /// <remarks>
    /// H(a) … H(b-1) = I - VᵀTV with the vectors as rows of V and T upper triangular. Rows from b on are still those
    /// of the identity when the block is applied, and V has no columns there.
    /// Schreiber and Van Loan (1989), SIAM Journal on Scientific and Statistical Computing 10, 53-57.
    /// </remarks>
    public void FormQ(MatrixSpan target, PieceRunner? runner = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Rows, Order);
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Columns, Order);
        for (int i = 0; i < Order; i++)
        {
            target.Row(i).Clear();
            target[i, i] = 1;
        }

        if (Order < 3)
        {
            return;
        }

        using var reflectors = new ScratchMatrix(BlockReflectors, Order);
        using var products = new ScratchMatrix(2 * Order, BlockReflectors);
        var T = new Matrix(BlockReflectors, BlockReflectors);
        for (int start = 2; start < Order; start += BlockReflectors)
        {
            int count = Math.Min(BlockReflectors, Order - start);
            int width = start + count - 1;
            MatrixSpan V = reflectors.Span.Block(0, 0, count, width);
            for (int k = 0; k < count; k++)
            {
                Span<double> v = V.Row(k);
                _reflectors.Row(start + k)[..(start + k)].CopyTo(v);
                v[(start + k)..].Clear();
            }

            MatrixSpan triangle = T.Span.Block(0, 0, count, count);
            FormTriangle(V, _tau.AsSpan(start, count), triangle);
            MatrixSpan rows = target.Block(0, 0, width, width);
            MatrixSpan onto = products.Span.Block(0, 0, width, count);
            MatrixSpan weighted = products.Span.Block(Order, 0, width, count);
            MatrixProducts.TimesTransposed(rows, V, onto, runner: runner);
            MatrixProducts.Times(onto, triangle, weighted, runner: runner);
            MatrixProducts.Times(weighted, V, rows, ProductSum.Subtract, runner);
        }
    }

    /// <summary>T of the product of reflectors in their order: column j is -τ T(VV(j)) above the τ of the diagonal.</summary>
    private static void FormTriangle(MatrixSpan V, ReadOnlySpan<double> tau, MatrixSpan T)
    {
        MatrixProducts.TimesSelfTransposed(V, T);
        Span<double> column = stackalloc double[BlockReflectors];
        for (int j = 0; j < T.Rows; j++)
        {
            for (int i = 0; i < j; i++)
            {
                column[i] = T[i, j];
            }

            for (int i = 0; i < j; i++)
            {
                double sum = 0;
                for (int k = i; k < j; k++)
                {
                    sum = Math.FusedMultiplyAdd(T[i, k], column[k], sum);
                }

                T[i, j] = -tau[j] * sum;
            }

            T[j, j] = tau[j];
            T.Row(j)[..j].Clear();
        }
    }

    /// <summary>Reduces the rows from the last upwards until few are left, and says how many.</summary>
    private int ReducePanels(PieceRunner? runner)
    {
        int n = Order;
        if (n < PanelsMin + PanelRows)
        {
            return n;
        }

        // V, W and V again: one product of the first two with the last two is VᵀW + WᵀV.
        using var panel = new ScratchMatrix(3 * PanelRows, n);
        double[] sums = new double[4];
        while (n >= PanelsMin + PanelRows)
        {
            for (int j = 0; j < PanelRows; j++)
            {
                ReduceRow(n - 1 - j, j, panel.Span, sums);
            }

            n -= PanelRows;
            MatrixSpan all = panel.Span;
            for (int j = 0; j < PanelRows; j++)
            {
                all.Row(j)[..n].CopyTo(all.Row((2 * PanelRows) + j));
            }

            MatrixProducts.AddTransposedTimesLower(
                all.Block(0, 0, 2 * PanelRows, n),
                all.Block(PanelRows, 0, 2 * PanelRows, n),
                _reflectors.Span.Block(0, 0, n, n),
                ProductSum.Subtract,
                runner);
        }

        return n;
    }

    /// <summary>One step: the row as the waiting updates would leave it, its reflector u, and w for A - uwᵀ - wuᵀ.</summary>
    private void ReduceRow(int m, int before, MatrixSpan panel, double[] sums)
    {
        Span<double> row = _reflectors.Row(m);
        for (int k = 0; k < before; k++)
        {
            Update(row[..(m + 1)], panel.Row(k), panel.Row(PanelRows + k), m);
        }

        _diagonal[m] = row[m];
        Span<double> u = row[..m];
        _tau[m] = Householder(u, out _offDiagonal[m - 1]);
        Span<double> w = panel.Row(PanelRows + before)[..m];
        Multiply(m, u, w, sums);
        for (int k = 0; k < before; k++)
        {
            ReadOnlySpan<double> v = panel.Row(k)[..m];
            ReadOnlySpan<double> earlier = panel.Row(PanelRows + k)[..m];
            double ofV = Products.Dot(v, u);
            double ofW = Products.Dot(earlier, u);
            Products.Axpy(-ofV, earlier, w);
            Products.Axpy(-ofW, v, w);
        }

        Products.Scale(_tau[m], w);
        Products.Axpy(-0.5 * _tau[m] * Products.Dot(u, w), u, w);
        u.CopyTo(panel.Row(before));

        // Later rows of the panel use what stands at and behind m of these vectors: nothing.
        panel.Row(before)[m..].Clear();
        panel.Row(PanelRows + before)[m..].Clear();
    }

    /// <summary>y = A u over the leading m rows, of which the lower half is read once.</summary>
    private void Multiply(int m, ReadOnlySpan<double> u, Span<double> y, double[] sums)
    {
        int i = 0;
        for (; i + 4 <= m; i += 4)
        {
            int done = i & ~7;
            MultiplyFour(i, (nuint)done, u, y, sums);
            for (int k = 0; k < 4; k++)
            {
                y[i + k] = FinishRow(i + k, done, sums[k], u, y);
            }
        }

        for (; i < m; i++)
        {
            y[i] = FinishRow(i, 0, 0, u, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyFour(int i, nuint count, ReadOnlySpan<double> u, Span<double> y, double[] sums)
    {
        ref double row0 = ref MemoryMarshal.GetReference(_reflectors.Row(i));
        ref double row1 = ref MemoryMarshal.GetReference(_reflectors.Row(i + 1));
        ref double row2 = ref MemoryMarshal.GetReference(_reflectors.Row(i + 2));
        ref double row3 = ref MemoryMarshal.GetReference(_reflectors.Row(i + 3));
        ref double us = ref MemoryMarshal.GetReference(u);
        ref double ys = ref MemoryMarshal.GetReference(y);
        Four ui = new(u[i], u[i + 1], u[i + 2], u[i + 3]);
        Vector sum0 = Vector.Zero;
        Vector sum1 = Vector.Zero;
        Vector sum2 = Vector.Zero;
        Vector sum3 = Vector.Zero;
        for (nuint j = 0; j < count; j += 8)
        {
            Vector uj = Vector512.LoadUnsafe(ref us, j);
            Vector yj = Vector512.LoadUnsafe(ref ys, j);
            Vector a0 = Vector512.LoadUnsafe(ref row0, j);
            Vector a1 = Vector512.LoadUnsafe(ref row1, j);
            Vector a2 = Vector512.LoadUnsafe(ref row2, j);
            Vector a3 = Vector512.LoadUnsafe(ref row3, j);
            sum0 = Vector512.FusedMultiplyAdd(a0, uj, sum0);
            sum1 = Vector512.FusedMultiplyAdd(a1, uj, sum1);
            sum2 = Vector512.FusedMultiplyAdd(a2, uj, sum2);
            sum3 = Vector512.FusedMultiplyAdd(a3, uj, sum3);
            yj = Vector512.FusedMultiplyAdd(ui.A, a0, yj);
            yj = Vector512.FusedMultiplyAdd(ui.B, a1, yj);
            yj = Vector512.FusedMultiplyAdd(ui.C, a2, yj);
            yj = Vector512.FusedMultiplyAdd(ui.D, a3, yj);
            yj.StoreUnsafe(ref ys, j);
        }

        sums[0] = Lanes.Sum(sum0);
        sums[1] = Lanes.Sum(sum1);
        sums[2] = Lanes.Sum(sum2);
        sums[3] = Lanes.Sum(sum3);
    }

    /// <summary>The columns of row i from <paramref name="first"/> to the diagonal, one by one.</summary>
    private double FinishRow(int i, int first, double sum, ReadOnlySpan<double> u, Span<double> y)
    {
        Span<double> row = _reflectors.Row(i);
        for (int j = first; j <= i; j++)
        {
            sum = Math.FusedMultiplyAdd(row[j], u[j], sum);
            if (j < i)
            {
                y[j] = Math.FusedMultiplyAdd(u[i], row[j], y[j]);
            }
        }

        return sum;
    }
}
