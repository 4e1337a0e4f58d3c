namespace Pipeline.Engine.Cache.Disk;

/// <summary>What came of asking the disk tier: a value, or the reason why there is none, or neither where there is no file.</summary>
/// <param name="Value">The value.</param>
/// <param name="Reason">Why a file that was there is of no use.</param>
/// <param name="ComputeSeconds">What the value took to compute.</param>
/// <param name="ReadSeconds">What reading it took.</param>
/// <param name="Age">How old it is.</param>
internal readonly record struct DiskRead<T>(
    T? Value, CacheMiss? Reason, double ComputeSeconds, double ReadSeconds, TimeSpan Age)
    where T : class, IArtifact;
