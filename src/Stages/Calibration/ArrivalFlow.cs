using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Dataflow;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Calibration;

/// <summary>What happens to a chunk when it arrives: the first two blocks of a calibration, ahead of time.</summary>
/// <remarks>
/// Ingest → Pretreat → Record. Every sample-wise prefix of the studies that are bound to the dataset is computed for the
/// new chunk alone and left in the cache, so a study that is triggered later finds its spectra treated. Losing the
/// cache costs time only.
/// </remarks>
public sealed class ArrivalFlow
{
    private readonly ArtifactCache _cache;
    private readonly BoundedPipeline<ArrivalTicket> _pipeline;
    private int _treated;

    /// <summary>A flow over a cache that is shared with the calibration flows.</summary>
    public ArrivalFlow(ArtifactCache cache, MemoryBudget budget, Limits limits)
    {
        _cache = cache;
        _pipeline = new BoundedPipeline<ArrivalTicket>("arrival", budget, limits)
            .Step("ingest", Ingest)
            .Step("pretreat", PretreatAsync)
            .Sink("record", (_, _, _) => ValueTask.CompletedTask);
    }

    /// <summary>Treats chunks by chains; returns how many treated chunks are in the cache now.</summary>
    public async Task<int> RunAsync(
        IEnumerable<SpectralChunk> chunks, ImmutableArray<PretreatmentChain> chains, CancellationToken cancellation)
    {
        _treated = 0;
        await _pipeline.RunAsync(
            chunks.Select(chunk => new ArrivalTicket(chunk, chains)), ticket => 2 * ticket.Chunk.SizeBytes, cancellation);
        return _treated;
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

    private static ValueTask<ArrivalTicket> Ingest(ArrivalTicket ticket, CancellationToken cancellation)
    {
        ticket.Key = PretreatedChunks.KeyOf(ticket.Chunk);
        return ValueTask.FromResult(ticket);
    }

    private async ValueTask<ArrivalTicket> PretreatAsync(ArrivalTicket ticket, CancellationToken cancellation)
    {
        foreach (PretreatmentChain chain in ticket.Chains)
        {
            using ArtifactLease<PretreatedSpectra> treated = await PretreatedChunks.LeaseAsync(
                _cache, ticket.Key, ticket.Chunk.X, ticket.Chunk.Axis, chain, cancellation);
            Interlocked.Increment(ref _treated);
        }

        return ticket;
    }

    /// <summary>One chunk on its way.</summary>
    private sealed class ArrivalTicket(SpectralChunk chunk, ImmutableArray<PretreatmentChain> chains)
    {
        public SpectralChunk Chunk { get; } = chunk;

        public ImmutableArray<PretreatmentChain> Chains { get; } = chains;

        public Engine.Identity.Fingerprint Key { get; set; }
    }
}
