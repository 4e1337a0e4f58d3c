using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Diagnostics;

/// <summary>What the settings of a family reach on the very samples that they are fitted on (RMSEC), beside which RMSECV is read.</summary>
/// <remarks>One path of fits on all calibration samples with a candidate's chain and variables, where it is cheap by the family's estimate.</remarks>
public static class CalibrationErrors
{
    /// <summary>The most predicted seconds that the path may take.</summary>
    public const double SecondsMax = 5;

    /// <summary>The most predicted bytes.</summary>
    public const long BytesMax = 512L << 20;

    /// <summary>The figure of each setting, NaN where it has no answer; null where the path would be too dear, or cannot be.</summary>
    /// <param name="candidate">The candidate whose chain and family it is.</param>
    /// <param name="fitted">The candidate fitted on all samples.</param>
    /// <param name="samples">The samples, in memory.</param>
    /// <param name="settings">Some of the family's settings.</param>
    /// <param name="metric">What classes are ranked by; null for numbers, whose figure is RMSEC.</param>
    public static double[]? Of(
        Candidate candidate, FittedCandidate fitted, CalibrationSet samples, ImmutableArray<ModelSetting> settings, ClassMetric? metric)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(fitted);
        ArgumentNullException.ThrowIfNull(samples);
        int n = samples.X.Rows;
        int q = samples.Y.Columns;
        Cost cost = candidate.Family.EstimateFit(n, n, fitted.Model.VariableCount, settings, q);
        if (n == 0 || settings.IsEmpty || cost.CpuSeconds > SecondsMax || cost.PeakBytes + ((long)n * q * settings.Length * sizeof(double)) > BytesMax)
        {
            return null;
        }

        // The candidate itself has been fitted; that its neighbours cannot be is no failure of the study.
        try
        {
            Matrix seen = fitted.Pretreat(samples.X.View);
            ISettingPath path = candidate.Family.FitPath(seen.View, samples.Y.View, settings);
            var yHat = new Matrix(n, settings.Length * q);
            path.Predict(seen.View, yHat.Span);
            return [.. Enumerable.Range(0, settings.Length).Select(s => path.FailureOf(s) is null ? Figure(samples, yHat, s, metric) : double.NaN)];
        }
        catch (StageException)
        {
            return null;
        }
    }

    private static double Figure(CalibrationSet samples, Matrix yHat, int setting, ClassMetric? metric)
    {
        int q = samples.Y.Columns;
        double[] own = new double[yHat.Rows * q];
        for (int i = 0; i < yHat.Rows; i++)
        {
            yHat.Row(i).Slice(setting * q, q).CopyTo(own.AsSpan(i * q));
        }

        return metric is { } ranking
            ? ClassMetrics.Of(RowOrder.ClassesOf(samples.Y), own, q).Value(ranking)
            : RegressionMetrics.Of(samples.Y.Values, own).Rmse;
    }
}
