using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Metrics;

namespace Pipeline.Stages.Calibration.Judging.Nested;

/// <summary>What "search, then refit the winner" achieves on samples that neither saw.</summary>
/// <remarks>
/// All predictions of all outer folds are pooled. The winner's RMSECV was the least of many, hence too low; here choosing is
/// part of what is tested. It is the error of the procedure with a few samples fewer, not that of the one model which the
/// study chose. Intervals: <see cref="Interval"/>, groups resampled.
/// </remarks>
/// <param name="Scheme">The outer folds.</param>
/// <param name="Choices">What each outer fold's search chose.</param>
/// <param name="Predictions">The prediction of every sample by the search that did not have it, in the order of ids, q values each.</param>
/// <param name="Optimism">
/// RMSE here less the RMSECV of the study's best; of classes by how much what ranks is better in cross-validation than here.
/// </param>
public sealed record NestedEstimate(
    string Scheme, ImmutableArray<OuterChoice> Choices, ImmutableArray<double> Predictions, double Optimism)
{
    /// <summary>Pooled metrics; of no meaning where <see cref="Classes"/> has them.</summary>
    public RegressionMetrics Metrics { get; private init; }

    /// <summary>Pooled metrics of classes; null for numbers.</summary>
    public ClassMetrics? Classes { get; private init; }

    /// <summary>Interval of RMSE; null without bootstrap, and for classes.</summary>
    public Interval? Rmse { get; private init; }

    /// <summary>Interval of R²; null without bootstrap, and for classes.</summary>
    public Interval? RSquared { get; private init; }

    /// <summary>Interval of the bias; null without bootstrap, and for classes.</summary>
    public Interval? Bias { get; private init; }

    /// <summary>Interval of what classes are ranked by; null without bootstrap, and for numbers.</summary>
    public Interval? Ranking { get; private init; }

    /// <summary>The estimate from the finished searches of all outer folds.</summary>
    /// <param name="outer">The outer folds.</param>
    /// <param name="boards">The ranking of each.</param>
    /// <param name="set">The study's samples.</param>
    /// <param name="plan">The study's units.</param>
    /// <param name="best">The study's best row.</param>
    /// <param name="cancellation">Looked at between refits.</param>
    /// <exception cref="StageException">A search ranked nothing, or its winner cannot be refitted.</exception>
    public static NestedEstimate Of(
        OuterFolds outer,
        IReadOnlyList<Leaderboard> boards,
        CalibrationSet set,
        StudyPlan plan,
        LeaderboardRow best,
        CancellationToken cancellation)
    {
        int q = set.Y.Columns;
        double[] yHat = new double[set.Y.Rows * q];
        var choices = ImmutableArray.CreateBuilder<OuterChoice>(outer.Searches.Length);
        foreach ((OuterSearch search, Leaderboard board) in outer.Searches.Zip(boards))
        {
            cancellation.ThrowIfCancellationRequested();
            if (board.Winner is not { } winner)
            {
                throw new StageException(FailureKind.Numerical, $"{search.Search.Title} nothing could be ranked: {board.Rows[0].Failure}");
            }

            double[] values = search.Predict(winner, set);
            for (int i = 0; i < search.HeldOut.Length; i++)
            {
                values.AsSpan(i * q, q).CopyTo(yHat.AsSpan(search.HeldOut[i] * q));
            }

            choices.Add(new OuterChoice(winner, search.HeldOut.Length, ErrorOf(search, set, values)));
        }

        return plan.Metric is { } metric
            ? OfClasses(outer.Scheme, choices.ToImmutable(), set, plan, best, yHat, metric)
            : OfNumbers(outer.Scheme, choices.ToImmutable(), set, plan, best, yHat);
    }

    private static NestedEstimate OfNumbers(
        string scheme, ImmutableArray<OuterChoice> choices, CalibrationSet set, StudyPlan plan, LeaderboardRow best, double[] yHat)
    {
        ImmutableArray<double> predictions = [.. yHat];
        RegressionMetrics metrics = RegressionMetrics.Of(set.Y.Values, yHat);
        RowJudgement? sure = plan.Replicates == 0
            ? null
            : RowResampling.Judge(set.Y.Values, [predictions], set.Manifest.Groups, plan.FoldsKey, plan.Replicates, RankingLine.Rmse)[0];
        return new NestedEstimate(scheme, choices, predictions, metrics.Rmse - best.Metrics.Rmse)
        {
            Metrics = metrics,
            Rmse = sure?.Rmse,
            RSquared = sure?.RSquared,
            Bias = sure?.Bias,
        };
    }

    private static NestedEstimate OfClasses(
        string scheme, ImmutableArray<OuterChoice> choices, CalibrationSet set, StudyPlan plan, LeaderboardRow best, double[] probabilities, ClassMetric metric)
    {
        int[] classes = RowOrder.ClassesOf(set.Y);
        ClassMetrics pooled = ClassMetrics.Of(classes, probabilities, set.Y.Columns);
        double gain = best.Classes!.Pooled.Value(metric) - pooled.Value(metric);
        return new NestedEstimate(scheme, choices, [.. probabilities], metric == ClassMetric.LogLoss ? -gain : gain)
        {
            Classes = pooled,
            Ranking = plan.Replicates == 0
                ? null
                : ClassResampling.IntervalOf(metric, classes, probabilities, set.Y.Columns, set.Manifest.Groups, plan.FoldsKey, plan.Replicates),
        };
    }

    /// <summary>RMSE of held-out samples; of classes the share that is predicted wrong.</summary>
    private static double ErrorOf(OuterSearch search, CalibrationSet set, double[] values)
    {
        int q = set.Y.Columns;
        double sum = 0;
        for (int i = 0; i < search.HeldOut.Length; i++)
        {
            ReadOnlySpan<double> own = set.Y.Row(search.HeldOut[i]);
            ReadOnlySpan<double> given = values.AsSpan(i * q, q);
            sum += q == 1 ? (given[0] - own[0]) * (given[0] - own[0]) : own[ConfusionMatrix.Likeliest(given)] == 1 ? 0 : 1;
        }

        double mean = sum / search.HeldOut.Length;
        return q == 1 ? Math.Sqrt(mean) : mean;
    }
}

/// <summary>What the search without one outer fold chose.</summary>
/// <param name="Winner">Its best row, with the metrics of its inner folds.</param>
/// <param name="SampleCount">Samples that the fold holds out.</param>
/// <param name="Error">RMSE of the refitted winner on them; of classes the share that it predicts wrong.</param>
public sealed record OuterChoice(LeaderboardRow Winner, int SampleCount, double Error);
