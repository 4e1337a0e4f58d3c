using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>A symmetric matrix as A = Q T Qᵀ with T tridiagonal: one decomposition for every shift A + λI.</summary>
/// <remarks>
/// Householder reflections from the last row upwards, so that every vector is the contiguous start of a row; only
/// the lower half of A is read. Q = H(n-1) … H(2) stays as reflectors in the rows of A, H(m) = I - τ v vᵀ with the
/// last element of v equal to 1. Large matrices are reduced in panels of 32 rows, whose updates wait and become one
/// product of matrices; a step reads the matrix and does not write it. What is left then fits into a cache, and there
/// the rank-2 update of one step is carried out in the pass that forms the next product A v. Time 4n³/3 to decompose,
/// 2n² to apply Q, n to solve one shift; memory that of A, which is taken over, 5n, and 96n while panels are reduced.
/// Squares of the entries must not overflow. Immutable once made, safe for several threads.
/// Martin, Reinsch and Wilkinson (1968), Numerische Mathematik 11, 181-195 (order of elimination of tred1);
/// Golub and Van Loan (2013), Matrix Computations, 4th edition, sections 5.1.7 and 8.3.1; Dongarra, Hammarling and
/// Sorensen (1989), Journal of Computational and Applied Mathematics 27, 215-227 (panels).
/// </remarks>
internal sealed partial class Tridiagonal
{
    /// <summary>A pivot below this part of ‖T‖ is not told from 0: about 45 units in the last place of the largest.</summary>
    public const double PivotMin = 1e-14;

    /// <summary>A sum of squares below this may have lost digits to numbers that are too small.</summary>
    private const double SquareMin = 1e-200;

    /// <summary>Operations per second of the reduction, and seconds that each row takes however short it is: one core, orders 80 to 900.</summary>
    private const double FlopsPerSecond = 2.2e10;

    private const double SecondsPerRow = 4e-7;

    private readonly Matrix _reflectors;
    private readonly double[] _tau;
    private readonly double[] _diagonal;
    private readonly double[] _offDiagonal;
    private readonly double _norm;

    /// <summary>Decomposes a symmetric n × n matrix, whose memory is taken over and overwritten.</summary>
    /// <param name="A">The matrix, of which the lower half is read.</param>
    /// <param name="runner">Who runs the pieces of large products.</param>
    public Tridiagonal(Matrix A, PieceRunner? runner = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(A.Columns, A.Rows);
        int n = A.Rows;
        _reflectors = A;
        _tau = new double[n];
        _diagonal = new double[n];
        _offDiagonal = new double[Math.Max(0, n - 1)];
        Reduce(ReducePanels(runner));
        for (int i = 0; i < n; i++)
        {
            double above = i > 0 ? Math.Abs(_offDiagonal[i - 1]) : 0;
            double below = i < n - 1 ? Math.Abs(_offDiagonal[i]) : 0;
            _norm = Math.Max(_norm, above + Math.Abs(_diagonal[i]) + below);
        }
    }

    /// <summary>Order of the matrix, n.</summary>
    public int Order => _diagonal.Length;

    /// <summary>The diagonal of T.</summary>
    public ReadOnlySpan<double> Diagonal => _diagonal;

    /// <summary>The n - 1 elements beside the diagonal of T.</summary>
    public ReadOnlySpan<double> OffDiagonal => _offDiagonal;

    /// <summary>The largest sum of magnitudes of a row of T.</summary>
    public double Norm => _norm;

    /// <summary>Bytes held for order n, A included.</summary>
    public static long SizeBytes(long order) =>
        (sizeof(double) * ((order * order) + (5 * order)))
        + (order < PanelsMin + PanelRows ? 0 : ScratchMatrix.SizeBytes(3 * PanelRows, order));

    /// <summary>Seconds of a decomposition on one core; feeds estimates alone.</summary>
    public static double Seconds(double order) => (SecondsPerRow * order) + (4 * order * order * order / 3 / FlopsPerSecond);

    /// <summary>Overwrites each row z of an s × n matrix by Qz.</summary>
    public void ApplyQ(MatrixSpan vectors)
    {
        for (int m = 2; m < Order; m++)
        {
            Reflect(m, vectors);
        }
    }

    /// <summary>Overwrites each row z of an s × n matrix by Qᵀz.</summary>
    public void ApplyQTransposed(MatrixSpan vectors)
    {
        for (int m = Order - 1; m >= 2; m--)
        {
            Reflect(m, vectors);
        }
    }

    /// <summary>Solves (T + λI) z = b by LDLᵀ, which is stable for the positive definite shifts it answers; b and z may be one.</summary>
    /// <returns>False where a pivot is not clearly positive: T + λI is then singular to working precision.</returns>
    public bool TrySolve(double lambda, ReadOnlySpan<double> b, Span<double> z)
    {
        int n = Order;
        Span<double> factor = n <= 512 ? stackalloc double[n] : new double[n];
        double least = PivotMin * (_norm + lambda);
        double pivot = _diagonal[0] + lambda;
        z[0] = b[0];
        for (int i = 0; i < n; i++)
        {
            if (!(pivot > least))
            {
                return false;
            }

            double solved = z[i] / pivot;
            if (i < n - 1)
            {
                factor[i] = _offDiagonal[i] / pivot;
                z[i + 1] = Math.FusedMultiplyAdd(-factor[i], z[i], b[i + 1]);
                pivot = Math.FusedMultiplyAdd(-factor[i], _offDiagonal[i], _diagonal[i + 1] + lambda);
            }

            z[i] = solved;
        }

        for (int i = n - 2; i >= 0; i--)
        {
            z[i] = Math.FusedMultiplyAdd(-factor[i], z[i + 1], z[i]);
        }

        return true;
    }

    /// <summary>log det(T + λI), the sum of the logs of the pivots of <see cref="TrySolve"/>. Time n.</summary>
    /// <remarks>Pivots are multiplied while mantissa and exponent are held apart, so one logarithm is taken and not n.</remarks>
    /// <returns>False where a pivot is not clearly positive.</returns>
    public bool TryLogDeterminant(double lambda, out double logDeterminant)
    {
        double least = PivotMin * (_norm + lambda);
        double mantissa = 1;
        long exponent = 0;
        double pivot = 0;
        logDeterminant = 0;
        for (int i = 0; i < Order; i++)
        {
            double beside = i == 0 ? 0 : _offDiagonal[i - 1];
            pivot = _diagonal[i] + lambda - (i == 0 ? 0 : beside / pivot * beside);
            if (!(pivot > least))
            {
                return false;
            }

            mantissa *= pivot;
            int shift = Math.ILogB(mantissa);
            mantissa = Math.ScaleB(mantissa, -shift);
            exponent += shift;
        }

        logDeterminant = NaturalLogarithm.Of(mantissa) + (exponent * 0.6931471805599453);
        return true;
    }

    private void Reflect(int m, MatrixSpan vectors)
    {
        if (_tau[m] == 0)
        {
            return;
        }

        ReadOnlySpan<double> v = _reflectors.Row(m)[..m];
        // Products of all rows with v first, then v taken off all rows: four rows to a pass over v each time.
        Span<double> along = vectors.Rows <= 512 ? stackalloc double[512] : new double[vectors.Rows];
        along = along[..vectors.Rows];
        MatrixSpan band = vectors.Block(0, 0, vectors.Rows, m);
        Products.Project(band, v, along);
        Products.Scale(-_tau[m], along);
        Products.AddOuter(along, v, band);
    }

    /// <summary>Reduces the leading n rows, for which no update waits.</summary>
    private void Reduce(int n)
    {
        double[] w = new double[n];
        double[] y = new double[n];
        Span<double> v = new double[n];
        for (int m = n - 1; m >= 0; m--)
        {
            Span<double> row = _reflectors.Row(m);
            Update(row[..(m + 1)], v, w, m);
            _diagonal[m] = row[m];
            if (m < 2)
            {
                if (m == 1)
                {
                    _offDiagonal[0] = row[0];
                }

                continue;
            }

            Span<double> u = row[..m];
            _tau[m] = Householder(u, out _offDiagonal[m - 1]);
            UpdateAndMultiply(m, v, w, u, y);

            // w = τAu - (τ/2)(τuᵀAu) u, after which HAH = A - uwᵀ - wuᵀ.
            Span<double> product = y.AsSpan(0, m);
            Products.Scale(_tau[m], product);
            Products.Axpy(-0.5 * _tau[m] * Products.Dot(u, product), u, product);
            (w, y) = (y, w);
            v = u;
        }
    }

    /// <summary>Applies the waiting rank-2 update to one row.</summary>
    private static void Update(Span<double> row, ReadOnlySpan<double> v, ReadOnlySpan<double> w, int m)
    {
        double vm = v[m];
        double wm = w[m];
        Products.Axpy(-vm, w[..row.Length], row);
        Products.Axpy(-wm, v[..row.Length], row);
    }

    /// <summary>Turns x into the v of H = I - τvvᵀ with Hx = βe(last); τ = 0 where x has that form already.</summary>
    private static double Householder(Span<double> x, out double beta)
    {
        double alpha = x[^1];
        double rest = Products.Dot(x[..^1], x[..^1]);
        if ((alpha * alpha) + rest < SquareMin && Largest(x) is > 0 and double largest)
        {
            // H does not depend on the scale of x, but squares that vanish would spoil it.
            int exponent = Math.Min(1000, -Math.ILogB(largest));
            Products.Scale(Math.ScaleB(1, exponent), x);
            double tau = Householder(x, out beta);
            beta = Math.ScaleB(beta, -exponent);
            return tau;
        }

        if (rest == 0)
        {
            beta = alpha;
            x.Clear();
            return 0;
        }

        beta = -Math.CopySign(Math.Sqrt(Math.FusedMultiplyAdd(alpha, alpha, rest)), alpha);
        Products.Scale(1 / (alpha - beta), x[..^1]);
        x[^1] = 1;
        return (beta - alpha) / beta;
    }

    private static double Largest(ReadOnlySpan<double> x)
    {
        double largest = 0;
        foreach (double value in x)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        return largest;
    }

    /// <summary>A -= vwᵀ + wvᵀ and y = A u over the leading m rows, each element read and written once.</summary>
    private void UpdateAndMultiply(
        int m, ReadOnlySpan<double> v, ReadOnlySpan<double> w, ReadOnlySpan<double> u, Span<double> y)
    {
        Span<double> sums = stackalloc double[4];
        int i = 0;
        for (; i + 4 <= m; i += 4)
        {
            int done = i & ~7;
            MultiplyFour(i, done, v, w, u, y, sums);
            for (int k = 0; k < 4; k++)
            {
                y[i + k] = Finish(i + k, done, sums[k], v, w, u, y);
            }
        }

        for (; i < m; i++)
        {
            y[i] = Finish(i, 0, 0, v, w, u, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyFour(
        int i,
        int count,
        ReadOnlySpan<double> v,
        ReadOnlySpan<double> w,
        ReadOnlySpan<double> u,
        Span<double> y,
        Span<double> sums)
    {
        ref double row0 = ref MemoryMarshal.GetReference(_reflectors.Row(i));
        ref double row1 = ref MemoryMarshal.GetReference(_reflectors.Row(i + 1));
        ref double row2 = ref MemoryMarshal.GetReference(_reflectors.Row(i + 2));
        ref double row3 = ref MemoryMarshal.GetReference(_reflectors.Row(i + 3));
        ref double vs = ref MemoryMarshal.GetReference(v);
        ref double ws = ref MemoryMarshal.GetReference(w);
        ref double us = ref MemoryMarshal.GetReference(u);
        ref double ys = ref MemoryMarshal.GetReference(y);
        Four minusV = new(-v[i], -v[i + 1], -v[i + 2], -v[i + 3]);
        Four minusW = new(-w[i], -w[i + 1], -w[i + 2], -w[i + 3]);
        Four ui = new(u[i], u[i + 1], u[i + 2], u[i + 3]);
        Vector sum0 = Vector.Zero;
        Vector sum1 = Vector.Zero;
        Vector sum2 = Vector.Zero;
        Vector sum3 = Vector.Zero;
        for (nuint j = 0; j < (nuint)count; j += 8)
        {
            Vector vj = Vector512.LoadUnsafe(ref vs, j);
            Vector wj = Vector512.LoadUnsafe(ref ws, j);
            Vector uj = Vector512.LoadUnsafe(ref us, j);
            Vector yj = Vector512.LoadUnsafe(ref ys, j);
            Step(ref row0, j, minusV.A, minusW.A, ui.A, vj, wj, uj, ref yj, ref sum0);
            Step(ref row1, j, minusV.B, minusW.B, ui.B, vj, wj, uj, ref yj, ref sum1);
            Step(ref row2, j, minusV.C, minusW.C, ui.C, vj, wj, uj, ref yj, ref sum2);
            Step(ref row3, j, minusV.D, minusW.D, ui.D, vj, wj, uj, ref yj, ref sum3);
            yj.StoreUnsafe(ref ys, j);
        }

        sums[0] = Lanes.Sum(sum0);
        sums[1] = Lanes.Sum(sum1);
        sums[2] = Lanes.Sum(sum2);
        sums[3] = Lanes.Sum(sum3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(
        ref double row, nuint j, Vector minusV, Vector minusW, Vector ui, Vector vj, Vector wj, Vector uj, ref Vector yj, ref Vector sum)
    {
        Vector a = Vector512.FusedMultiplyAdd(minusV, wj, Vector512.LoadUnsafe(ref row, j));
        a = Vector512.FusedMultiplyAdd(minusW, vj, a);
        a.StoreUnsafe(ref row, j);
        sum = Vector512.FusedMultiplyAdd(a, uj, sum);
        yj = Vector512.FusedMultiplyAdd(ui, a, yj);
    }

    /// <summary>The columns of row i from <paramref name="first"/> to the diagonal, one by one.</summary>
    private double Finish(
        int i, int first, double sum, ReadOnlySpan<double> v, ReadOnlySpan<double> w, ReadOnlySpan<double> u, Span<double> y)
    {
        Span<double> row = _reflectors.Row(i);
        double minusV = -v[i];
        double minusW = -w[i];
        for (int j = first; j <= i; j++)
        {
            double a = Math.FusedMultiplyAdd(minusW, v[j], Math.FusedMultiplyAdd(minusV, w[j], row[j]));
            row[j] = a;
            sum = Math.FusedMultiplyAdd(a, u[j], sum);
            if (j < i)
            {
                y[j] = Math.FusedMultiplyAdd(u[i], a, y[j]);
            }
        }

        return sum;
    }

    private readonly struct Four(double a, double b, double c, double d)
    {
        public readonly Vector A = Vector512.Create(a);
        public readonly Vector B = Vector512.Create(b);
        public readonly Vector C = Vector512.Create(c);
        public readonly Vector D = Vector512.Create(d);
    }
}
