using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pls;

/// <summary>The components of PLS1 by improved kernel PLS, algorithm 1.</summary>
/// <remarks>
/// <para>
/// X is n × p and y is n × 1, both centred by the calibration means. W, P and R are held with one row per
/// component, A × p. X is never deflated: t = X r and Xᵀt come from one pass over X per component, and only
/// s = Xᵀy is deflated. Time 4npA + 2pA²; memory 3pA + p + 2A doubles besides X and n + p of scratch.
/// </para>
/// <para>
/// Sign: the element of each weight vector that is largest in magnitude (the first among equals) is positive.
/// A variable without variance has weight, loading, rotation and coefficient exactly 0.
/// </para>
/// <para>
/// Numerical rank: component a is not extracted where ‖s‖ ≤ 1e-14 ‖X‖ ‖y‖ (Frobenius norm of centred X), where
/// |rᵀs|, which equals ‖s‖ but for rounding, is off by more than a tenth, or where ‖t‖ ≤ 1e-12 ‖X‖ ‖r‖. Then what is
/// left of s or of X is rounding, and later components would be noise: 80 × 700 spectra whose response is
/// interpolated reach ‖s‖ = 4e-14 ‖X‖ ‖y‖ and stay there. A response without variance has no components.
/// </para>
/// <para>
/// Dayal and MacGregor (1997), J. Chemometrics 11, 73-85, algorithm 1, M = 1; their N, K, A are n, p, A, their
/// X'Y is s. Algorithm 2, from XᵀX, is
/// <see cref="FromMoments.MomentsFit"/>: it costs np² + 2p²A and pays for n far above p, or for many folds.
/// </para>
/// </remarks>
internal sealed class KernelPls
{
    /// <summary>‖s‖ at or below this part of ‖X‖ ‖y‖ is rounding left by Xᵀy and its deflations.</summary>
    internal const double CovarianceMin = 1e-14;

    /// <summary>‖t‖ at or below this part of ‖X‖ ‖r‖ is rounding of the product X r.</summary>
    internal const double ScoreMin = 1e-12;

    /// <summary>Largest part of ‖s‖ by which |rᵀs| may miss it: above, less than one digit of s is right.</summary>
    internal const double CovarianceErrorMax = 0.1;

    private readonly double[] _scoreSquares;
    private readonly double[] _yLoadings;

    /// <summary>Extracts up to <paramref name="componentsMax"/> components.</summary>
    public KernelPls(CentredCalibration calibration, int componentsMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(componentsMax);
        int p = calibration.X.Columns;
        Means = calibration.Means;
        YMean = calibration.YMean;
        IsResponseConstant = calibration.YSquaredNorm == 0;
        int A = Math.Min(componentsMax, Math.Min(calibration.X.Rows - 1, p));
        Weights = Uninitialized(A, p);
        Loadings = Uninitialized(A, p);
        Rotations = Uninitialized(A, p);
        _scoreSquares = new double[A];
        _yLoadings = new double[A];
        Extract(calibration);
    }

    /// <summary>Components found, at most the number asked.</summary>
    public int Count { get; private set; }

    /// <summary>True where the response has no variance: there are no components, and every count predicts the mean.</summary>
    public bool IsResponseConstant { get; }

    /// <summary>Wᵀ, one unit vector per row; rows from <see cref="Count"/> on are undefined.</summary>
    public Matrix Weights { get; }

    /// <summary>Pᵀ, one component per row.</summary>
    public Matrix Loadings { get; }

    /// <summary>Rᵀ, one component per row.</summary>
    public Matrix Rotations { get; }

    /// <summary>q, the response's loading on each component.</summary>
    public ReadOnlySpan<double> YLoadings => _yLoadings.AsSpan(0, Count);

    /// <summary>tᵀt of each component.</summary>
    public ReadOnlySpan<double> ScoreSquares => _scoreSquares.AsSpan(0, Count);

    /// <summary>Means of the p variables.</summary>
    public double[] Means { get; }

    /// <summary>Mean of the response.</summary>
    public double YMean { get; }

    /// <summary>Bytes held and used for n × p spectra and A components, the centred copy of X not counted.</summary>
    public static long SizeBytes(long n, long p, long components) =>
        sizeof(double) * ((3 * p * components) + (3 * components) + n + p);

    /// <summary>Why a component count has no answer, or null where it has one.</summary>
    public string? FailureOf(int components) => IsResponseConstant ? null : FailureOf(components, Count);

    /// <summary>Why a component count has no answer where so many were found, or null where it has one.</summary>
    public static string? FailureOf(int components, int found) =>
        components <= found ? null : $"{components} components asked, the calibration spectra support {found}.";

    /// <summary>Variable importance in projection (VIP) of the first components, p values.</summary>
    /// <remarks>
    /// VIP(j)² = p Σ w(j,a)² s(a) / Σ s(a) with s(a) = q(a)² t(a)ᵀt(a), the variance of y that component a explains;
    /// the mean of VIP² over variables is 1. All 0 for a response without variance.
    /// Wold, Johansson and Cocchi (1993), in 3D QSAR in Drug Design, ESCOM, 523-550.
    /// </remarks>
    public void CopyImportance(int components, Span<double> importance)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(importance.Length, Means.Length);
        int found = Math.Min(components, Count);
        double[] explained = new double[found];
        for (int a = 0; a < found; a++)
        {
            explained[a] = _yLoadings[a] * _yLoadings[a] * _scoreSquares[a];
        }

        CopyImportance(Weights.View.RowBand(0, found), explained, importance);
    }

    /// <summary>The same with s(a) = t(a)ᵀt(a), the variance of the spectra that a component explains.</summary>
    public void CopyImportanceOfSpectra(int components, Span<double> importance)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(importance.Length, Means.Length);
        int found = Math.Min(components, Count);
        CopyImportance(Weights.View.RowBand(0, found), ScoreSquares[..found], importance);
    }

    /// <summary>The same from weights, one component per row, and the variance that each explains.</summary>
    internal static void CopyImportance(MatrixView weights, ReadOnlySpan<double> explained, Span<double> importance)
    {
        importance.Clear();
        double total = 0;
        for (int a = 0; a < weights.Rows; a++)
        {
            total += explained[a];
            ReadOnlySpan<double> w = weights.Row(a);
            for (int j = 0; j < importance.Length; j++)
            {
                importance[j] += w[j] * w[j] * explained[a];
            }
        }

        for (int j = 0; j < importance.Length && total > 0; j++)
        {
            importance[j] = Math.Sqrt(importance.Length * importance[j] / total);
        }
    }

    private static Matrix Uninitialized(int rows, int columns) =>
        new(rows, columns, GC.AllocateUninitializedArray<double>(checked(rows * columns)));

    private void Extract(CentredCalibration calibration)
    {
        if (IsResponseConstant)
        {
            return;
        }

        MatrixView X = calibration.X;
        double xNorm = Math.Sqrt(calibration.SquaredNorm);
        double covarianceMin = CovarianceMin * xNorm * Math.Sqrt(calibration.YSquaredNorm);
        double[] s = new double[X.Columns];
        double[] t = new double[X.Rows];
        double[] along = new double[Weights.Rows];
        Products.TransposedTimes(X, calibration.Y, s);
        for (int a = 0; a < Weights.Rows; a++)
        {
            // Step 2: w is s at unit length.
            double norm = Math.Sqrt(Products.Dot(s, s));
            if (norm <= covarianceMin)
            {
                return;
            }

            Span<double> w = Weights.Row(a);
            s.CopyTo(w);
            Products.Scale(Products.SignOfLargest(s) / norm, w);

            // Step 3: r = w less its part along the earlier loadings.
            Span<double> r = Rotations.Row(a);
            Products.Project(Loadings.View.RowBand(0, a), w, along.AsSpan(0, a));
            Products.TransposedTimes(Rotations.View.RowBand(0, a), along.AsSpan(0, a), r);
            RowKernels.Subtract(w, r, r);

            double rTs = Products.Dot(r, s);
            if (Math.Abs(Math.Abs(rTs) - norm) > CovarianceErrorMax * norm)
            {
                return;
            }

            // Step 4: scores and loadings in one pass over X.
            Span<double> p = Loadings.Row(a);
            Products.ProjectAndAccumulate(X, r, t, p);
            double tTt = Products.Dot(t, t);
            if (Math.Sqrt(tTt) <= ScoreMin * xNorm * Math.Sqrt(Products.Dot(r, r)))
            {
                return;
            }

            Products.Scale(1 / tTt, p);
            double q = rTs / tTt;

            // Step 5: only the covariance is deflated.
            Products.Axpy(-rTs, p, s);
            _scoreSquares[a] = tTt;
            _yLoadings[a] = q;
            Count = a + 1;
        }
    }
}
