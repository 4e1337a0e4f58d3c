using Pipeline.Engine;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Models;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration;

/// <summary>What is remembered of units beyond one run of their flow.</summary>
/// <remarks>Called by any thread. What it throws stops the flow.</remarks>
public interface IUnitLedger
{
    /// <summary>The outcome that a unit has already, or null where it must be computed.</summary>
    UnitOutcome? Find(CalibrationUnit unit, Folds folds);

    /// <summary>What a unit has done to those who computed it.</summary>
    UnitTroubles TroublesOf(Fingerprint unit);

    /// <summary>Notes that a unit is being computed.</summary>
    ValueTask BeginAsync(CalibrationUnit unit);

    /// <summary>Notes that a unit stopped its flow once more.</summary>
    ValueTask ChargeAsync(CalibrationUnit unit, FlowStoppedException why);

    /// <summary>Takes a unit's outcome over; it is durable after <see cref="FlushAsync"/>. May come twice for one unit.</summary>
    ValueTask CommitAsync(CalibrationUnit unit, UnitOutcome outcome, double seconds);

    /// <summary>Ends when everything taken over is durable.</summary>
    /// <exception cref="StageException">The disk refused some of it.</exception>
    ValueTask FlushAsync();
}

/// <summary>What has become of a unit: cells, or the reason why there are none.</summary>
/// <param name="Cells">All cells of the unit, or null.</param>
/// <param name="Failure">Why there are none, or null where there are.</param>
public sealed record UnitOutcome(CellTable? Cells, Failure? Failure);

/// <summary>What a unit has done to those who computed it.</summary>
/// <param name="Attempts">How often it stopped its flow.</param>
/// <param name="Deaths">How often a process ended while it was computed; others beside it are charged too.</param>
public readonly record struct UnitTroubles(int Attempts, int Deaths);
