using System.Runtime;
using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Cache.Disk;
using Pipeline.Engine.Cores;
using Pipeline.Engine.Dataflow;

namespace Pipeline.Host.Runs;

/// <summary>The cache, the budget and the cores that runs share; owns the disk tier that it was given.</summary>
/// <param name="Cache">Intermediates.</param>
/// <param name="Budget">Bytes of units in work.</param>
/// <param name="Cores">Lends idle cores to wide units.</param>
/// <param name="Limits">The limits of cache and budget.</param>
public sealed record RunMemory(ArtifactCache Cache, MemoryBudget Budget, CorePool Cores, Limits Limits) : IAsyncDisposable
{
    private DiskTier? Disk { get; init; }

    /// <summary>Memory within limits.</summary>
    /// <param name="limits">The limits of cache and budget.</param>
    /// <param name="threads">Threads that compute at the same time.</param>
    /// <param name="clock">Time.</param>
    /// <param name="disk">Where intermediates outlive the process, or null; see <see cref="CacheFolder"/>.</param>
    public static RunMemory Within(Limits limits, int threads, TimeProvider clock, DiskTier? disk = null) =>
        new(new ArtifactCache(limits, clock, disk), new MemoryBudget(limits), new CorePool(threads), limits) { Disk = disk };

    /// <summary>The folder of the disk tier of a daemon's data.</summary>
    public static string CacheFolder(string dataPath) => Path.Combine(dataPath, "cache");

    /// <summary>Gives what has been left behind back to the system; where much was, before work that would carry it along.</summary>
    internal static void ReturnGarbage()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    /// <summary>Writes what waits for the disk, and closes it.</summary>
    public async ValueTask DisposeAsync()
    {
        Cores.Dispose();
        await Cache.DisposeAsync();
        if (Disk is { } disk)
        {
            await disk.DisposeAsync();
        }
    }
}
