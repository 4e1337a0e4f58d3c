using System.Collections.Immutable;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Selection;

namespace Pipeline.Stages.Calibration;

/// <summary>What is known of one candidate.</summary>
/// <param name="Rank">1-based rank by RMSECV or by the study's metric; 0 for a candidate without rank.</param>
/// <param name="Candidate">The candidate.</param>
/// <param name="Variables">The variables as wavelength ranges with their unit, chosen on all calibration samples.</param>
/// <param name="VariableCount">How many variables that are.</param>
/// <param name="Ranges">The ranges with the share of folds that chose them; empty for the full spectrum.</param>
/// <param name="Metrics">Pooled cross-validation metrics; of no meaning where <see cref="Classes"/> has them.</param>
/// <param name="FoldMetrics">Mean and deviation over folds.</param>
/// <param name="WithinOneStandardError">True where the error is within one standard error of the best.</param>
/// <param name="Failure">Why there is no rank, or null.</param>
public sealed record LeaderboardRow(
    int Rank,
    Candidate Candidate,
    string Variables,
    int VariableCount,
    ImmutableArray<ChosenRange> Ranges,
    RegressionMetrics Metrics,
    FoldMetrics FoldMetrics,
    bool WithinOneStandardError,
    string? Failure)
{
    /// <summary>How well classes are predicted; null for numbers, and for a candidate without rank.</summary>
    public ClassScore? Classes { get; init; }

    /// <summary>How sure its figures are; null for classes, and where its predictions are not kept.</summary>
    public RowJudgement? Judgement { get; init; }

    /// <summary>The composite score, where the study ranks by it.</summary>
    public double? Composite { get; init; }

    /// <summary>A candidate without rank, with the reason.</summary>
    public static LeaderboardRow Failed(Candidate candidate, string reason) =>
        new(0, candidate, "", 0, [], default, default, WithinOneStandardError: false, reason);
}
