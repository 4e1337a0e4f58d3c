using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Prediction;

/// <summary>What a calibration says about the space of its spectra, in the variables that the model sees.</summary>
/// <remarks>
/// PLS brings its own scores. A model without scores gets principal components of the centred calibration spectra: as
/// many as describe 95 % of their variance, at least 1, at most 10 and a third of the samples. Making one takes the
/// time of a cross-product of n × p spectra and 2m³ for the limits, m = min(n, p); memory np + 3m² doubles while it is
/// made, (2A + 1)p afterwards. Immutable, safe for several threads.
/// Martens and Naes (1989), Multivariate Calibration, Wiley, 5.3.
/// </remarks>
public sealed class ScoreModel
{
    private const int ComponentsMax = 10;
    private const double VarianceShare = 0.95;
    private const string MeanName = "score_mean";
    private const string RotationsName = "score_rotations";
    private const string LoadingsName = "score_loadings";
    private const string VariancesName = "score_variances";

    private readonly double[] _mean;
    private readonly Matrix _rotations;
    private readonly Matrix _loadings;
    private readonly double[] _variances;

    private ScoreModel(int sampleCount, double[] mean, Matrix rotations, Matrix loadings, double[] variances, ScoreLimits limits)
    {
        SampleCount = sampleCount;
        _mean = mean;
        _rotations = rotations;
        _loadings = loadings;
        _variances = variances;
        Limits = limits;
    }

    /// <summary>Calibration samples, n.</summary>
    public int SampleCount { get; }

    /// <summary>Variables expected of a spectrum, p.</summary>
    public int VariableCount => _mean.Length;

    /// <summary>Scores, A.</summary>
    public int ComponentCount => _variances.Length;

    /// <summary>The variance of each score over the calibration samples, λ, divisor n − 1.</summary>
    public ReadOnlySpan<double> Variances => _variances;

    /// <summary>Loadings of the variables, A × p.</summary>
    public MatrixView Loadings => _loadings.View;

    /// <summary>The limits.</summary>
    public ScoreLimits Limits { get; }

    /// <summary>The numbers to save, by name.</summary>
    public ImmutableArray<NamedArray> Arrays =>
    [
        NamedArray.Of(MeanName, [.. _mean]),
        new(RotationsName, _rotations),
        new(LoadingsName, _loadings),
        NamedArray.Of(VariancesName, [.. _variances]),
    ];

    /// <summary>The space of a fitted model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="x">The n × p calibration spectra that it was fitted on.</param>
    public static ScoreModel Of(IFittedModel model, MatrixView x) =>
        model is FittedPls { ComponentCount: > 0 } pls ? OfPls(pls, x) : OfPrincipalComponents(x, ComponentsFor);

    /// <summary>The space of spectra of which only the moments are known: principal components, also for PLS.</summary>
    /// <remarks>Time p³ for the limits; memory 3p² doubles while it is made.</remarks>
    /// <param name="moments">Moments of the n calibration spectra, in the variables that the model sees.</param>
    internal static ScoreModel Of(Moments moments)
    {
        int n = checked((int)moments.Count);
        var found = PrincipalComponents.OfProducts(moments.XX, n, ComponentsMax);
        int components = ComponentsFor(found, n);
        Matrix loadings = found.Loadings.View.RowBand(0, components).ToMatrix();
        double[] variances = found.Variances[..components];
        Matrix C = moments.XX.View.ToMatrix();
        Products.Scale(1.0 / (n - 1), C.Values);
        var squared = new Matrix(C.Rows, C.Rows);
        Gram.OfRows(C.View, squared.Span);
        (double First, double Second, double Third) theta =
            (PrincipalComponents.Trace(C), PrincipalComponents.Trace(squared), Products.Dot(C.Values, squared.Values));
        foreach (double variance in variances)
        {
            theta = (theta.First - variance, theta.Second - (variance * variance), theta.Third - (variance * variance * variance));
        }

        // Rounding of the differences must not pass for a residual.
        theta = (Math.Max(0, theta.First), Math.Max(0, theta.Second), Math.Max(0, theta.Third));
        return new ScoreModel(n, [.. moments.XMeans], loadings, loadings, variances, ScoreLimits.Of(n, components, theta, found.TotalVariance));
    }

    /// <summary>The space of the saved numbers.</summary>
    /// <exception cref="StageException">An array is missing or has another shape.</exception>
    public static ScoreModel Restore(int sampleCount, int variables, int components, ScoreLimits limits, ImmutableArray<NamedArray> arrays) => new(
        sampleCount,
        SavedNumbers.Of(arrays, MeanName, variables),
        SavedNumbers.MatrixOf(arrays, RotationsName, components, variables),
        SavedNumbers.MatrixOf(arrays, LoadingsName, components, variables),
        SavedNumbers.Of(arrays, VariancesName, components),
        limits);

    /// <summary>The distances of n × p spectra, one for each row; a row's distances depend on that row alone. Time 4npA.</summary>
    public ScoreDistance[] Distances(MatrixView x)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, VariableCount, nameof(x));
        var distances = new ScoreDistance[x.Rows];
        double[] rest = new double[VariableCount];
        double[] t = new double[ComponentCount];
        for (int i = 0; i < x.Rows; i++)
        {
            Residual(x.Row(i), t, rest);
            double t2 = 0;
            for (int a = 0; a < t.Length; a++)
            {
                t2 += t[a] * t[a] / _variances[a];
            }

            distances[i] = new ScoreDistance(t2, Products.Dot(rest, rest), (1.0 / SampleCount) + (t2 / (SampleCount - 1)));
        }

        return distances;
    }

    /// <summary>The space of exactly some principal components of n × p spectra.</summary>
    internal static ScoreModel OfPrincipalComponents(MatrixView x, Func<PrincipalComponents, int, int> count)
    {
        double[] mean = ColumnMoments.Means(x);
        Matrix centred = x.ToMatrix();
        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.Subtract(x.Row(i), mean, centred.Row(i));
        }

        var found = PrincipalComponents.Of(centred.View, ComponentsMax);
        int components = count(found, x.Rows);
        Matrix loadings = found.Loadings.View.RowBand(0, components).ToMatrix();
        return WithLimits(x, mean, loadings, loadings, found.Variances[..components]);
    }

    private static ScoreModel OfPls(FittedPls pls, MatrixView x)
    {
        double[] variances = pls.ScoreSquares.ToArray();
        for (int a = 0; a < variances.Length; a++)
        {
            variances[a] /= x.Rows - 1;
        }

        return WithLimits(x, pls.Means.ToArray(), pls.Rotations.ToMatrix(), pls.Loadings.ToMatrix(), variances);
    }

    private static int ComponentsFor(PrincipalComponents found, int n)
    {
        int most = Math.Min(found.Variances.Length, Math.Max(1, n / 3));
        double sum = 0;
        for (int a = 0; a < most; a++)
        {
            sum += found.Variances[a];
            if (sum >= VarianceShare * found.TotalVariance)
            {
                return a + 1;
            }
        }

        return most;
    }

    private static ScoreModel WithLimits(MatrixView x, double[] mean, Matrix rotations, Matrix loadings, double[] variances)
    {
        var space = new ScoreModel(x.Rows, mean, rotations, loadings, variances, ScoreLimits.Of(x.Rows, 0, default, 0));
        ScoreLimits limits = ScoreLimits.Of(x.Rows, variances.Length, space.Theta(x, out double totalVariance), totalVariance);
        return new ScoreModel(x.Rows, mean, rotations, loadings, variances, limits);
    }

    /// <summary>Sums of powers of the residual eigenvalues: traces of C, C² and C³ with C = EᵀE / (n − 1).</summary>
    internal (double First, double Second, double Third) Theta(MatrixView x, out double totalVariance)
    {
        var residuals = new Matrix(x.Rows, x.Columns);
        double[] t = new double[ComponentCount];
        totalVariance = 0;
        for (int i = 0; i < x.Rows; i++)
        {
            Span<double> rest = residuals.Row(i);
            RowKernels.Subtract(x.Row(i), _mean, rest);
            totalVariance += Products.Dot(rest, rest) / (x.Rows - 1);
            Residual(x.Row(i), t, rest);
        }

        Matrix C = PrincipalComponents.SmallerGram(residuals.View);
        Products.Scale(1.0 / (x.Rows - 1), C.Values);
        var squared = new Matrix(C.Rows, C.Rows);
        Gram.OfRows(C.View, squared.Span);
        return (PrincipalComponents.Trace(C), PrincipalComponents.Trace(squared), Products.Dot(C.Values, squared.Values));
    }

    private void Residual(ReadOnlySpan<double> x, Span<double> t, Span<double> rest)
    {
        RowKernels.Subtract(x, _mean, rest);
        Products.Project(_rotations.View, rest, t);
        for (int a = 0; a < t.Length; a++)
        {
            Products.Axpy(-t[a], _loadings.Row(a), rest);
        }
    }
}
