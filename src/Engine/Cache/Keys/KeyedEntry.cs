using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Cache.Keys;

/// <summary>What a tier knows of one key: the links of its table, with what decides its place in the order of eviction.</summary>
/// <remarks>
/// Links live in the entry itself, which keeps a million keys within 200 MB: neither table nor queue allocates per key.
/// </remarks>
internal abstract class KeyedEntry(Fingerprint key, long sizeBytes, double computeSeconds)
{
    private KeyedEntry? _next;
    private double _priority;
    private int _queueIndex = -1;

    // Set by the constructor. The size is read once: an artifact is immutable, and the account must balance.
    public Fingerprint Key { get; } = key;

    public long SizeBytes { get; } = sizeBytes;

    public double ComputeSeconds { get; } = computeSeconds;

    /// <summary>The next entry of the same bucket; written by the table, read without a lock.</summary>
    public KeyedEntry? Next
    {
        get => Volatile.Read(ref _next);
        set => Volatile.Write(ref _next, value);
    }

    /// <summary>The tier's age at the latest use plus what the value is worth per byte.</summary>
    public double Priority
    {
        get => Volatile.Read(ref _priority);
        set => Volatile.Write(ref _priority, value);
    }

    /// <summary>Where the entry stands in its queue of eviction, or -1 outside; written by the queue, read without a lock.</summary>
    public int QueueIndex
    {
        get => Volatile.Read(ref _queueIndex);
        set => Volatile.Write(ref _queueIndex, value);
    }
}
