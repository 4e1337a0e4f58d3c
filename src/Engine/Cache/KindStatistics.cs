namespace Pipeline.Engine.Cache;

/// <summary>What the cache did for one kind of artifact.</summary>
public sealed record KindStatistics
{
    /// <summary>The kind: a word of the code.</summary>
    public required string Kind { get; init; }

    /// <summary>Requests answered from memory, waiting for another caller's value included.</summary>
    public required long HitsMemory { get; init; }

    /// <summary>Requests answered by reading a file.</summary>
    public required long HitsDisk { get; init; }

    /// <summary>Computations of keys not seen before.</summary>
    public required long MissesNeverComputed { get; init; }

    /// <summary>Computations of keys that had given way to others.</summary>
    public required long MissesEvicted { get; init; }

    /// <summary>Computations of keys that had not fitted.</summary>
    public required long MissesNotKept { get; init; }

    /// <summary>Computations of keys whose file was damaged.</summary>
    public required long MissesDamaged { get; init; }

    /// <summary>Computations of keys whose value had become too old.</summary>
    public required long MissesExpired { get; init; }

    /// <summary>Bytes kept in memory now.</summary>
    public required long KeptBytes { get; init; }

    /// <summary>Bytes of memory that the kind now keeps against other kinds, because it has shown that it needs them.</summary>
    public required long ProtectedBytes { get; init; }

    /// <summary>Bytes on disk now, as far as the disk tier has looked.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>Values written to disk.</summary>
    public required long Spills { get; init; }

    /// <summary>Values worth writing to disk that were not: the queue or the disk was full, or writing failed.</summary>
    public required long SpillsDropped { get; init; }

    /// <summary>The sum over hits of what the value took to compute, less what it took to read.</summary>
    public required double SavedSeconds { get; init; }

    /// <summary>All requests answered without computing.</summary>
    public long Hits => HitsMemory + HitsDisk;

    /// <summary>All computations.</summary>
    public long Misses => MissesNeverComputed + MissesEvicted + MissesNotKept + MissesDamaged + MissesExpired;
}
