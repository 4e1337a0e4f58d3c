using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.KernelRidge;

/// <summary>Kernel ridge regression of one response with the radial kernel exp(-d²/(2s²)).</summary>
/// <remarks>
/// X is n × p, y is n × 1, both as measured. s is the width times the median distance between calibration samples; the
/// weights α = (K + λI)⁻¹(y - ȳ), ŷ = ȳ + Σ α_l k(x, x_l), with λ as it stands, because every k(x, x) is 1. Time n²p + 4n³/3,
/// memory 2np + 5n²/2 doubles; the fitted model keeps a copy of the n calibration spectra. A variable without variance
/// changes nothing; spectra without variance give the mean. A λ that double precision cannot tell from 0 is a
/// <see cref="FailureKind.Numerical"/> failure. Predictions are right to about 1e-16 n/λ of the residuals' size.
/// Saunders, Gammerman and Vovk (1998), ICML, 515-521.
/// </remarks>
public sealed class KernelRidgeRegression : IModel
{
    /// <summary>A specification with a width and a λ above 0 and finite.</summary>
    public KernelRidgeRegression(double width, double lambda)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lambda);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfEqual(double.IsFinite(lambda) && double.IsFinite(width), false, nameof(lambda));
        Width = width;
        Lambda = lambda;
    }

    /// <summary>The width in median distances.</summary>
    public double Width { get; }

    /// <summary>The penalty.</summary>
    public double Lambda { get; }

    /// <inheritdoc cref="IModel.Fit"/>
    public FittedKernelRidge Fit(MatrixView x, MatrixView y)
    {
        using CentredCalibration calibration = CentredCalibration.Of(x, y);
        var distances = KernelCalibration.Of(calibration);
        KernelWeights weights = Solve(distances, [(Width, Lambda)]);
        if (weights.Failures[0] is { } reason)
        {
            throw new StageException(FailureKind.Numerical, reason);
        }

        return new FittedKernelRidge(new KernelExpansion(calibration), weights.Alpha, weights.Factors[0], Width * distances.Median);
    }

    /// <inheritdoc/>
    IFittedModel IModel.Fit(MatrixView x, MatrixView y) => Fit(x, y);

    /// <summary>Weights for several settings; settings of one width follow each other and share a decomposition.</summary>
    internal static KernelWeights Solve(KernelCalibration calibration, ReadOnlySpan<(double Width, double Lambda)> settings)
    {
        int m = calibration.Y.Length;
        var alpha = new Matrix(settings.Length, m);
        double[] factors = new double[settings.Length];
        string?[] failures = new string?[settings.Length];
        int end;
        for (int start = 0; start < settings.Length; start = end)
        {
            double width = settings[start].Width;
            end = start;
            while (end < settings.Length && settings[end].Width == width)
            {
                factors[end] = calibration.Factor(width);
                end++;
            }

            double[] lambdas = new double[end - start];
            bool[] answered = new bool[lambdas.Length];
            Array.Fill(answered, true);
            for (int s = 0; s < lambdas.Length; s++)
            {
                lambdas[s] = settings[start + s].Lambda;
            }

            calibration.Decompose(width).SolveShifts(
                lambdas, calibration.Y, alpha.Span.RowBand(start, lambdas.Length), answered);
            for (int s = 0; s < lambdas.Length; s++)
            {
                failures[start + s] = answered[s] ? null : TooSmall(lambdas[s], width);
            }
        }

        return new KernelWeights(alpha, factors, failures, calibration.YMean);
    }

    private static string TooSmall(double lambda, double width) => string.Create(
        CultureInfo.InvariantCulture,
        $"λ = {lambda:g3} is too small for a kernel of width {width}: the equations are singular to working precision. Ask for a larger λ or a smaller width.");
}
