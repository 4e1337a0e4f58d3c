using Pipeline.Engine;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.SupportVectors;

/// <summary>ε-insensitive support vector regression of one response.</summary>
/// <remarks>
/// X is n × p, y is n × 1, both as measured. The spectra are centred and divided by the root of their total variance, the response
/// by its deviation (divisor n), so γ, C and ε have no unit: scikit-learn's <c>SVR</c> on both so divided is the same model. Minimises
/// ½‖f‖² + C Σ max(0, |z_i - f(x_i)| - ε), solved in its dual to a tolerance (<see cref="SequentialMinimization"/>).
/// With the line as kernel the model is a line; else it keeps its support vectors, the samples on the edge of the tube or outside it. Time n²p, n²/4 ns
/// for the kernel, and the steps, of which there are the more the larger C is; memory 2np + 3n² doubles. A variable without variance
/// changes nothing; a response without variance is predicted exactly. More than 10,000 samples are refused, and a solution that
/// takes more steps than are allowed is a <see cref="FailureKind.Numerical"/> failure.
/// Smola and Schölkopf (2004), Statistics and Computing 14, 199-222.
/// </remarks>
public sealed class SupportVectorRegression : IModel
{
    /// <summary>The most calibration samples; their kernel takes 800 MB.</summary>
    public const int SamplesMax = 10_000;

    private readonly SupportVectorSetting _setting;
    private readonly double _tolerance;

    /// <summary>A specification.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="penalty">C, above 0 and finite.</param>
    /// <param name="epsilon">ε in deviations of the response, above 0 and finite.</param>
    /// <param name="tolerance">The largest violation of the optimality conditions, in deviations of the response.</param>
    public SupportVectorRegression(
        SupportVectorKernel kernel, double penalty, double epsilon, double tolerance = SequentialMinimization.DefaultTolerance)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(kernel.Gamma);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(penalty);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epsilon);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tolerance);
        ArgumentOutOfRangeException.ThrowIfEqual(double.IsFinite(kernel.Gamma + penalty + epsilon), false, nameof(penalty));
        _setting = new SupportVectorSetting(kernel, epsilon, penalty);
        _tolerance = tolerance;
    }

    /// <inheritdoc/>
    public IFittedModel Fit(MatrixView x, MatrixView y)
    {
        using CentredCalibration calibration = CentredCalibration.Of(x, y);
        RequireSamples(x.Rows);
        SupportVectorWeights weights = Solve(KernelCalibration.Of(calibration), [_setting], _tolerance);
        if (weights.Failures[0] is { } reason)
        {
            throw new StageException(FailureKind.Numerical, reason);
        }

        return _setting.Kernel.IsLine
            ? weights.Line(0, calibration.X, calibration.Means)
            : weights.Expansion(0, new KernelExpansion(calibration));
    }

    /// <summary>Refuses more samples than a kernel may have.</summary>
    internal static void RequireSamples(int samples)
    {
        if (samples > SamplesMax)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Support vector machines take up to {SamplesMax} calibration samples, found {samples}. Ask for another model, or for fewer samples.");
        }
    }

    /// <summary>
    /// Weights for several settings. Settings of one kernel follow each other and share it; of one kernel and ε, each starts from the
    /// solution of the one before where its weights keep the bounds, which they do while C rises.
    /// </summary>
    internal static SupportVectorWeights Solve(
        KernelCalibration calibration,
        ReadOnlySpan<SupportVectorSetting> settings,
        double tolerance = SequentialMinimization.DefaultTolerance,
        long? stepsMax = null)
    {
        int m = calibration.Y.Length;
        double variance = SupportVectorKernel.TotalVariance(calibration.Squared);
        double deviation = Math.Sqrt(Products.Dot(calibration.Y, calibration.Y) / m);
        double[] z = [.. calibration.Y];
        Products.Scale(deviation > 0 ? 1 / deviation : 0, z);
        var weights = new SupportVectorWeights(
            new Matrix(settings.Length, m),
            new double[settings.Length],
            new SupportVectorKernel[settings.Length],
            new double[settings.Length],
            new string?[settings.Length]);
        double[] beta = new double[m];
        double[] lower = new double[m];
        double[] upper = new double[m];
        Matrix? kernel = null;
        SequentialMinimization? problem = null;
        for (int s = 0; s < settings.Length; s++)
        {
            SupportVectorSetting setting = settings[s];
            weights.Kernels[s] = setting.Kernel;
            weights.Factors[s] = setting.Kernel.Factor(variance);
            if (kernel is null || setting.Kernel != settings[s - 1].Kernel)
            {
                kernel = setting.Kernel.Of(calibration.Squared, weights.Factors[s]);
                problem = null;
            }

            if (problem is null || setting.Epsilon != settings[s - 1].Epsilon)
            {
                problem = new SequentialMinimization(kernel, z, setting.Epsilon);
                Array.Clear(beta);
            }
            else if (setting.Penalty < settings[s - 1].Penalty || weights.Failures[s - 1] is not null)
            {
                Array.Clear(beta);
            }

            Array.Fill(lower, -setting.Penalty);
            Array.Fill(upper, setting.Penalty);
            if (problem.TrySolve(lower, upper, tolerance, stepsMax ?? SequentialMinimization.StepsMax(m), beta, out double offset))
            {
                beta.CopyTo(weights.Beta.Row(s));
                Products.Scale(deviation, weights.Beta.Row(s));
                weights.Offsets[s] = calibration.YMean + (deviation * offset);
            }
            else
            {
                weights.Failures[s] = setting.DoesNotSettle(m);
            }
        }

        return weights;
    }
}
