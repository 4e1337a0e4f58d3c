using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
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
/// <param name="Predictions">The prediction of every sample by the search that did not have it, in the order of ids.</param>
/// <param name="Metrics">Pooled metrics.</param>
/// <param name="Optimism">RMSE here less the RMSECV of the study's best.</param>
/// <param name="Rmse">Interval of RMSE; null without bootstrap.</param>
/// <param name="RSquared">Interval of R²; null without bootstrap.</param>
/// <param name="Bias">Interval of the bias; null without bootstrap.</param>
public sealed record NestedEstimate(
    string Scheme,
    ImmutableArray<OuterChoice> Choices,
    ImmutableArray<double> Predictions,
    RegressionMetrics Metrics,
    double Optimism,
    Interval? Rmse,
    Interval? RSquared,
    Interval? Bias)
{
    /// <summary>The estimate from the finished searches of all outer folds.</summary>
    /// <param name="outer">The outer folds.</param>
    /// <param name="boards">The ranking of each.</param>
    /// <param name="set">The study's samples.</param>
    /// <param name="foldsKey">Key of the study's folds, which seeds the draws.</param>
    /// <param name="best">The study's best row.</param>
    /// <param name="replicates">Bootstrap replicates; 0 for no intervals.</param>
    /// <param name="cancellation">Looked at between refits.</param>
    /// <exception cref="StageException">A search ranked nothing, or its winner cannot be refitted.</exception>
    public static NestedEstimate Of(
        OuterFolds outer,
        IReadOnlyList<Leaderboard> boards,
        CalibrationSet set,
        Fingerprint foldsKey,
        LeaderboardRow best,
        int replicates,
        CancellationToken cancellation)
    {
        double[] y = set.Y.Values.ToArray();
        double[] yHat = new double[y.Length];
        var choices = ImmutableArray.CreateBuilder<OuterChoice>(outer.Searches.Length);
        foreach ((OuterSearch search, Leaderboard board) in outer.Searches.Zip(boards))
        {
            cancellation.ThrowIfCancellationRequested();
            if (board.Winner is not { } winner)
            {
                throw new StageException(FailureKind.Numerical, $"{search.Search.Title} nothing could be ranked: {board.Rows[0].Failure}");
            }

            double[] values = search.Predict(winner, set);
            double squares = 0;
            for (int i = 0; i < values.Length; i++)
            {
                int sample = search.HeldOut[i];
                yHat[sample] = values[i];
                squares += (values[i] - y[sample]) * (values[i] - y[sample]);
            }

            choices.Add(new OuterChoice(winner, values.Length, Math.Sqrt(squares / values.Length)));
        }

        RegressionMetrics metrics = RegressionMetrics.Of(y, yHat);
        ImmutableArray<double> predictions = [.. yHat];
        RowJudgement? sure = replicates == 0
            ? null
            : RowResampling.Judge(y, [predictions], set.Manifest.Groups, foldsKey, replicates, RankingLine.Rmse)[0];
        return new NestedEstimate(
            outer.Scheme, choices.ToImmutable(), predictions, metrics, metrics.Rmse - best.Metrics.Rmse, sure?.Rmse, sure?.RSquared, sure?.Bias);
    }
}

/// <summary>What the search without one outer fold chose.</summary>
/// <param name="Winner">Its best row, with the RMSECV of its inner folds.</param>
/// <param name="SampleCount">Samples that the fold holds out.</param>
/// <param name="Rmse">RMSE of the refitted winner on them.</param>
public sealed record OuterChoice(LeaderboardRow Winner, int SampleCount, double Rmse);
