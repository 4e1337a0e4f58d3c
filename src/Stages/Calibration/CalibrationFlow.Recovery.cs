using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Cores;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Supervision;
using Pipeline.Stages.Calibration.OnDisk;

namespace Pipeline.Stages.Calibration;

// How a search survives what stops its flow: the board says which units have no outcome, and they run again.
// The unit in whose hands the flow stopped is charged with an attempt; innocent ones beside it are not.
public sealed partial class CalibrationFlow
{
    private readonly Limits _limits;
    private readonly IUnitLedger _ledger;
    private readonly TimeProvider _clock;
    private readonly Action<Rebuild>? _onRebuild;

    // Written by RunAsync, before anything runs.
    private CancellationToken _drain;

    // Written by RestoreAsync, which RunAsync waits for.
    private bool _isRestored;

    /// <summary>Units whose outcome was known from an earlier run.</summary>
    public int RestoredUnits { get; private set; }

    /// <summary>Bodies that hang and were left behind; each keeps a thread and its memory until it returns.</summary>
    public int AbandonedBodies => _pipeline.AbandonedBodies;

    /// <summary>Runs all units of the plan, each to its outcome on the board.</summary>
    /// <param name="cancellation">Ends the run at once; units in work are lost.</param>
    /// <param name="drain">Ends the run when the units in work have their outcome and the ledger has kept it; no other is begun.</param>
    /// <returns>The counts of the run that came to its end: all units, unless the flow was rebuilt.</returns>
    /// <exception cref="StageException">A unit can never fit into the budget, or outcomes cannot be kept.</exception>
    /// <exception cref="FlowStoppedException">The flow stopped too often for reasons that no single unit explains.</exception>
    /// <exception cref="OperationCanceledException">Ended before all units had their outcome; its token says by which of the two.</exception>
    public async Task<PipelineSummary> RunAsync(CancellationToken cancellation, CancellationToken drain = default)
    {
        _drain = drain;

        // The caller may look on while much is restored.
        await Task.Yield();
        await RestoreAsync(cancellation);
        PipelineSummary summary = await Supervisor.RunFlowAsync(
            "calibration", RunRemainingAsync, ChargeAsync, _limits, _clock, _onRebuild, cancellation);
        await _ledger.FlushAsync();
        if (_plan.Units.Values.Any(unit => !_board.IsAccountedFor(unit)))
        {
            drain.ThrowIfCancellationRequested();
        }

        await PredictBestAsync(cancellation);
        return summary;
    }

    /// <summary>A candidate refitted on all samples, where their spectra stay on the disk.</summary>
    /// <exception cref="StageException">It cannot be fitted on all samples.</exception>
    public async Task<DiskRefit> RefitAsync(Candidate candidate, CancellationToken cancellation)
    {
        using ArtifactLease<CalibrationSet> samples = await _cache.GetOrComputeAsync(_plan.Manifest.Key, "samples", _samples, cancellation);
        return await _disk.RefitAsync(candidate, samples.Value, cancellation);
    }

    /// <summary>Predicts with the best candidates of which the board has no predictions.</summary>
    private async Task PredictBestAsync(CancellationToken cancellation)
    {
        ImmutableArray<Candidate> best = _board.BestWithoutPredictions;
        if (best.IsEmpty)
        {
            return;
        }

        using ArtifactLease<CalibrationSet> samples = await _cache.GetOrComputeAsync(_plan.Manifest.Key, "samples", _samples, cancellation);
        double[][] predictions = samples.Value.OnDisk is null
            ? PredictInMemory(best, samples.Value, cancellation)
            : await _disk.PredictAsync(best, samples.Value, cancellation);
        _board.Predict(best, predictions);
    }

    private double[][] PredictInMemory(ImmutableArray<Candidate> candidates, CalibrationSet samples, CancellationToken cancellation)
    {
        double[][] predictions = new double[candidates.Length][];
        using CoreLease core = _cores is null ? default : _cores.Occupy();
        for (int c = 0; c < predictions.Length; c++)
        {
            cancellation.ThrowIfCancellationRequested();
            predictions[c] = FittedCandidate.PredictOutOfFold(candidates[c], samples, _plan.Folds);
        }

        return predictions;
    }

    /// <summary>Turns a ticket away whose unit has not begun when the flow drains.</summary>
    private void RefuseWhileDraining()
    {
        if (_drain.IsCancellationRequested)
        {
            throw new StageException(FailureKind.Canceled, "The search is being stopped; this unit runs when it goes on.");
        }
    }

    /// <summary>Puts on the board what the ledger knows from earlier runs; once, by whoever asks first.</summary>
    /// <remarks>Where several flows make one run, all are restored before the first one begins, so that the run knows what is left.</remarks>
    public async Task RestoreAsync(CancellationToken cancellation)
    {
        if (_isRestored)
        {
            return;
        }

        _isRestored = true;
        ArtifactLease<CalibrationSet>? samples = null;
        try
        {
            foreach (CalibrationUnit unit in _plan.Units.Values)
            {
                cancellation.ThrowIfCancellationRequested();
                if (_ledger.Find(unit, _plan.Folds) is not { } known)
                {
                    continue;
                }

                samples ??= await _cache.GetOrComputeAsync(_plan.Manifest.Key, "samples", _samples, cancellation);
                Show(unit, known, samples.Value.Y);
                _forecast?.Finish(unit, isTelling: false);
                RestoredUnits++;
            }
        }
        finally
        {
            samples?.Dispose();
        }
    }

    /// <summary>Runs what has no outcome side by side; then, one by one, units that were at work when processes ended.</summary>
    private async Task<PipelineSummary> RunRemainingAsync(CancellationToken cancellation)
    {
        List<CalibrationUnit> hopeless = [];
        PipelineSummary summary = await RunOnceAsync(Remaining(isSuspect: false, hopeless), cancellation);
        await GiveUpAsync(hopeless);
        foreach (CalibrationTicket suspect in Remaining(isSuspect: true, hopeless))
        {
            summary = await RunOnceAsync([suspect], cancellation);
        }

        return summary;
    }

    private Task<PipelineSummary> RunOnceAsync(IEnumerable<CalibrationTicket> tickets, CancellationToken cancellation) => _pipeline.RunAsync(
        tickets,
        ticket => ticket.Unit.Work.Estimate.PeakBytes,
        cancellation,
        ticket => _limits.PatienceFor(ticket.Unit.Work.Estimate.CpuSeconds));

    /// <summary>Gives units that are not tried any more their outcome.</summary>
    private async Task GiveUpAsync(IEnumerable<CalibrationUnit> hopeless)
    {
        foreach (CalibrationUnit unit in hopeless)
        {
            Failure poison = Poison(_ledger.TroublesOf(unit.Work.Key));
            await _ledger.CommitAsync(unit, new UnitOutcome(null, poison), 0);
            _board.Fail(unit, poison);
            _forecast?.Finish(unit, isTelling: false);
        }
    }

    /// <summary>The units without outcome; those that stopped the flow or ended processes too often are put aside.</summary>
    private IEnumerable<CalibrationTicket> Remaining(bool isSuspect, List<CalibrationUnit> hopeless)
    {
        foreach (CalibrationUnit unit in _plan.Work.Units.Select(work => _plan.Units[work.Key]))
        {
            if (_drain.IsCancellationRequested)
            {
                yield break;
            }

            if (_board.IsAccountedFor(unit))
            {
                continue;
            }

            UnitTroubles troubles = _ledger.TroublesOf(unit.Work.Key);
            if (troubles.Attempts >= _limits.UnitAttemptsMax || troubles.Deaths >= 2 * _limits.UnitDeathsMax)
            {
                hopeless.Add(unit);
            }
            else if (troubles.Deaths >= _limits.UnitDeathsMax == isSuspect)
            {
                yield return new CalibrationTicket(unit);
            }
        }
    }

    private ValueTask ChargeAsync(FlowStoppedException stopped) =>
        _ledger.ChargeAsync(((CalibrationTicket)stopped.Ticket!).Unit, stopped);

    private static Failure Poison(UnitTroubles troubles) => new(
        FailureKind.Defect,
        $"The program failed or hung at this work {troubles.Attempts} times, or ended while it was computed ({troubles.Deaths} times), "
        + "and does not try again. This is an error of the program and not of the data; please report it with the log. All other "
        + "candidates were searched.");
}
