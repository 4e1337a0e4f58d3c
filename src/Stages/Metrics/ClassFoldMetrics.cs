using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Metrics;

/// <summary>The metrics of classes as mean and standard deviation over folds.</summary>
/// <remarks>
/// Every fold counts the same, whatever its size. The area under the curve has no meaning in a fold that lacks a class: such
/// folds are left out of its mean, which is NaN where none is left. Deviations have divisor K - 1, and are 0 for a single fold.
/// </remarks>
/// <param name="Mean">The mean of each metric over folds; <see cref="ClassMetrics.Count"/> is the number of samples.</param>
/// <param name="Deviation">Its standard deviation over folds.</param>
/// <param name="RocAucFoldCount">Number of folds in which the area under the curve is defined.</param>
public readonly record struct ClassFoldMetrics(ClassMetrics Mean, ClassMetrics Deviation, int RocAucFoldCount)
{
    /// <summary>The metrics of out-of-fold probabilities, n × C in sample order.</summary>
    public static ClassFoldMetrics Of(ReadOnlySpan<int> classOfSample, ReadOnlySpan<double> probabilities, int classCount, Folds folds)
    {
        ClassMetrics[] metrics = Each(classOfSample, probabilities, classCount, folds);
        (double Mean, double Deviation) accuracy = Over(metrics, ClassMetric.Accuracy);
        (double Mean, double Deviation) balanced = Over(metrics, ClassMetric.BalancedAccuracy);
        (double Mean, double Deviation) f1 = Over(metrics, ClassMetric.MacroF1);
        (double Mean, double Deviation) area = Over(metrics, ClassMetric.RocAuc);
        (double Mean, double Deviation) loss = Over(metrics, ClassMetric.LogLoss);
        return new ClassFoldMetrics(
            new ClassMetrics(classOfSample.Length, accuracy.Mean, balanced.Mean, f1.Mean, area.Mean, loss.Mean),
            new ClassMetrics(classOfSample.Length, accuracy.Deviation, balanced.Deviation, f1.Deviation, area.Deviation, loss.Deviation),
            metrics.Count(one => !double.IsNaN(one.RocAuc)));
    }

    /// <summary>The metrics of each fold's held-out samples, from n × C out-of-fold probabilities in sample order.</summary>
    public static ClassMetrics[] Each(ReadOnlySpan<int> classOfSample, ReadOnlySpan<double> probabilities, int classCount, Folds folds)
    {
        ArgumentNullException.ThrowIfNull(folds);
        ArgumentOutOfRangeException.ThrowIfNotEqual(classOfSample.Length, folds.SampleCount, nameof(classOfSample));
        var metrics = new ClassMetrics[folds.Count];
        for (int k = 0; k < metrics.Length; k++)
        {
            ReadOnlySpan<int> heldOut = folds.HeldOut(k);
            int[] classes = new int[heldOut.Length];
            double[] some = new double[heldOut.Length * classCount];
            for (int i = 0; i < heldOut.Length; i++)
            {
                classes[i] = classOfSample[heldOut[i]];
                probabilities.Slice(heldOut[i] * classCount, classCount).CopyTo(some.AsSpan(i * classCount));
            }

            metrics[k] = ClassMetrics.Of(classes, some, classCount);
        }

        return metrics;
    }

    private static (double Mean, double Deviation) Over(ClassMetrics[] folds, ClassMetric metric)
    {
        double[] values = [.. folds.Select(one => one.Value(metric)).Where(value => !double.IsNaN(value))];
        if (values.Length == 0)
        {
            return (double.NaN, double.NaN);
        }

        double mean = values.Sum() / values.Length;
        double squares = values.Sum(value => (value - mean) * (value - mean));
        return (mean, values.Length > 1 ? Math.Sqrt(squares / (values.Length - 1)) : 0);
    }
}
