using System.Collections.Concurrent;
using Pipeline.Engine;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Models;

namespace Pipeline.Stages.Calibration;

/// <summary>A ledger that lasts as long as the process: it counts attempts and keeps no outcome.</summary>
/// <remarks>Any thread may call anything. Ceiling: one number for each unit that stopped its flow.</remarks>
public sealed class TransientLedger : IUnitLedger
{
    private readonly ConcurrentDictionary<Fingerprint, int> _attempts = new();

    /// <inheritdoc/>
    public int AttemptsOf(Fingerprint unit) => _attempts.GetValueOrDefault(unit);

    /// <inheritdoc/>
    public ValueTask ChargeAsync(CalibrationUnit unit, FlowStoppedException why)
    {
        ArgumentNullException.ThrowIfNull(unit);
        _attempts.AddOrUpdate(unit.Work.Key, 1, (_, attempts) => attempts + 1);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(CalibrationUnit unit, CellTable? cells, Failure? failure) => ValueTask.CompletedTask;
}
