using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Supervision;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Calibration;

/// <summary>What happens to a chunk when it arrives: the first two blocks of a calibration, ahead of time.</summary>
/// <remarks>
/// Ingest → Pretreat → Record. Every sample-wise prefix of the studies that are bound to the dataset is computed for the
/// new chunk alone and left in the cache, so a study that is triggered later finds its spectra treated. Losing the
/// cache costs time only. A chunk that stops the flow <see cref="Limits.UnitAttemptsMax"/> times is not treated ahead.
/// One run at a time.
/// </remarks>
public sealed class ArrivalFlow
{
    private readonly ArtifactCache _cache;
    private readonly BoundedPipeline<ArrivalTicket> _pipeline;
    private readonly Limits _limits;
    private readonly TimeProvider _clock;

    /// <summary>A flow over a cache that is shared with the calibration flows.</summary>
    public ArrivalFlow(ArtifactCache cache, MemoryBudget budget, Limits limits, TimeProvider? clock = null)
    {
        _cache = cache;
        _limits = limits;
        _clock = clock ?? TimeProvider.System;
        _pipeline = new BoundedPipeline<ArrivalTicket>("arrival", budget, limits, _clock)
            .Step("ingest", Ingest)
            .Step("pretreat", PretreatAsync)
            .Sink("record", Record);
    }

    /// <summary>Treats chunks by chains; returns how many treated chunks are in the cache now.</summary>
    public async Task<int> RunAsync(
        IEnumerable<SpectralChunk> chunks, ImmutableArray<PretreatmentChain> chains, CancellationToken cancellation)
    {
        Arrival[] arrivals = [.. chunks.Select(chunk => new Arrival(chunk))];
        await Supervisor.RunFlowAsync(
            "arrival",
            stop => _pipeline.RunAsync(
                arrivals
                    .Where(arrival => !arrival.IsDone && arrival.Attempts < _limits.UnitAttemptsMax)
                    .Select(arrival => new ArrivalTicket(arrival, chains)),
                ticket => 2 * ticket.Arrival.Chunk.SizeBytes,
                stop),
            Charge,
            _limits,
            _clock,
            onRebuild: null,
            cancellation);
        return arrivals.Sum(arrival => arrival.Treated);
    }

    /// <summary>The sample-wise prefixes of a study's chains that work on an axis, each once.</summary>
    public static ImmutableArray<PretreatmentChain> ChainsOf(Study study, SpectralAxis axis)
    {
        var prefixes = new Dictionary<string, PretreatmentChain>(StringComparer.Ordinal);
        foreach (PretreatmentChain prefix in StudyMethods.Of(study).Chains.Select(chain => chain.Simplify().SampleWisePrefix))
        {
            // A chain that cannot work on this axis is left out by the planner too.
            try
            {
                prefix.OutputAxis(axis);
                prefixes.TryAdd(prefix.Notation, prefix);
            }
            catch (StageException reason) when (reason.Kind == FailureKind.InvalidData)
            {
                continue;
            }
        }

        return [.. prefixes.Values];
    }

    private static ValueTask Charge(FlowStoppedException stopped)
    {
        ((ArrivalTicket)stopped.Ticket!).Arrival.Attempts++;
        return ValueTask.CompletedTask;
    }

    private static ValueTask<ArrivalTicket> Ingest(ArrivalTicket ticket, CancellationToken cancellation)
    {
        ticket.Key = PretreatedChunks.KeyOf(ticket.Arrival.Chunk);
        return ValueTask.FromResult(ticket);
    }

    private async ValueTask<ArrivalTicket> PretreatAsync(ArrivalTicket ticket, CancellationToken cancellation)
    {
        SpectralChunk chunk = ticket.Arrival.Chunk;
        foreach (PretreatmentChain chain in ticket.Chains)
        {
            using ArtifactLease<PretreatedSpectra> treated = await PretreatedChunks.LeaseAsync(
                _cache, ticket.Key, chunk.X, chunk.Axis, chain, cancellation);
            ticket.Treated++;
        }

        return ticket;
    }

    private static ValueTask Record(ArrivalTicket ticket, Failure? failure, MemoryLease lease)
    {
        if (failure?.Kind != FailureKind.Canceled)
        {
            ticket.Arrival.Treated = ticket.Treated;
            ticket.Arrival.IsDone = true;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>One chunk and what became of it; written by one run after the other.</summary>
    private sealed class Arrival(SpectralChunk chunk)
    {
        public SpectralChunk Chunk { get; } = chunk;

        public int Attempts { get; set; }

        public int Treated { get; set; }

        public bool IsDone { get; set; }
    }

    /// <summary>One chunk on its way.</summary>
    private sealed class ArrivalTicket(Arrival arrival, ImmutableArray<PretreatmentChain> chains)
    {
        public Arrival Arrival { get; } = arrival;

        public ImmutableArray<PretreatmentChain> Chains { get; } = chains;

        public Engine.Identity.Fingerprint Key { get; set; }

        public int Treated { get; set; }
    }
}
