namespace Pipeline.Engine.Cache;

/// <summary>The running counts of one kind; guarded by the cache's lock.</summary>
internal sealed class KindCounters(string kind)
{
    private readonly long[] _misses = new long[3];

    public string Kind { get; } = kind;

    public long Hits { get; private set; }

    public long KeptBytes { get; set; }

    public double SavedSeconds { get; private set; }

    public void CountHit(double savedSeconds)
    {
        Hits++;
        SavedSeconds += savedSeconds;
    }

    public void CountMiss(CacheMiss reason) => _misses[(int)reason]++;

    public KindStatistics Snapshot() => new(
        Kind,
        Hits,
        _misses[(int)CacheMiss.NeverComputed],
        _misses[(int)CacheMiss.Evicted],
        _misses[(int)CacheMiss.NotKept],
        KeptBytes,
        SavedSeconds);
}
