namespace Pipeline.Engine.Cache;

/// <summary>What the cache did for one kind of artifact.</summary>
/// <param name="Kind">The kind, such as <c>pretreated</c>.</param>
/// <param name="Hits">Requests answered without computing, waiting for another caller's computation included.</param>
/// <param name="MissesNeverComputed">Computations of keys not seen before.</param>
/// <param name="MissesEvicted">Computations of keys that had given way to others.</param>
/// <param name="MissesNotKept">Computations of keys that had not fitted.</param>
/// <param name="KeptBytes">Bytes kept now.</param>
/// <param name="SavedSeconds">The sum over hits of what the value took to compute.</param>
public sealed record KindStatistics(
    string Kind,
    long Hits,
    long MissesNeverComputed,
    long MissesEvicted,
    long MissesNotKept,
    long KeptBytes,
    double SavedSeconds)
{
    /// <summary>All computations.</summary>
    public long Misses => MissesNeverComputed + MissesEvicted + MissesNotKept;
}
