using System.Globalization;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.GaussianProcess;

/// <summary>The most likely noise of a kernel, and what follows from it.</summary>
/// <remarks>With K = QTQᵀ and z = Qᵀ(y - ȳ), each noise ratio costs one tridiagonal elimination: its pivots give the determinant. Time n each.</remarks>
internal sealed class GaussianProcessEvidence
{
    private GaussianProcessEvidence(Tridiagonal kernel, double[] weights)
    {
        Kernel = kernel;
        Weights = weights;
    }

    /// <summary>K in tridiagonal form.</summary>
    public Tridiagonal Kernel { get; }

    /// <summary>(K + νI)⁻¹(y - ȳ), n values.</summary>
    public double[] Weights { get; }

    /// <summary>ν, the noise variance as a multiple of the signal variance.</summary>
    public double NoiseRatio { get; private init; }

    /// <summary>σ², the signal variance.</summary>
    public double SignalVariance { get; private init; }

    /// <summary>The log likelihood; +∞ for a response without variance.</summary>
    public double LogLikelihood { get; private init; }

    /// <summary>Why no noise ratio has an answer, or null.</summary>
    public string? Failure { get; private init; }

    /// <summary>Chooses among noise ratios, falling.</summary>
    public static GaussianProcessEvidence Of(KernelCalibration calibration, Tridiagonal kernel, ReadOnlySpan<double> ratios)
    {
        int n = calibration.Y.Length;
        var z = new Matrix(1, n, [.. calibration.Y]);
        if (Products.Dot(calibration.Y, calibration.Y) == 0)
        {
            return new(kernel, z.Values.ToArray()) { NoiseRatio = ratios[0], LogLikelihood = double.PositiveInfinity };
        }

        kernel.ApplyQTransposed(z.Span);
        (double ratio, double variance, double best) = (0, 0, double.NegativeInfinity);
        double[] solved = new double[n];
        foreach (double candidate in ratios)
        {
            if (!kernel.TryLogDeterminant(candidate, out double logDeterminant) || !kernel.TrySolve(candidate, z.Values, solved))
            {
                continue;
            }

            double signal = Products.Dot(z.Values, solved) / n;
            double likelihood = (-0.5 * n * (1 + NaturalLogarithm.Of(2 * Math.PI * signal))) - (0.5 * logDeterminant);
            if (likelihood > best)
            {
                (ratio, variance, best) = (candidate, signal, likelihood);
            }
        }

        if (ratio == 0)
        {
            return new(kernel, new double[n])
            {
                Failure = string.Create(
                    CultureInfo.InvariantCulture,
                    $"Noise of {ratios[0]:g3} of the signal is too small for this kernel: the equations are singular to working "
                    + $"precision. Ask for more noise or a smaller width."),
            };
        }

        kernel.TrySolve(ratio, z.Values, z.Values);
        kernel.ApplyQ(z.Span);
        return new(kernel, z.Values.ToArray()) { NoiseRatio = ratio, SignalVariance = variance, LogLikelihood = best };
    }
}
