using Pipeline.Stages.Metrics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration.Judging;

/// <summary>The order of ranked candidates, and the error by which they count as good as the best.</summary>
/// <remarks>
/// Numbers: RMSECV, then key. Classes: the study's metric, then log loss, then key. Small sets make many candidates
/// predict exactly as many samples right, and of these the one with better probabilities is the better guess, where keys
/// would draw lots. The error of one standard error is the misclassification rate; each class weighs the same where the
/// balanced accuracy ranks, so that the mean error is 1 less what ranks; it is the log loss where that ranks.
/// </remarks>
internal sealed class RowOrder(ClassMetric? metric) : IComparer<LeaderboardRow>
{
    /// <inheritdoc/>
    public int Compare(LeaderboardRow? x, LeaderboardRow? y)
    {
        int order = Primary(x!).CompareTo(Primary(y!));
        if (order == 0 && metric is not null)
        {
            order = x!.Classes!.Pooled.LogLoss.CompareTo(y!.Classes!.Pooled.LogLoss);
        }

        return order != 0 ? order : x!.Candidate.Key.CompareTo(y!.Candidate.Key);
    }

    /// <summary>The error of a row that is compared with <see cref="Limit"/>.</summary>
    public double ErrorOf(LeaderboardRow row) => metric switch
    {
        null => row.Metrics.Rmse,
        ClassMetric.BalancedAccuracy => 1 - row.Classes!.Pooled.BalancedAccuracy,
        ClassMetric.LogLoss => row.Classes!.Pooled.LogLoss,
        _ => 1 - row.Classes!.Pooled.Accuracy,
    };

    /// <summary>The error up to which a candidate counts as good as the best.</summary>
    /// <param name="best">The best candidate.</param>
    /// <param name="y">n × q responses.</param>
    /// <param name="predictions">Out-of-fold predictions of the best candidate, q per sample.</param>
    /// <param name="groups">The group of every sample.</param>
    public double Limit(LeaderboardRow best, Numerics.Matrix y, ReadOnlySpan<double> predictions, SampleGroups groups)
    {
        if (metric is null)
        {
            return OneStandardError.Limit(y.Values, predictions, groups);
        }

        int[] classes = ClassesOf(y);
        int classCount = y.Columns;
        int[] counts = new int[classCount];
        Array.ForEach(classes, c => counts[c]++);
        int present = counts.Count(count => count > 0);
        double[] errors = new double[classes.Length];
        for (int i = 0; i < errors.Length; i++)
        {
            ReadOnlySpan<double> own = predictions.Slice(i * classCount, classCount);
            double wrong = ConfusionMatrix.Likeliest(own) == classes[i] ? 0 : 1;
            errors[i] = metric switch
            {
                ClassMetric.BalancedAccuracy => wrong * errors.Length / ((double)present * counts[classes[i]]),
                ClassMetric.LogLoss => ClassMetrics.LossOf(classes[i], own),
                _ => wrong,
            };
        }

        // A mean of weights differs from 1 less the mean of shares by rounding, which must not put the best outside.
        return Math.Max(OneStandardError.OfMean(errors, groups), ErrorOf(best));
    }

    /// <summary>The class of every sample by its indicators.</summary>
    public static int[] ClassesOf(Numerics.Matrix y)
    {
        int[] classes = new int[y.Rows];
        for (int i = 0; i < classes.Length; i++)
        {
            classes[i] = y.Row(i).IndexOf(1.0);
        }

        return classes;
    }

    private double Primary(LeaderboardRow row)
    {
        if (metric is not { } ranking)
        {
            return row.Metrics.Rmse;
        }

        double value = row.Classes!.Pooled.Value(ranking);
        return ranking == ClassMetric.LogLoss ? value : -value;
    }
}
