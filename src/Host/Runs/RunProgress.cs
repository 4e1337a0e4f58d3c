using Pipeline.Engine.Dataflow;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Runs;

/// <summary>How far a run is.</summary>
/// <param name="UnitsDone">Units accounted for.</param>
/// <param name="UnitsTotal">Units of the plan.</param>
/// <param name="WorkDone">Share of the predicted work that is done, 0 to 1.</param>
/// <param name="Elapsed">Time since the start.</param>
/// <param name="Best">The best row so far, or null.</param>
/// <param name="Blocks">What every block has done and holds.</param>
public sealed record RunProgress(
    int UnitsDone, int UnitsTotal, double WorkDone, TimeSpan Elapsed, LeaderboardRow? Best, IReadOnlyList<StepProgress> Blocks)
{
    /// <summary>Time still needed, by what units of each family took so far; null before anything is known.</summary>
    public TimeSpan? Remaining { get; init; }
}
