using System.Collections.Immutable;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Dataflow;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.OnDisk;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Prediction;

namespace Pipeline.Host.Runs;

/// <summary>A finished search.</summary>
/// <param name="Prepared">What was planned.</param>
/// <param name="Leaderboard">The ranking.</param>
/// <param name="Chosen">The candidates one would use, refitted on all calibration samples; empty without winner.</param>
/// <param name="Summary">What every block did.</param>
/// <param name="Cache">What the cache saved.</param>
/// <param name="ReservedBytesPeak">The most bytes reserved at once.</param>
/// <param name="Elapsed">Time from the first unit to the ranking.</param>
/// <param name="Threads">Units computed at the same time.</param>
/// <param name="RestoredUnits">Units whose outcome was known from an earlier run that was cut off.</param>
public sealed record RunResult(
    PreparedRun Prepared,
    Leaderboard Leaderboard,
    IReadOnlyList<ChosenCandidate> Chosen,
    PipelineSummary Summary,
    CacheStatistics Cache,
    long ReservedBytesPeak,
    TimeSpan Elapsed,
    int Threads,
    int RestoredUnits)
{
    /// <summary>How long each phase took, in order.</summary>
    public required ImmutableArray<PhaseTime> Phases { get; init; }

    /// <summary>When the last candidate was refitted.</summary>
    public required DateTimeOffset Finished { get; init; }
}

/// <summary>A candidate that one would use, refitted on all calibration samples.</summary>
/// <param name="Row">The candidate's row.</param>
/// <param name="Why">Why it was chosen.</param>
/// <param name="Calibration">Metrics on the samples it was fitted on (RMSEC); null where the refit failed.</param>
/// <param name="Test">What it does on the test samples; null without them.</param>
/// <param name="Failure">Why the refit failed, or null.</param>
public sealed record ChosenCandidate(
    LeaderboardRow Row, string Why, RegressionMetrics? Calibration, TestOutcome? Test, string? Failure)
{
    /// <summary>Of classes, the metrics on the samples it was fitted on; null for numbers, and where the refit failed.</summary>
    public ClassMetrics? ClassCalibration { get; init; }

    /// <summary>Of classes, what it does on the test samples; null without them.</summary>
    public ClassTestOutcome? ClassTest { get; init; }

    /// <summary>The refit, where the spectra are in memory; null where it failed.</summary>
    public CandidateRefit? Refit { get; init; }

    /// <summary>The refit, where the spectra stay on the disk and a second one would take another pass; null otherwise.</summary>
    public DiskRefit? OnDisk { get; init; }
}

/// <summary>Predictions of test samples.</summary>
/// <param name="Predictions">One for each test sample.</param>
/// <param name="All">Metrics over all of them (RMSEP).</param>
/// <param name="Unknown">Metrics over those that the calibration does not know; the same where it knows none; null where it knows all.</param>
public sealed record TestOutcome(double[] Predictions, RegressionMetrics All, RegressionMetrics? Unknown);

/// <summary>Predicted classes of test samples.</summary>
/// <param name="Probabilities">One for each test sample and class, those of a sample side by side.</param>
/// <param name="All">Metrics over all of them.</param>
/// <param name="Unknown">Metrics over those that the calibration does not know; the same where it knows none; null where it knows all.</param>
public sealed record ClassTestOutcome(double[] Probabilities, ClassMetrics All, ClassMetrics? Unknown);
