using Pipeline.Engine.Cache.Keys;
using Pipeline.Engine.Cache.Memory;

namespace Pipeline.Engine.Cache;

/// <summary>What one kind holds in memory, with its running counts.</summary>
/// <remarks>Hits and spills are counted from any thread without a lock; the rest is guarded by the cache's lock.</remarks>
internal sealed class KindAccount(string kind, TimeSpan? timeToLive)
{
    private const double NanosecondsPerSecond = 1e9;

    // From any thread.
    private readonly StripedSum _hitsMemory = new();
    private readonly StripedSum _savedNanoseconds = new();
    private long _hitsDisk;
    private long _spills;
    private long _spillsDropped;

    // Guarded by the cache's lock.
    private readonly long[] _misses = new long[Enum.GetValues<CacheMiss>().Length];

    public string Kind { get; } = kind;

    /// <summary>How old a value may become, or null for any age.</summary>
    public TimeSpan? TimeToLive { get; } = timeToLive;

    /// <summary>The kind's values in the order of eviction.</summary>
    public EvictionQueue<CacheEntry> Queue { get; } = new();

    public long KeptBytes { get; set; }

    /// <summary>Bytes that the kind keeps against the others.</summary>
    public long ProtectedBytes { get; set; }

    public void CountHit(double savedSeconds)
    {
        _hitsMemory.Add(1);
        _savedNanoseconds.Add((long)(savedSeconds * NanosecondsPerSecond));
    }

    public void CountDiskHit(double savedSeconds)
    {
        Interlocked.Increment(ref _hitsDisk);
        _savedNanoseconds.Add((long)(savedSeconds * NanosecondsPerSecond));
    }

    public void CountSpill(bool isWritten) => Interlocked.Increment(ref isWritten ? ref _spills : ref _spillsDropped);

    public void CountMiss(CacheMiss reason) => _misses[(int)reason]++;

    public KindStatistics Snapshot(long diskBytes) => new()
    {
        Kind = Kind,
        HitsMemory = _hitsMemory.Total,
        HitsDisk = Interlocked.Read(ref _hitsDisk),
        MissesNeverComputed = _misses[(int)CacheMiss.NeverComputed],
        MissesEvicted = _misses[(int)CacheMiss.Evicted],
        MissesNotKept = _misses[(int)CacheMiss.NotKept],
        MissesDamaged = _misses[(int)CacheMiss.Damaged],
        MissesExpired = _misses[(int)CacheMiss.Expired],
        KeptBytes = KeptBytes,
        ProtectedBytes = ProtectedBytes,
        DiskBytes = diskBytes,
        Spills = Interlocked.Read(ref _spills),
        SpillsDropped = Interlocked.Read(ref _spillsDropped),
        SavedSeconds = _savedNanoseconds.Total / NanosecondsPerSecond,
    };
}
