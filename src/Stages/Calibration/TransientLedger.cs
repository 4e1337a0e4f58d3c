using System.Collections.Concurrent;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration;

/// <summary>A ledger that lasts as long as the process: it counts attempts and keeps no outcome.</summary>
/// <remarks>Any thread may call anything. Ceiling: one number for each unit that stopped its flow.</remarks>
public sealed class TransientLedger : IUnitLedger
{
    private readonly ConcurrentDictionary<Fingerprint, int> _attempts = new();

    /// <inheritdoc/>
    public UnitOutcome? Find(CalibrationUnit unit, Folds folds) => null;

    /// <inheritdoc/>
    public UnitTroubles TroublesOf(Fingerprint unit) => new(_attempts.GetValueOrDefault(unit), 0);

    /// <inheritdoc/>
    public ValueTask BeginAsync(CalibrationUnit unit) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask ChargeAsync(CalibrationUnit unit, FlowStoppedException why)
    {
        ArgumentNullException.ThrowIfNull(unit);
        _attempts.AddOrUpdate(unit.Work.Key, 1, (_, attempts) => attempts + 1);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(CalibrationUnit unit, UnitOutcome outcome, double seconds) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask FlushAsync() => ValueTask.CompletedTask;
}
