using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Metrics;

/// <summary>RMSE and R² as mean and standard deviation over folds.</summary>
/// <remarks>
/// Every fold counts the same, whatever its size; so these differ from the pooled metrics. R² has no meaning in a fold
/// whose reference does not vary, as with leave-one-out: such folds are left out of its mean, and 0 stands
/// where none is left. Deviations have divisor K − 1, and are 0 for a single fold.
/// </remarks>
/// <param name="FoldCount">Number of folds that are held out: K, or K − 1 of forward folds.</param>
/// <param name="RmseMean">Mean of the folds' RMSE.</param>
/// <param name="RmseDeviation">Standard deviation of the folds' RMSE.</param>
/// <param name="RSquaredFoldCount">Number of folds in which R² is defined.</param>
/// <param name="RSquaredMean">Mean of the folds' R².</param>
/// <param name="RSquaredDeviation">Standard deviation of the folds' R².</param>
public readonly record struct FoldMetrics(
    int FoldCount,
    double RmseMean,
    double RmseDeviation,
    int RSquaredFoldCount,
    double RSquaredMean,
    double RSquaredDeviation)
{
    /// <summary>The metrics of out-of-fold predictions, both in sample order.</summary>
    public static FoldMetrics Of(ReadOnlySpan<double> reference, ReadOnlySpan<double> predicted, Folds folds)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(reference.Length, folds.SampleCount, nameof(reference));
        ArgumentOutOfRangeException.ThrowIfNotEqual(predicted.Length, folds.SampleCount, nameof(predicted));
        var metrics = new (RegressionMetrics Metrics, bool Varies)[folds.Count - folds.FirstHeldOut];
        for (int k = folds.FirstHeldOut; k < folds.Count; k++)
        {
            double[] y = Gather(reference, folds.HeldOut(k));
            double[] yHat = Gather(predicted, folds.HeldOut(k));
            var spread = ReferenceSpread.Of(y);
            metrics[k - folds.FirstHeldOut] = (RegressionMetrics.Of(spread, y, yHat), spread.SumOfSquares > 0);
        }

        return Of(metrics);
    }

    /// <summary>The metrics of out-of-fold predictions of which the sums of each fold are known.</summary>
    public static FoldMetrics Of(ReadOnlySpan<PredictionSums> folds)
    {
        var metrics = new (RegressionMetrics Metrics, bool Varies)[folds.Length];
        for (int k = 0; k < folds.Length; k++)
        {
            // RMSE and R² do not look at quartiles.
            var spread = new ReferenceSpread(checked((int)folds[k].Count), folds[k].ReferenceMean, folds[k].ReferenceSquares, 0);
            metrics[k] = (RegressionMetrics.Of(spread, folds[k]), spread.SumOfSquares > 0);
        }

        return Of(metrics);
    }

    private static FoldMetrics Of(ReadOnlySpan<(RegressionMetrics Metrics, bool Varies)> folds)
    {
        double[] rmse = new double[folds.Length];
        double[] rSquared = new double[folds.Length];
        int defined = 0;
        for (int k = 0; k < folds.Length; k++)
        {
            rmse[k] = folds[k].Metrics.Rmse;
            if (folds[k].Varies)
            {
                rSquared[defined++] = folds[k].Metrics.RSquared;
            }
        }

        (double rmseMean, double rmseDeviation) = MeanAndDeviation(rmse);
        (double rSquaredMean, double rSquaredDeviation) = MeanAndDeviation(rSquared.AsSpan(0, defined));
        return new FoldMetrics(folds.Length, rmseMean, rmseDeviation, defined, rSquaredMean, rSquaredDeviation);
    }

    private static double[] Gather(ReadOnlySpan<double> values, ReadOnlySpan<int> samples)
    {
        double[] gathered = new double[samples.Length];
        for (int i = 0; i < gathered.Length; i++)
        {
            gathered[i] = values[samples[i]];
        }

        return gathered;
    }

    private static (double Mean, double Deviation) MeanAndDeviation(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
        {
            return (0, 0);
        }

        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        double mean = sum / values.Length;
        double squares = 0;
        foreach (double value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        return (mean, values.Length > 1 ? Math.Sqrt(squares / (values.Length - 1)) : 0);
    }
}
