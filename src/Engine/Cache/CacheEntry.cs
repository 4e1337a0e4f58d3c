using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Cache;

/// <summary>A value in the memory tier with what decides how long it stays; guarded by the cache's lock.</summary>
internal sealed class CacheEntry(Fingerprint key, IArtifact value, long sizeBytes, double computeSeconds, KindCounters kind)
{
    // Set by the constructor. The size is read once: an artifact is immutable, and the account must balance.
    public Fingerprint Key { get; } = key;

    public IArtifact Value { get; } = value;

    public long SizeBytes { get; } = sizeBytes;

    public double ComputeSeconds { get; } = computeSeconds;

    public KindCounters Kind { get; } = kind;

    // Written by the memory tier.

    /// <summary>Callers that use the value now.</summary>
    public int Pins { get; set; }

    /// <summary>Requests so far, the first included.</summary>
    public long Uses { get; set; }

    /// <summary>Whether the bytes count as kept; otherwise the value leaves with its last user.</summary>
    public bool IsKept { get; set; }

    /// <summary>Whether the eviction queue holds the entry.</summary>
    public bool IsQueued { get; set; }

    /// <summary>The tier's age at the latest use plus what the value is worth per byte.</summary>
    public double Priority { get; set; }
}
