using Pipeline.Engine;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.GaussianProcess;

/// <summary>Gaussian process regression of one response with a radial kernel, its noise chosen by marginal likelihood.</summary>
/// <remarks>
/// <para>
/// X is n × p, y is n × 1, both as measured. y - ȳ has the covariance σ²(K + νI), K = exp(-d²/(2s²)), s the width times the
/// median distance between calibration samples. For each noise ratio ν of a fixed grid σ² = (y - ȳ)ᵀ(K + νI)⁻¹(y - ȳ)/n is the most
/// likely one, and of the grid that ν is taken whose log likelihood -n/2 (1 + log 2πσ²) - ½ log det(K + νI) is
/// largest, the larger of equals; one tridiagonal form answers all of them. The mean is kernel ridge with λ = ν.
/// </para>
/// <para>
/// Time n²p + 4n³/3, memory 2np + 5n²/2 doubles; the fitted process keeps a copy of the n calibration spectra and the n²
/// numbers of the decomposition. A response without variance is predicted by its mean with variance 0.
/// Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, MIT Press, 2.2 and 5.4.1.
/// </para>
/// </remarks>
public sealed class GaussianProcessRegression : IModel
{
    /// <summary>A specification with a width above 0 and finite, and the noise left to the likelihood or given.</summary>
    /// <param name="width">The width in median distances.</param>
    /// <param name="noiseRatio">The noise variance as a multiple of the signal variance; null chooses.</param>
    public GaussianProcessRegression(double width, double? noiseRatio = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(noiseRatio ?? 1, nameof(noiseRatio));
        Width = width;
        NoiseRatio = noiseRatio;
    }

    /// <summary>The width in median distances.</summary>
    public double Width { get; }

    /// <summary>The noise ratio that is given, or null where the likelihood chooses.</summary>
    public double? NoiseRatio { get; }

    /// <summary>Noise ratios to choose from, three a decade from 1 to 1e-9.</summary>
    internal static double[] NoiseGrid { get; } =
    [
        1, 0.5, 0.2, 1e-1, 5e-2, 2e-2, 1e-2, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5, 5e-6, 2e-6, 1e-6, 5e-7, 2e-7,
        1e-7, 5e-8, 2e-8, 1e-8, 5e-9, 2e-9, 1e-9,
    ];

    /// <inheritdoc cref="IModel.Fit"/>
    public FittedGaussianProcess Fit(MatrixView x, MatrixView y)
    {
        using CentredCalibration calibration = CentredCalibration.Of(x, y);
        var distances = KernelCalibration.Of(calibration);
        GaussianProcessEvidence evidence = Choose(distances, Width, NoiseRatio);
        return evidence.Failure is { } reason
            ? throw new StageException(FailureKind.Numerical, reason)
            : new FittedGaussianProcess(new KernelExpansion(calibration), evidence, distances.Factor(Width), Width * distances.Median);
    }

    /// <inheritdoc/>
    IFittedModel IModel.Fit(MatrixView x, MatrixView y) => Fit(x, y);

    /// <summary>The most likely noise of one kernel.</summary>
    internal static GaussianProcessEvidence Choose(KernelCalibration calibration, double width, double? noiseRatio) =>
        GaussianProcessEvidence.Of(calibration, calibration.Decompose(width), noiseRatio is { } given ? [given] : NoiseGrid);

    /// <summary>Weights for several widths, each with its own most likely noise.</summary>
    internal static KernelWeights Solve(KernelCalibration calibration, ReadOnlySpan<double> widths)
    {
        var alpha = new Matrix(widths.Length, calibration.Y.Length);
        double[] factors = new double[widths.Length];
        string?[] failures = new string?[widths.Length];
        for (int s = 0; s < widths.Length; s++)
        {
            GaussianProcessEvidence evidence = Choose(calibration, widths[s], null);
            evidence.Weights.CopyTo(alpha.Row(s));
            factors[s] = calibration.Factor(widths[s]);
            failures[s] = evidence.Failure;
        }

        return new KernelWeights(alpha, factors, failures, calibration.YMean);
    }
}
