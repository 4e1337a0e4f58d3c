using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Cores;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Supervision;
using Pipeline.Stages.Calibration.OnDisk;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration;

/// <summary>The search of one study: Ingest → Pretreat → Split → Train → Aggregate.</summary>
/// <remarks>
/// One ticket per unit goes in and one outcome comes out. Samples, pretreated spectra and folds are artifacts
/// that tickets share through the cache; cells belong to their ticket. Blocks may finish units in any order:
/// the leaderboard depends on the set of units only. A flow that stops runs again with the units that have no outcome
/// yet; see <c>CalibrationFlow.Recovery.cs</c>.
/// </remarks>
public sealed partial class CalibrationFlow
{
    private readonly StudyPlan _plan;
    private readonly Func<CancellationToken, ValueTask<CalibrationSet>> _samples;
    private readonly ArtifactCache _cache;
    private readonly LeaderboardBuilder _board;
    private readonly CorePool? _cores;
    private readonly WorkForecast? _forecast;
    private readonly PieceRunner _runner;
    private readonly DiskSearch _disk;
    private readonly BoundedPipeline<CalibrationTicket> _pipeline;

    /// <summary>A flow for one plan.</summary>
    /// <param name="plan">The units.</param>
    /// <param name="samples">Brings the samples whenever the cache does not hold them.</param>
    /// <param name="cache">Shared with other flows.</param>
    /// <param name="budget">Shared with other flows; every ticket's bytes are reserved here before it starts.</param>
    /// <param name="limits">Capacities.</param>
    /// <param name="parallelism">Units trained at the same time.</param>
    /// <param name="board">Where the units' cells are judged.</param>
    /// <param name="ledger">Remembers attempts and outcomes; lasts as long as the process if null.</param>
    /// <param name="clock">What hung work is measured by; the system's clock if null.</param>
    /// <param name="onRebuild">Told whenever the flow stopped and is about to run again.</param>
    /// <param name="cores">Lends idle cores to a unit whose computation is wide; each unit has one thread if null.</param>
    /// <param name="forecast">Told when every unit begins and ends; it knows them all.</param>
    public CalibrationFlow(
        StudyPlan plan,
        Func<CancellationToken, ValueTask<CalibrationSet>> samples,
        ArtifactCache cache,
        MemoryBudget budget,
        Limits limits,
        int parallelism,
        LeaderboardBuilder board,
        IUnitLedger? ledger = null,
        TimeProvider? clock = null,
        Action<Rebuild>? onRebuild = null,
        CorePool? cores = null,
        WorkForecast? forecast = null)
    {
        _plan = plan;
        _samples = samples;
        _cache = cache;
        _board = board;
        _limits = limits;
        _ledger = ledger ?? new TransientLedger();
        _clock = clock ?? TimeProvider.System;
        _onRebuild = onRebuild;
        _cores = cores;
        _forecast = forecast;
        _runner = cores is null ? Pieces.InOrder : cores.Run;
        _disk = new DiskSearch(plan, cache, _runner);
        _pipeline = new BoundedPipeline<CalibrationTicket>("calibration", budget, limits, _clock)
            .Step("ingest", IngestAsync)
            .Step("pretreat", PretreatAsync)
            .Step("split", SplitAsync)
            .Step("train", TrainAsync, StepOptions.Within(limits, parallelism))
            .Sink("aggregate", AggregateAsync);
    }

    /// <summary>What every block has done and holds right now.</summary>
    public IReadOnlyList<StepProgress> Progress => _pipeline.Progress;

    private async ValueTask<CalibrationTicket> IngestAsync(CalibrationTicket ticket, CancellationToken cancellation)
    {
        RefuseWhileDraining();
        ticket.Samples = await _cache.GetOrComputeAsync(_plan.Manifest.Key, "samples", _samples, cancellation);
        return ticket;
    }

    private async ValueTask<CalibrationTicket> PretreatAsync(CalibrationTicket ticket, CancellationToken cancellation)
    {
        RefuseWhileDraining();
        CalibrationSet samples = ticket.Samples!.Value;
        if (samples.OnDisk is not null)
        {
            // The pass over the disk is the larger part of what such a unit takes.
            _forecast?.Begin(ticket.Unit);
            ticket.Moments = await _disk.MomentsAsync(ticket.Unit, samples, cancellation);
            return ticket;
        }

        PretreatmentChain prefix = ticket.Unit.Chain.SampleWisePrefix;
        ticket.Pretreated = await _cache.GetOrComputeAsync(
            ticket.Unit.PretreatedKey,
            "pretreated",
            stop => PretreatAsync(samples, prefix, stop),
            PretreatedSpectraCodec.Instance,
            cancellation);
        return ticket;
    }

    private async ValueTask<CalibrationTicket> SplitAsync(CalibrationTicket ticket, CancellationToken cancellation)
    {
        ticket.Folds = await _cache.GetOrComputeAsync(
            _plan.FoldsKey, "folds", _ => ValueTask.FromResult(new FoldPlan(_plan.Folds)), cancellation);
        return ticket;
    }

    private async ValueTask<CalibrationTicket> TrainAsync(CalibrationTicket ticket, MemoryLease lease, CancellationToken cancellation)
    {
        CalibrationUnit unit = ticket.Unit;
        RefuseWhileDraining();
        try
        {
            await _ledger.BeginAsync(unit);
        }
        catch (StageException refused)
        {
            // Safe: thrown on, and by the sink once more, where it stops the flow.
            ticket.Refused = refused;
            throw;
        }

        if (ticket.Moments is null)
        {
            _forecast?.Begin(unit);
        }

        long start = _clock.GetTimestamp();
        ticket.Cells = CrossValidate(ticket, cancellation);
        ticket.TrainSeconds = _clock.GetElapsedTime(start).TotalSeconds;

        // Only the cells travel on; the next unit may have the rest.
        ticket.ReleasePretreated();
        lease.ShrinkTo(unit.CellBytes);
        return ticket;
    }

    private CellTable CrossValidate(CalibrationTicket ticket, CancellationToken cancellation)
    {
        CalibrationUnit unit = ticket.Unit;
        using CoreLease core = _cores is null ? default : _cores.Occupy();
        if (ticket.Moments is { } moments)
        {
            return _disk.CrossValidate(unit, moments.Value, cancellation);
        }

        Folds folds = ticket.Folds!.Value.Folds;
        PretreatedSpectra pretreated = ticket.Pretreated!.Value;
        var data = new FoldedSpectra(pretreated.X, ticket.Samples!.Value.Y, pretreated.Axis, folds, unit.Chain.FittedRest, _runner);
        var cells = new CellTable(folds, unit.Subsets.Length, unit.Settings.Length, outputCount: unit.OutputCount);
        unit.Family.CrossValidate(data, unit.Subsets, unit.Settings, cells, cancellation);
        return cells;
    }

    private async ValueTask AggregateAsync(CalibrationTicket ticket, Failure? failure, MemoryLease lease)
    {
        CalibrationUnit unit = ticket.Unit;
        if (failure?.Kind == FailureKind.Canceled)
        {
            _forecast?.Leave(unit);
            return;
        }

        if (ticket.Refused is { } refused)
        {
            // The disk's failure and not the unit's; remembered as its outcome, every later run would believe it.
            throw new StageException(refused.Kind, refused.Message, refused);
        }

        var outcome = new UnitOutcome(failure is null ? ticket.Cells : null, failure);
        await _ledger.CommitAsync(unit, outcome, ticket.TrainSeconds);

        // A sink that was left behind and returns late may have been overtaken by the flow built in its place.
        if (!_board.IsAccountedFor(unit))
        {
            Show(unit, outcome, failure is null ? ticket.Samples!.Value.Y : null);
            _forecast?.Finish(unit, isTelling: failure is null);
        }
        else
        {
            _forecast?.Leave(unit);
        }
    }

    private void Show(CalibrationUnit unit, UnitOutcome outcome, Matrix? y)
    {
        if (outcome.Cells is { } cells)
        {
            _board.Add(unit, cells, y!, unit.Chain.OutputAxis(_plan.Manifest.Axis));
        }
        else
        {
            _board.Fail(unit, outcome.Failure!);
        }
    }

    private async ValueTask<PretreatedSpectra> PretreatAsync(
        CalibrationSet samples, PretreatmentChain prefix, CancellationToken cancellation)
    {
        SpectralAxis axis = samples.Manifest.Axis;
        if (samples.Pieces.IsEmpty)
        {
            return PretreatedChunks.Treat(samples.X, axis, prefix);
        }

        SpectralAxis treatedAxis = prefix.OutputAxis(axis);
        var target = new Matrix(samples.X.Rows, treatedAxis.Count);
        foreach (SpectraPiece piece in samples.Pieces)
        {
            using ArtifactLease<PretreatedSpectra> treated =
                await PretreatedChunks.LeaseAsync(_cache, piece.Key, piece.X, axis, prefix, cancellation);
            for (int i = 0; i < piece.Rows.Length; i++)
            {
                treated.Value.X.Row(piece.Rows[i]).CopyTo(target.Row(piece.Samples[i]));
            }
        }

        return new PretreatedSpectra(target, treatedAxis);
    }
}
