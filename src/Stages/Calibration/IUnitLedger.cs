using Pipeline.Engine;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Models;

namespace Pipeline.Stages.Calibration;

/// <summary>What is remembered of units beyond one run of their flow.</summary>
/// <remarks>Called by any thread. What it throws stops the flow.</remarks>
public interface IUnitLedger
{
    /// <summary>How often a unit stopped its flow.</summary>
    int AttemptsOf(Fingerprint unit);

    /// <summary>Notes that a unit stopped its flow once more.</summary>
    ValueTask ChargeAsync(CalibrationUnit unit, FlowStoppedException why);

    /// <summary>Keeps a unit's outcome before it counts: its cells, or its failure. May come twice for one unit.</summary>
    ValueTask CommitAsync(CalibrationUnit unit, CellTable? cells, Failure? failure);
}
