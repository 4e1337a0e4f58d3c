using System.Collections.Immutable;
using System.Runtime.Intrinsics;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Ridge;

/// <summary>Ridge regression of many folds × all λ from one decomposition of all samples: the shortcut form.</summary>
/// <remarks>
/// <para>
/// With M = K + λI over all n samples, K the centred Gram, and P = M⁻¹ without the direction of constants, the
/// residuals of held-out samples V are e_V = (P_VV)⁻¹(Py)_V where n ≤ p (dual), and (I - H_VV)⁻¹r_V with
/// H = 1/n + X(XᵀX + λI)⁻¹Xᵀ and r = y - Hy otherwise (primal). One tridiagonal form QTQᵀ serves every λ: row i of Q
/// (or of XQ) runs through the forward elimination of T + λI, eight λ to a vector, and P_VV and (Py)_V are sums of what
/// comes out. λ is relative to the trace of the fold's own calibration spectra. Dual: K is given the constant
/// direction at the mean eigenvalue, for at λ it would swamp P.
/// </para>
/// <para>
/// Exact in real arithmetic only: what is held out is part of the decomposition, so its last bits reach the
/// predictions, and there is no refinement. Against fold after fold the error grows as the trace over λ: 1e-12 of the
/// deviation of y at λ = 1e-4 of the trace, below 1e-6 at 1e-10. A fold whose calibration spectra have less than a
/// hundredth of the whole trace would lose its digits to what it holds out, and is fitted on its own.
/// </para>
/// <para>
/// Time n²p + 8n³/3 + 2n²L, or np² + 8p³/3 + 2np² + 2npL, with L λ for single samples; pairs of samples held out together
/// add n|V|L each. Memory 2n² + np, or 2p² + 2np.
/// Allen (1974), Technometrics 16, 125-127 (single samples); Cook and Weisberg (1982), Residuals and Influence in
/// Regression, 3.6 (several at once).
/// </para>
/// </remarks>
internal sealed class RidgeShortcut : IDisposable
{
    /// <summary>More folds than this are answered by the shortcut.</summary>
    public const int FoldsAloneMax = 31;

    private const double CalibrationShareMin = 0.01;

    private readonly SharedSpectra _data;
    private readonly RidgeScale _scale;
    private readonly bool _dual;
    private readonly ScratchMatrix _x;
    private readonly double[] _y;
    private readonly double _trace;
    private readonly Tridiagonal? _tridiagonal;

    /// <summary>One row per sample: of Q (dual) or of XQ (primal).</summary>
    private readonly Matrix _rows;

    /// <summary>Qᵀy, or QᵀXᵀy.</summary>
    private readonly double[] _right;

    private readonly double _constant;

    private RidgeShortcut(SharedSpectra data, RidgeScale scale)
    {
        _data = data;
        _scale = scale;
        int n = data.X.Rows;
        int p = data.X.Columns;
        _dual = n <= p;
        _x = SharedRows.About(data, ColumnMoments.Means(data.X.View));
        double yMean = ColumnMoments.Means(data.Y.View)[0];
        _y = [.. Enumerable.Range(0, n).Select(i => data.Y[i, 0] - yMean)];
        MatrixView x = _x.View;
        for (int i = 0; i < n; i++)
        {
            _trace += Products.Dot(x.Row(i), x.Row(i));
        }

        _right = new double[_dual ? n : p];
        _rows = new Matrix(0, 0);
        if (_trace == 0)
        {
            return;
        }

        Matrix products = PrincipalComponents.SmallerGram(x);
        if (_dual)
        {
            _constant = _trace / n;
            Products.AddToAll(_constant / n, products.Values);
            _y.CopyTo(_right, 0);
        }
        else
        {
            Products.TransposedTimes(x, _y, _right);
        }

        _tridiagonal = new Tridiagonal(products, data.Runner);
        var turned = new Matrix(_right.Length, _right.Length);
        _tridiagonal.FormQ(turned.Span, data.Runner);
        double[] right = new double[_right.Length];
        Products.Project(turned.View, _right, right);
        _right = right;
        _rows = new Matrix(n, _right.Length);
        if (_dual)
        {
            Gram.Transpose(turned.View, _rows.Span);
        }
        else
        {
            RowProducts.TimesTransposed(x, turned.View, _rows.Span);
        }
    }

    /// <summary>Bytes of the decomposition for n × p spectra and of one fold's sums.</summary>
    public static long SizeBytes(long n, long p, long heldOut, long lambdas)
    {
        long m = Math.Min(n, p);
        return ScratchMatrix.SizeBytes(n, p) + (n > p ? sizeof(double) * n * p : 0)
            + Tridiagonal.SizeBytes(m) + Tridiagonal.FormingBytes(m)
            + MatrixProducts.BorrowedBytes(n, m, MatrixProducts.RowBlock)
            + (sizeof(double) * ((m * m) + (n * m) + (((heldOut * heldOut) + (4 * heldOut) + 8) * (lambdas + Lanes.Width)) + (4 * n)));
    }

    /// <summary>Predicts the held-out samples of several folds with every λ.</summary>
    public static void Predict(
        SharedSpectra data,
        ImmutableArray<int> folds,
        double[] lambdas,
        RidgeScale scale,
        Action<int> alone,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        using var shortcut = new RidgeShortcut(data, scale);
        double[] traces = [.. folds.Select(shortcut.CalibrationTrace)];
        ImmutableArray<int> together = [.. folds.Where((_, f) => traces[f] > CalibrationShareMin * shortcut._trace)];
        FoldLanes.Run(
            together,
            data.Runner,
            k => shortcut.PredictFold(k, lambdas, traces[folds.IndexOf(k)]),
            (k, answers) => answers.WriteTo(predictions, k),
            (k, reason) => FoldAnswers.FailAll(predictions, k, lambdas.Length, reason),
            cancellation);
        foreach (int k in folds.Except(together))
        {
            alone(k);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _x.Dispose();

    /// <summary>The trace of the centred cross-product of all samples but a fold's.</summary>
    private double CalibrationTrace(int k)
    {
        double[] sum = new double[_data.X.Columns];
        double squares = 0;
        foreach (int i in _data.Folds.HeldOut(k))
        {
            ReadOnlySpan<double> row = _x.View.Row(i);
            Products.Axpy(1, row, sum);
            squares += Products.Dot(row, row);
        }

        return _trace - squares - (Products.Dot(sum, sum) / (_data.X.Rows - _data.Folds.HeldOut(k).Length));
    }

    private FoldAnswers PredictFold(int k, double[] lambdas, double trace)
    {
        int[] heldOut = _data.Folds.HeldOut(k).ToArray();
        double[] absolute = RidgeDecomposition.Absolute(lambdas, _scale, trace);
        var yHat = new Matrix(lambdas.Length, heldOut.Length);
        bool[] answered = new bool[lambdas.Length];
        Array.Fill(answered, true);
        Span<double> eight = stackalloc double[Lanes.Width];
        for (int start = 0; start < lambdas.Length; start += Lanes.Width)
        {
            int count = Math.Min(Lanes.Width, lambdas.Length - start);
            eight.Fill(absolute[start]);
            absolute.AsSpan(start, count).CopyTo(eight);
            var sums = new ForwardSums(heldOut.Length);
            bool[] solved = sums.Run(_tridiagonal!, _rows, heldOut, _right, Vector512.Create<double>(eight));
            for (int s = 0; s < count; s++)
            {
                answered[start + s] = solved[s] && Residuals(sums, s, heldOut, eight[s], yHat.Row(start + s));
            }
        }

        return new FoldAnswers(yHat, RidgeDecomposition.Reasons(answered, absolute, trace));
    }

    /// <summary>Solves for the residuals of held-out samples and writes their predictions; false where the system is singular.</summary>
    private bool Residuals(ForwardSums sums, int lane, int[] heldOut, double lambda, Span<double> yHat)
    {
        int v = heldOut.Length;
        var system = new Matrix(v, v);
        double[] e = new double[v];
        double along = 1 / (_data.X.Rows * (_dual ? _constant + lambda : 1));
        for (int a = 0; a < v; a++)
        {
            for (int b = 0; b <= a; b++)
            {
                double product = sums.Product(a, b)[lane];
                system[a, b] = _dual ? product - along : (a == b ? 1 : 0) - along - product;
            }

            double right = sums.Right(a)[lane];
            e[a] = _dual ? right : _y[heldOut[a]] - right;
        }

        if (!SmallSystem.TrySolve(system.Span, e))
        {
            return false;
        }

        for (int a = 0; a < v; a++)
        {
            yHat[a] = _data.Y[heldOut[a], 0] - e[a];
        }

        return true;
    }

    /// <summary>Sums over the forward elimination of T + λI, eight λ at once.</summary>
    /// <remarks>With L D Lᵀ = T + λI, u_a = L⁻¹q_a and w = L⁻¹z: u_aᵀD⁻¹u_b = q_aᵀ(T + λI)⁻¹q_b, and u_aᵀD⁻¹w = q_aᵀ(T + λI)⁻¹z.</remarks>
    private sealed class ForwardSums
    {
        private readonly int _count;
        private readonly Vector512<double>[] _products;
        private readonly Vector512<double>[] _right;

        public ForwardSums(int count)
        {
            _count = count;
            _products = new Vector512<double>[count * (count + 1) / 2];
            _right = new Vector512<double>[count];
        }

        public Vector512<double> Product(int a, int b) => _products[(a * (a + 1) / 2) + b];

        public Vector512<double> Right(int a) => _right[a];

        /// <summary>Runs the elimination; says of each λ whether every pivot was clearly positive.</summary>
        public bool[] Run(Tridiagonal tridiagonal, Matrix rows, int[] chosen, double[] z, Vector512<double> lambda)
        {
            ReadOnlySpan<double> diagonal = tridiagonal.Diagonal;
            ReadOnlySpan<double> off = tridiagonal.OffDiagonal;
            Vector512<double> least = (Vector512.Create(tridiagonal.Norm) + lambda) * Tridiagonal.PivotMin;
            var u = new Vector512<double>[_count];
            Vector512<double> w = Vector512<double>.Zero;
            Vector512<double> factor = Vector512<double>.Zero;
            Vector512<double> pivot = Vector512<double>.Zero;
            Vector512<double> positive = Vector512<double>.AllBitsSet;
            for (int j = 0; j < z.Length; j++)
            {
                double beside = j == 0 ? 0 : off[j - 1];
                pivot = Vector512.FusedMultiplyAdd(-factor, Vector512.Create(beside), Vector512.Create(diagonal[j]) + lambda);
                positive &= Vector512.GreaterThan(pivot, least);
                Vector512<double> inverse = Vector512<double>.One / pivot;
                w = Vector512.FusedMultiplyAdd(-factor, w, Vector512.Create(z[j]));
                int pair = 0;
                for (int a = 0; a < _count; a++)
                {
                    u[a] = Vector512.FusedMultiplyAdd(-factor, u[a], Vector512.Create(rows[chosen[a], j]));
                    Vector512<double> scaled = u[a] * inverse;
                    _right[a] = Vector512.FusedMultiplyAdd(scaled, w, _right[a]);
                    for (int b = 0; b <= a; b++, pair++)
                    {
                        _products[pair] = Vector512.FusedMultiplyAdd(scaled, u[b], _products[pair]);
                    }
                }

                factor = j < off.Length ? Vector512.Create(off[j]) * inverse : factor;
            }

            bool[] answered = new bool[Lanes.Width];
            for (int lane = 0; lane < answered.Length; lane++)
            {
                answered[lane] = positive.AsInt64()[lane] != 0;
            }

            return answered;
        }
    }
}
