using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Dataflow;

namespace Pipeline.Host.Runs;

/// <summary>The cache and the budget that runs share.</summary>
/// <param name="Cache">Intermediates.</param>
/// <param name="Budget">Bytes of units in work.</param>
/// <param name="Limits">The limits of both.</param>
public sealed record RunMemory(ArtifactCache Cache, MemoryBudget Budget, Limits Limits)
{
    /// <summary>Memory within limits.</summary>
    public static RunMemory Within(Limits limits, TimeProvider clock) =>
        new(new ArtifactCache(limits, clock), new MemoryBudget(limits), limits);
}
