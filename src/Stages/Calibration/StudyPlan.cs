using System.Collections.Immutable;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration;

/// <summary>A study cut into units of shared work.</summary>
/// <param name="Work">The units as the engine sees them, in batch order.</param>
/// <param name="Units">What each unit computes, by key.</param>
/// <param name="Manifest">The samples.</param>
/// <param name="FoldScheme">The notation of the fold scheme.</param>
/// <param name="Folds">The folds, which follow from identities alone.</param>
/// <param name="FoldsKey">Key of the folds.</param>
/// <param name="Notes">What the planner left out or changed, for the user.</param>
public sealed record StudyPlan(
    Plan Work,
    ImmutableDictionary<Fingerprint, CalibrationUnit> Units,
    CalibrationManifest Manifest,
    string FoldScheme,
    Folds Folds,
    Fingerprint FoldsKey,
    ImmutableArray<string> Notes)
{
    /// <summary>What candidates for classes are ranked by; null for numbers.</summary>
    public ClassMetric? Metric { get; init; }

    /// <summary>The composite score that ranks numbers; null where RMSECV does.</summary>
    public CompositeScore? Composite { get; init; }

    /// <summary>Bootstrap replicates by which the best rows are judged; 0 for none.</summary>
    public int Replicates { get; init; }

    /// <summary>Number of candidates of all units.</summary>
    public int CandidateCount => Units.Values.Sum(unit => unit.Candidates.Length);
}
