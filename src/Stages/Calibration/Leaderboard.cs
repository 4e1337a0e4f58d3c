using System.Collections.Immutable;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Metrics;

namespace Pipeline.Stages.Calibration;

/// <summary>The ranked candidates of a study.</summary>
/// <param name="Rows">Every planned candidate: ranked rows first, best first; then those without rank, by key.</param>
/// <param name="OneStandardErrorLimit">The error (RMSECV; of classes the one that <see cref="RowOrder"/> names) up to which a candidate
/// counts as good as the best; NaN without winner.</param>
/// <param name="Simplest">
/// The one-standard-error choice: of the winner's chain, subset and model, the simplest setting within the limit; null
/// without winner.
/// </param>
/// <param name="Predictions">Out-of-fold predictions of the best ranked rows, in rank order, samples in id order, q values per sample.</param>
public sealed record Leaderboard(
    ImmutableArray<LeaderboardRow> Rows,
    double OneStandardErrorLimit,
    LeaderboardRow? Simplest,
    ImmutableArray<ImmutableArray<double>> Predictions)
{
    /// <summary>What candidates for classes are ranked by; null for numbers.</summary>
    public ClassMetric? Metric { get; init; }

    /// <summary>The composite score that ranks numbers; null where RMSECV does.</summary>
    public CompositeScore? Composite { get; init; }

    /// <summary>How far the search as a whole can be believed.</summary>
    public SearchJudgement Judgement { get; init; } = SearchJudgement.None;

    /// <summary>The best row, or null where every candidate failed.</summary>
    public LeaderboardRow? Winner => Rows is [{ Rank: 1 } best, ..] ? best : null;
}
