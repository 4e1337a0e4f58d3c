using Pipeline.Engine;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Stages.Models;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration;

/// <summary>A ledger in the state database: what a run has computed outlives the process.</summary>
/// <remarks>
/// Outcomes are taken over without waiting for the disk, as long as <see cref="Limits.PendingResultBytesMax"/> bytes and
/// <see cref="Limits.CommitChangesMax"/> outcomes wait for their commit. Units that another run has computed join this run when
/// it is flushed. A commit that failed is told to the next caller, and again at the end. After a process
/// that was killed, every beginning is durable before the work begins, so that a unit which ends processes is found
/// out; until then it may be written a moment later. Any thread may call anything.
/// </remarks>
public sealed class DurableLedger : IUnitLedger
{
    private readonly RunLedger _run;
    private readonly Limits _limits;
    private readonly bool _isCareful;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Queue<(Task Commit, long Bytes)> _pending = new();
    private readonly Dictionary<Fingerprint, (int Deaths, int Attempts)> _troubles;
    private readonly List<CalibrationUnit> _adopted = [];
    private long _pendingBytes;

    // The first commit of this run that the disk refused.
    private volatile StageException? _refusal;

    /// <summary>A ledger over a run that has been begun.</summary>
    /// <param name="run">The run.</param>
    /// <param name="isCareful">Whether the process before this one was killed.</param>
    /// <param name="limits">How much may wait for the disk.</param>
    public DurableLedger(RunLedger run, bool isCareful, Limits limits)
    {
        ArgumentNullException.ThrowIfNull(run);
        _run = run;
        _isCareful = isCareful;
        _limits = limits;
        _troubles = run.Troubles();
    }

    /// <inheritdoc/>
    public UnitOutcome? Find(CalibrationUnit unit, Folds folds)
    {
        ArgumentNullException.ThrowIfNull(unit);
        StoredOutcome? stored = _run.Find(unit.Work.Key);
        if (stored?.Result is { } bytes)
        {
            if (CellTable.FromBytes(bytes, folds, unit.Subsets.Length, unit.Settings.Length, unit.OutputCount) is not { } cells)
            {
                return null;
            }

            if (stored.IsFromOtherRun)
            {
                lock (_gate)
                {
                    _adopted.Add(unit);
                }
            }

            return new UnitOutcome(cells, null);
        }

        return stored is null ? null : new UnitOutcome(null, stored.Failure);
    }

    /// <inheritdoc/>
    public UnitTroubles TroublesOf(Fingerprint unit)
    {
        lock (_gate)
        {
            (int deaths, int attempts) = _troubles.GetValueOrDefault(unit);
            return new UnitTroubles(attempts, deaths);
        }
    }

    /// <inheritdoc/>
    public async ValueTask BeginAsync(CalibrationUnit unit)
    {
        ArgumentNullException.ThrowIfNull(unit);
        if (_isCareful)
        {
            await _run.BeginUnitAsync(unit.Work.Key, isUrgent: true);
        }
        else
        {
            await EnqueueAsync(_run.BeginUnitAsync(unit.Work.Key, isUrgent: false), 0);
        }
    }

    /// <inheritdoc/>
    public async ValueTask ChargeAsync(CalibrationUnit unit, FlowStoppedException why)
    {
        ArgumentNullException.ThrowIfNull(unit);
        ArgumentNullException.ThrowIfNull(why);
        lock (_gate)
        {
            (int deaths, int attempts) = _troubles.GetValueOrDefault(unit.Work.Key);
            _troubles[unit.Work.Key] = (deaths, attempts + 1);
        }

        await _run.ChargeUnitAsync(unit.Work.Key, why.Message);
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(CalibrationUnit unit, UnitOutcome outcome, double seconds)
    {
        ArgumentNullException.ThrowIfNull(unit);
        ArgumentNullException.ThrowIfNull(outcome);
        byte[] description = unit.Description.ToJson();
        if (outcome.Cells is { } cells)
        {
            byte[] bytes = cells.ToBytes();
            return EnqueueAsync(
                _run.CompleteUnitAsync(unit.Work.Key, bytes, seconds, description),
                Math.Min(bytes.Length, _limits.ResultRowBytesMax) + description.Length);
        }

        // What the machine could not do today it may do tomorrow: only what lies in the data, or in the program, is remembered.
        Failure failure = outcome.Failure!;
        if (failure.Kind is FailureKind.Storage or FailureKind.OverBudget)
        {
            return EnqueueAsync(_run.GiveBackUnitAsync(unit.Work.Key), 0);
        }

        return EnqueueAsync(
            _run.FailUnitAsync(unit.Work.Key, failure.Kind == FailureKind.Defect, failure.Message, description), description.Length);
    }

    /// <inheritdoc/>
    public async ValueTask FlushAsync()
    {
        foreach (CalibrationUnit[] some in TakeAdopted().Chunk(_limits.CommitChangesMax))
        {
            await EnqueueAsync(
                _run.AdoptUnitsAsync([.. some.Select(unit => (unit.Work.Key, (ReadOnlyMemory<byte>)unit.Description.ToJson()))]), 0);
        }

        await SettleAsync(isFlush: true);

        // Units whose commit was refused count on the board and nowhere else: a run that says it is complete has them all.
        if (_refusal is { } refusal)
        {
            throw new StageException(refusal.Kind, refusal.Message, refusal);
        }
    }

    private CalibrationUnit[] TakeAdopted()
    {
        lock (_gate)
        {
            CalibrationUnit[] adopted = [.. _adopted];
            _adopted.Clear();
            return adopted;
        }
    }

    private async ValueTask EnqueueAsync(Task commit, long bytes)
    {
        lock (_gate)
        {
            _pending.Enqueue((commit, bytes));
            _pendingBytes += bytes;
        }

        await SettleAsync(isFlush: false);
    }

    /// <summary>Waits for the commits that must be waited for; a refusal, which strikes a whole group, is told once.</summary>
    private async ValueTask SettleAsync(bool isFlush)
    {
        StageException? first = null;
        while (Next(isFlush || first is not null) is { } commit)
        {
            // Thrown below, after the others of its group have been heard.
            try
            {
                await commit;
            }
            catch (StageException refused)
            {
                first ??= refused;
            }
        }

        if (first is not null)
        {
            _refusal ??= first;
            throw new StageException(first.Kind, first.Message, first);
        }
    }

    /// <summary>The oldest commit that must be waited for, or null.</summary>
    private Task? Next(bool isFlush)
    {
        lock (_gate)
        {
            if (!_pending.TryPeek(out (Task Commit, long Bytes) oldest)
                || (!isFlush && !oldest.Commit.IsCompleted && _pending.Count <= _limits.CommitChangesMax
                    && _pendingBytes <= _limits.PendingResultBytesMax))
            {
                return null;
            }

            _pending.Dequeue();
            _pendingBytes -= oldest.Bytes;
            return oldest.Commit;
        }
    }
}
