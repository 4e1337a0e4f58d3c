namespace Pipeline.Engine.Cache.Disk;

/// <summary>What the disk tier holds now, with what it did since it was opened.</summary>
/// <param name="CapacityBytes">The most bytes kept.</param>
/// <param name="KeptBytes">Bytes kept now, as far as the tier has looked.</param>
/// <param name="KeptCount">Files kept now, as far as the tier has looked.</param>
/// <param name="Evictions">Files that gave way to others or to the floor of free space.</param>
/// <param name="Damaged">Files found damaged and removed.</param>
/// <param name="IsListed">Whether all folders have been looked at.</param>
/// <param name="ReadBytesPerSecond">What reading is expected to give, from the readings so far.</param>
public sealed record DiskStatistics(
    long CapacityBytes, long KeptBytes, int KeptCount, long Evictions, long Damaged, bool IsListed, double ReadBytesPerSecond);
