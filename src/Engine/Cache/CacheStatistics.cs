using System.Collections.Immutable;
using Pipeline.Engine.Cache.Disk;

namespace Pipeline.Engine.Cache;

/// <summary>What the cache holds now, with what it did since it was made.</summary>
/// <param name="CapacityBytes">The most bytes kept in memory.</param>
/// <param name="KeptBytes">Bytes kept in memory now.</param>
/// <param name="PinnedBytes">Bytes kept in memory now that callers are using.</param>
/// <param name="KeptCount">Values kept in memory now.</param>
/// <param name="Evictions">Values in memory that gave way to others.</param>
/// <param name="Disk">The disk tier, or null where there is none.</param>
/// <param name="Kinds">By kind, in the order of their names.</param>
public sealed record CacheStatistics(
    long CapacityBytes,
    long KeptBytes,
    long PinnedBytes,
    int KeptCount,
    long Evictions,
    DiskStatistics? Disk,
    ImmutableArray<KindStatistics> Kinds)
{
    /// <summary>Requests of all kinds answered without computing.</summary>
    public long Hits => Kinds.Sum(kind => kind.Hits);

    /// <summary>Computations of all kinds.</summary>
    public long Misses => Kinds.Sum(kind => kind.Misses);
}
