using System.ComponentModel;
using Pipeline.Engine.Cache;

namespace Pipeline.Host.Http.Views;

/// <summary>The cache as clients see it.</summary>
internal sealed record CacheView(
    [property: Description("Requests answered without computing.")] long Hits,
    [property: Description("Computations.")] long Misses,
    [property: Description("Values in memory.")] CacheTierView Memory,
    [property: Description("Files on the disk; null without that tier.")] CacheTierView? Disk,
    [property: Description("By kind of value.")] IReadOnlyList<CacheKindView> Kinds)
{
    /// <summary>The view of statistics.</summary>
    public static CacheView Of(CacheStatistics now) => new(
        now.Hits,
        now.Misses,
        new CacheTierView(now.CapacityBytes, now.KeptBytes, now.KeptCount, now.Evictions),
        now.Disk is { } disk ? new CacheTierView(disk.CapacityBytes, disk.KeptBytes, disk.KeptCount, disk.Evictions) : null,
        [.. now.Kinds.Select(kind => new CacheKindView(kind.Kind, kind.HitsMemory, kind.HitsDisk, kind.Misses, kind.KeptBytes, kind.DiskBytes, kind.SavedSeconds))]);
}

/// <summary>One tier of the cache.</summary>
internal sealed record CacheTierView(
    [property: Description("The most bytes kept.")] long CapacityBytes,
    [property: Description("Bytes kept now.")] long KeptBytes,
    [property: Description("Values kept now.")] int KeptCount,
    [property: Description("Values that gave way to others.")] long Evictions);

/// <summary>What the cache did for one kind of value.</summary>
internal sealed record CacheKindView(
    [property: Description("The kind.")] string Kind,
    [property: Description("Requests answered from memory.")] long HitsMemory,
    [property: Description("Requests answered from the disk.")] long HitsDisk,
    [property: Description("Computations.")] long Misses,
    [property: Description("Bytes in memory.")] long KeptBytes,
    [property: Description("Bytes on the disk.")] long DiskBytes,
    [property: Description("Computing time that hits have saved.")] double SavedSeconds);
