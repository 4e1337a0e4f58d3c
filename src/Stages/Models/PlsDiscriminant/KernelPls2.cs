using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.PlsDiscriminant;

/// <summary>The components of PLS2 on indicators of classes by improved kernel PLS, algorithm 1, with weights of samples.</summary>
/// <remarks>
/// X is n × p, Y is n × C, both less their weighted means and each row times the root of its weight; their X'Y is S. As
/// <see cref="KernelPls"/>, but a weight vector is S times the leading eigenvector of SᵀS, C × C. Components end where ‖S‖ or t
/// is rounding, by the same limits. Time 4npA + 2pA(A + C); memory 3pA + 2pC doubles besides X.
/// Dayal and MacGregor (1997), J. Chemometrics 11, 73-85, algorithm 1; their N, K, M, A are n, p, C, A.
/// </remarks>
internal sealed class KernelPls2
{
    private readonly double[] _explained;

    /// <summary>Extracts up to A components.</summary>
    /// <param name="calibration">The spectra, which are written over where weights differ.</param>
    /// <param name="isBalanced">Whether every class counts the same.</param>
    /// <param name="componentsMax">A.</param>
    public KernelPls2(ClassCalibration calibration, bool isBalanced, int componentsMax)
    {
        int n = calibration.X.Rows;
        int p = calibration.X.Columns;
        int classCount = calibration.Counts.Length;
        double[] weights = calibration.Weights(isBalanced);
        Means = [.. calibration.Means];
        YMeans = new double[classCount];
        for (int i = 0; i < n; i++)
        {
            YMeans[calibration.Classes[i]] += weights[i] / n;
        }

        if (isBalanced)
        {
            Weigh(calibration, weights);
        }

        int A = Math.Min(componentsMax, Math.Min(n - 1, p));
        Weights = new Matrix(A, p);
        Loadings = new Matrix(A, p);
        Rotations = new Matrix(A, p);
        YLoadings = new Matrix(A, classCount);
        _explained = new double[A];
        Extract(calibration, weights);
    }

    /// <summary>Components found, at most the number asked.</summary>
    public int Count { get; private set; }

    /// <summary>Weighted means of the p variables.</summary>
    public double[] Means { get; }

    /// <summary>Weighted means of the C indicators.</summary>
    public double[] YMeans { get; }

    /// <summary>Wᵀ, one unit vector per row.</summary>
    public Matrix Weights { get; }

    /// <summary>Pᵀ, one component per row.</summary>
    public Matrix Loadings { get; }

    /// <summary>Rᵀ, one component per row: T = X R for centred X.</summary>
    public Matrix Rotations { get; }

    /// <summary>Qᵀ, A × C: the indicators' loadings.</summary>
    public Matrix YLoadings { get; }

    /// <summary>Bytes for n × p spectra, C classes and A components, the centred copy of X not counted.</summary>
    public static long SizeBytes(long n, long p, long classes, long components) =>
        sizeof(double) * ((3 * p * components) + (2 * p * classes) + (n * (classes + 3)) + (components * (classes + 3)) + (3 * classes * classes));

    /// <summary>Variable importance in projection (VIP) of the first components; see <see cref="KernelPls.CopyImportance(int, Span{double})"/>.</summary>
    public double[] Importance(int components)
    {
        double[] importance = new double[Means.Length];
        int found = Math.Min(components, Count);
        KernelPls.CopyImportance(Weights.View.RowBand(0, found), _explained.AsSpan(0, found), importance);
        return importance;
    }

    /// <summary>Moves the centre to the weighted mean and multiplies each row by the root of its weight.</summary>
    private void Weigh(ClassCalibration calibration, double[] weights)
    {
        double[] shift = new double[Means.Length];
        Products.TransposedTimes(calibration.X, weights, shift);
        Products.Scale(1.0 / weights.Length, shift);
        Products.Axpy(1, shift, Means);
        for (int i = 0; i < weights.Length; i++)
        {
            Span<double> row = calibration.XSpan.Row(i);
            RowKernels.Subtract(row, shift, row);
            Products.Scale(Math.Sqrt(weights[i]), row);
        }
    }

    private void Extract(ClassCalibration calibration, double[] weights)
    {
        MatrixView X = calibration.X;
        int classCount = YMeans.Length;

        // S has a row for each class: Sᵀ of the paper.
        var S = new Matrix(classCount, X.Columns);
        double[] y = new double[X.Rows];
        double xSquares = 0;
        double ySquares = 0;
        for (int c = 0; c < classCount; c++)
        {
            for (int i = 0; i < y.Length; i++)
            {
                y[i] = Math.Sqrt(weights[i]) * ((calibration.Classes[i] == c ? 1 : 0) - YMeans[c]);
            }

            ySquares += Products.Dot(y, y);
            Products.TransposedTimes(X, y, S.Row(c));
        }

        for (int i = 0; i < X.Rows; i++)
        {
            xSquares += Products.Dot(X.Row(i), X.Row(i));
        }

        double xNorm = Math.Sqrt(xSquares);
        double covarianceMin = KernelPls.CovarianceMin * xNorm * Math.Sqrt(ySquares);
        var gram = new Matrix(classCount, classCount);
        double[] direction = new double[classCount];
        double[] t = new double[X.Rows];
        double[] along = new double[Weights.Rows];
        double[] q = new double[classCount];
        for (int a = 0; a < Weights.Rows; a++)
        {
            if (Math.Sqrt(Products.Dot(S.Values, S.Values)) <= covarianceMin)
            {
                return;
            }

            // Step 2: w is S times the leading eigenvector of SᵀS, at unit length.
            for (int c = 0; c < classCount; c++)
            {
                Products.Project(S.View, S.Row(c), gram.Row(c));
            }

            DominantVector.Find(gram.View, direction);
            Span<double> w = Weights.Row(a);
            Products.TransposedTimes(S.View, direction, w);
            double norm = Math.Sqrt(Products.Dot(w, w));
            if (norm <= covarianceMin)
            {
                return;
            }

            Products.Scale(1 / norm, w);

            // Step 3: r = w less its part along the earlier loadings.
            Span<double> r = Rotations.Row(a);
            Products.Project(Loadings.View.RowBand(0, a), w, along.AsSpan(0, a));
            Products.TransposedTimes(Rotations.View.RowBand(0, a), along.AsSpan(0, a), r);
            RowKernels.Subtract(w, r, r);

            // Step 4: scores and loadings in one pass over X.
            Span<double> p = Loadings.Row(a);
            Products.ProjectAndAccumulate(X, r, t, p);
            double tTt = Products.Dot(t, t);
            if (Math.Sqrt(tTt) <= KernelPls.ScoreMin * xNorm * Math.Sqrt(Products.Dot(r, r)))
            {
                return;
            }

            Products.Scale(1 / tTt, p);
            Products.Project(S.View, r, q);
            for (int c = 0; c < classCount; c++)
            {
                // Step 5: only the covariances are deflated.
                Products.Axpy(-q[c], p, S.Row(c));
                YLoadings[a, c] = q[c] / tTt;
            }

            _explained[a] = Products.Dot(q, q) / tTt;
            Count = a + 1;
        }
    }
}
