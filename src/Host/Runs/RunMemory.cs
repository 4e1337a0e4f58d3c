using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Cache.Disk;
using Pipeline.Engine.Dataflow;

namespace Pipeline.Host.Runs;

/// <summary>The cache and the budget that runs share; owns the disk tier that it was given.</summary>
/// <param name="Cache">Intermediates.</param>
/// <param name="Budget">Bytes of units in work.</param>
/// <param name="Limits">The limits of both.</param>
public sealed record RunMemory(ArtifactCache Cache, MemoryBudget Budget, Limits Limits) : IAsyncDisposable
{
    private DiskTier? Disk { get; init; }

    /// <summary>Memory within limits.</summary>
    /// <param name="limits">The limits of cache and budget.</param>
    /// <param name="clock">Time.</param>
    /// <param name="disk">Where intermediates outlive the process, or null; see <see cref="CacheFolder"/>.</param>
    public static RunMemory Within(Limits limits, TimeProvider clock, DiskTier? disk = null) =>
        new(new ArtifactCache(limits, clock, disk), new MemoryBudget(limits), limits) { Disk = disk };

    /// <summary>The folder of the disk tier of a daemon's data.</summary>
    public static string CacheFolder(string dataPath) => Path.Combine(dataPath, "cache");

    /// <summary>Writes what waits for the disk, and closes it.</summary>
    public async ValueTask DisposeAsync()
    {
        await Cache.DisposeAsync();
        if (Disk is { } disk)
        {
            await disk.DisposeAsync();
        }
    }
}
