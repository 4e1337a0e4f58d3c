using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Pls.Dual;

/// <summary>PLS1 with each fold left out in turn, held by the weights α of the calibration samples: b = Xᵀα.</summary>
/// <remarks>
/// <para>
/// Whoever needs the regression vectors of many fits, or those of variables that take no part in them, multiplies once in the
/// end. With e what the response has left, each component has the direction w = Xᵀe, its score u = X w less its
/// calibration mean, made orthogonal to earlier scores t; the same combinations of the e give the v of each rotation,
/// r = Xᵀv, and α = Σ q v. Only XXᵀ is used: as a matrix where n ≤ 2p, else by its two factors, all fits together.
/// </para>
/// <para>
/// Time n²p + 2n²A for each fit, or 4npA, beside 8nA²; memory <see cref="SizeBytes"/>. A fit ends before A components
/// where a score is no longer than its rounding, ‖t‖ ≤ 1e-13 ‖X‖² ‖e‖ or 1e-12 of what it was before it was made orthogonal,
/// or where nothing of the response is left. Fits come in groups; no fit's bits depend on its group.
/// Rännar, Lindgren, Geladi and Wold (1994), J. Chemometrics 8, 111-125; orthogonal scores as in <see cref="DualPls"/>.
/// </para>
/// </remarks>
internal static class SampleWeights
{
    /// <summary>Doubles of the fits that are in work together: 32 MiB.</summary>
    private const long TogetherMax = 1L << 22;

    /// <summary>‖t‖² at or below this part of what it was before it was made orthogonal is rounding.</summary>
    private const double ScoreShareMin = 1e-24;

    /// <summary>‖t‖² at or below this part of (‖X‖² ‖e‖)² is rounding of the product XXᵀe.</summary>
    private const double ProductShareMin = 1e-26;

    /// <summary>‖e‖² at or below this part of the response's is rounding.</summary>
    private const double ResidualShareMin = 1e-28;

    /// <summary>The weights of every fit, folds × n; 0 for samples that are left out.</summary>
    /// <param name="samples">All samples, centred.</param>
    /// <param name="folds">The folds, each left out in turn.</param>
    /// <param name="components">Components, A.</param>
    public static Matrix Of(CentredCalibration samples, Folds folds, int components)
    {
        int n = samples.X.Rows;
        var weights = new Matrix(folds.Count, n);
        using ScratchMatrix? gram = IsGramUsed(n, samples.X.Columns) ? ProductsOfSamples(samples.X) : null;
        int together = FitsTogether(n, folds.Count, components);
        for (int first = 0; first < folds.Count; first += together)
        {
            int count = Math.Min(together, folds.Count - first);
            Run(samples, gram, folds, first, components, weights.Span.RowBand(first, count));
        }

        return weights;
    }

    /// <summary>Bytes beside the centred samples.</summary>
    public static long SizeBytes(int n, int p, int folds, int components)
    {
        long gram = IsGramUsed(n, p) ? ScratchMatrix.SizeBytes(n, n) : 0;
        long together = FitsTogether(n, folds, components);
        long fits = sizeof(double) * together * n * (2L * components);
        return gram + fits + (2 * ScratchMatrix.SizeBytes(together, n)) + ScratchMatrix.SizeBytes(together, p)
            + (sizeof(double) * (long)folds * n);
    }

    private static bool IsGramUsed(long n, long p) => n <= 2 * p;

    private static int FitsTogether(long n, int folds, int components) =>
        (int)Math.Clamp(TogetherMax / (n * ((2L * components) + 3)), 1, folds);

    private static ScratchMatrix ProductsOfSamples(MatrixView x)
    {
        var gram = new ScratchMatrix(x.Rows, x.Rows);
        MatrixProducts.TimesSelfTransposed(x, gram.Span);
        return gram;
    }

    private static void Run(
        CentredCalibration samples, ScratchMatrix? gram, Folds folds, int first, int components, MatrixSpan weights)
    {
        int n = samples.X.Rows;
        using var residuals = new ScratchMatrix(weights.Rows, n);
        using var products = new ScratchMatrix(weights.Rows, n);
        using ScratchMatrix? directions = gram is null ? new ScratchMatrix(weights.Rows, samples.X.Columns) : null;
        var fits = new Fit[weights.Rows];
        for (int f = 0; f < fits.Length; f++)
        {
            fits[f] = new Fit(folds, first + f, components, n, samples.SquaredNorm);
            fits[f].Begin(samples.Y, residuals.Span.Row(f));
        }

        while (fits.Any(fit => fit.IsActive))
        {
            if (gram is not null)
            {
                MatrixProducts.Times(residuals.View, gram.View, products.Span);
            }
            else
            {
                MatrixProducts.Times(residuals.View, samples.X, directions!.Span);
                MatrixProducts.TimesTransposed(directions.View, samples.X, products.Span);
            }

            for (int f = 0; f < fits.Length; f++)
            {
                if (fits[f].IsActive)
                {
                    fits[f].Advance(residuals.Span.Row(f), products.Span.Row(f), weights.Row(f));
                }
            }
        }
    }

    /// <summary>The components of one fit.</summary>
    private sealed class Fit(Folds folds, int leftOut, int components, int n, double xSquares)
    {
        private readonly Matrix _scores = new(components, n);
        private readonly Matrix _combinations = new(components, n);
        private readonly double[] _scoreSquares = new double[components];
        private double _responseSquares;
        private int _found;

        /// <summary>Whether another component is to be found.</summary>
        public bool IsActive { get; private set; }

        /// <summary>e: the response less its calibration mean, 0 for what is left out.</summary>
        public void Begin(ReadOnlySpan<double> y, Span<double> residual)
        {
            y.CopyTo(residual);
            Centre(residual);
            _responseSquares = Products.Dot(residual, residual);
            IsActive = _responseSquares > 0;
        }

        /// <summary>One component from u = XXᵀe.</summary>
        public void Advance(Span<double> residual, Span<double> u, Span<double> weights)
        {
            IsActive = false;
            Centre(u);
            double before = Products.Dot(u, u);
            Span<double> combination = _combinations.Row(_found);
            residual.CopyTo(combination);

            // Twice: once leaves the rounding of the large first scores in the small ones that follow.
            for (int b = 0; b < 2 * _found; b++)
            {
                Span<double> earlier = _scores.Row(b % _found);
                double along = Products.Dot(earlier, u) / _scoreSquares[b % _found];
                Products.Axpy(-along, earlier, u);
                Products.Axpy(-along, _combinations.Row(b % _found), combination);
            }

            double tTt = Products.Dot(u, u);
            double rounding = ProductShareMin * xSquares * xSquares * Products.Dot(residual, residual);
            if (!(tTt > Math.Max(rounding, ScoreShareMin * before)))
            {
                return;
            }

            double q = Products.Dot(u, residual) / tTt;
            Products.Axpy(q, combination, weights);
            Products.Axpy(-q, u, residual);
            u.CopyTo(_scores.Row(_found));
            _scoreSquares[_found++] = tTt;
            IsActive = _found < _scores.Rows && Products.Dot(residual, residual) > ResidualShareMin * _responseSquares;
        }

        /// <summary>Takes the mean of the calibration samples off them, and everything off the others.</summary>
        private void Centre(Span<double> values)
        {
            ReadOnlySpan<int> heldOut = folds.HeldOut(leftOut);
            double sum = 0;
            foreach (int i in heldOut)
            {
                values[i] = 0;
            }

            foreach (double value in values)
            {
                sum += value;
            }

            double mean = sum / (values.Length - heldOut.Length);
            foreach (ref double value in values)
            {
                value -= mean;
            }

            foreach (int i in heldOut)
            {
                values[i] = 0;
            }
        }
    }
}
