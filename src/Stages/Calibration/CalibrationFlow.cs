using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Dataflow;
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
/// the leaderboard depends on the set of units only.
/// </remarks>
public sealed class CalibrationFlow
{
    private readonly StudyPlan _plan;
    private readonly Func<CancellationToken, ValueTask<CalibrationSet>> _samples;
    private readonly ArtifactCache _cache;
    private readonly LeaderboardBuilder _board;
    private readonly BoundedPipeline<CalibrationTicket> _pipeline;

    /// <summary>A flow for one plan.</summary>
    /// <param name="plan">The units.</param>
    /// <param name="samples">Brings the samples whenever the cache does not hold them.</param>
    /// <param name="cache">Shared with other flows.</param>
    /// <param name="budget">Shared with other flows; every ticket's bytes are reserved here before it starts.</param>
    /// <param name="limits">Capacities.</param>
    /// <param name="parallelism">Units trained at the same time.</param>
    /// <param name="board">Where the units' cells are judged.</param>
    public CalibrationFlow(
        StudyPlan plan,
        Func<CancellationToken, ValueTask<CalibrationSet>> samples,
        ArtifactCache cache,
        MemoryBudget budget,
        Limits limits,
        int parallelism,
        LeaderboardBuilder board)
    {
        _plan = plan;
        _samples = samples;
        _cache = cache;
        _board = board;
        _pipeline = new BoundedPipeline<CalibrationTicket>("calibration", budget, limits)
            .Step("ingest", IngestAsync)
            .Step("pretreat", PretreatAsync)
            .Step("split", SplitAsync)
            .Step("train", Train, StepOptions.Within(limits, parallelism))
            .Sink("aggregate", Aggregate);
    }

    /// <summary>What every block has done and holds right now.</summary>
    public IReadOnlyList<StepProgress> Progress => _pipeline.Progress;

    /// <summary>Runs all units of the plan.</summary>
    /// <exception cref="StageException">A unit can never fit into the budget.</exception>
    public Task<PipelineSummary> RunAsync(CancellationToken cancellation) =>
        _pipeline.RunAsync(
            _plan.Work.Units.Select(work => new CalibrationTicket(_plan.Units[work.Key])),
            ticket => ticket.Unit.Work.Estimate.PeakBytes,
            cancellation);

    private async ValueTask<CalibrationTicket> IngestAsync(CalibrationTicket ticket, CancellationToken cancellation)
    {
        ticket.Samples = await _cache.GetOrComputeAsync(_plan.Manifest.Key, "samples", _samples, cancellation);
        return ticket;
    }

    private async ValueTask<CalibrationTicket> PretreatAsync(CalibrationTicket ticket, CancellationToken cancellation)
    {
        CalibrationSet samples = ticket.Samples!.Value;
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

    private ValueTask<CalibrationTicket> Train(CalibrationTicket ticket, MemoryLease lease, CancellationToken cancellation)
    {
        CalibrationUnit unit = ticket.Unit;
        Folds folds = ticket.Folds!.Value.Folds;
        PretreatedSpectra pretreated = ticket.Pretreated!.Value;
        var data = new FoldedSpectra(pretreated.X, ticket.Samples!.Value.Y, pretreated.Axis, folds, unit.Chain.FittedRest);
        ticket.Cells = new CellTable(folds, unit.Subsets.Length, unit.Settings.Length);
        unit.Family.CrossValidate(data, unit.Subsets, unit.Settings, ticket.Cells, cancellation);

        // Only the cells travel on; the next unit may have the rest.
        ticket.ReleasePretreated();
        lease.ShrinkTo(unit.CellBytes);
        return ValueTask.FromResult(ticket);
    }

    private ValueTask Aggregate(CalibrationTicket ticket, Failure? failure, MemoryLease lease)
    {
        if (failure is null)
        {
            SpectralAxis axis = ticket.Unit.Chain.OutputAxis(_plan.Manifest.Axis);
            _board.Add(ticket.Unit, ticket.Cells!, ticket.Samples!.Value.Y, axis);
        }
        else if (failure.Kind != FailureKind.Canceled)
        {
            _board.Fail(ticket.Unit, failure);
        }

        return ValueTask.CompletedTask;
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
