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
    private const double WorkDoneMin = 0.01;

    /// <summary>Share of the predicted work that an earlier part of the run had done, which took nothing of <see cref="Elapsed"/>.</summary>
    public double WorkKept { get; init; }

    /// <summary>Time still needed if the rest goes as the work since the start; null before anything is known.</summary>
    public TimeSpan? Remaining => WorkDone <= 1 && WorkDone - WorkKept > WorkDoneMin ? Elapsed * ((1 - WorkDone) / (WorkDone - WorkKept)) : null;
}
