using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Cache;

/// <summary>Values in memory within a number of bytes, the least worth keeping leaving first.</summary>
/// <remarks>
/// Invariants: PinnedBytes ≤ KeptBytes ≤ CapacityBytes; a pinned value is never evicted; an entry with IsKept
/// false is pinned. The cache's lock must be held for every call and is asserted.
/// <para>
/// Eviction is Greedy-Dual-Size-Frequency: priority = age + uses × seconds / bytes, where age is the
/// highest priority evicted so far; so a value that is not asked for any more loses to newer ones in time.
/// A use only raises a priority, hence the queue may hold old ones: the entry that comes out with a priority
/// raised since goes back in. That keeps the hit path free of heap work. Ties are broken by key.
/// Cherkasova (1998), HP Laboratories report HPL-98-69R1.
/// </para>
/// Ceilings: <see cref="Limits.CacheBytesMax"/>, <see cref="Limits.EvictedKeysMax"/>.
/// Not responsible for computing, or for values in use that did not fit: their bytes are in their users' leases.
/// </remarks>
internal sealed class MemoryTier(Lock gate, Limits limits)
{
    // Guarded by the cache's lock.
    private readonly Dictionary<Fingerprint, CacheEntry> _entries = [];
    private readonly PriorityQueue<CacheEntry, (double Priority, Fingerprint Key)> _evictionQueue = new();
    private readonly LostKeys _lostKeys = new(limits.EvictedKeysMax);
    private double _age;

    public long CapacityBytes { get; } = limits.CacheBytesMax;

    public long KeptBytes { get; private set; }

    public long PinnedBytes { get; private set; }

    public int KeptCount { get; private set; }

    public long Evictions { get; private set; }

    public bool TryFind(Fingerprint key, [NotNullWhen(true)] out CacheEntry? entry)
    {
        Debug.Assert(gate.IsHeldByCurrentThread);
        return _entries.TryGetValue(key, out entry);
    }

    /// <summary>Why a key that is not here is not here.</summary>
    public CacheMiss ReasonOfMiss(Fingerprint key)
    {
        Debug.Assert(gate.IsHeldByCurrentThread);
        return _lostKeys.ReasonOf(key);
    }

    /// <summary>Takes a computed value in, pinned by its users, and keeps it if it fits beside what is in use.</summary>
    public void Add(CacheEntry entry, int pins)
    {
        Debug.Assert(gate.IsHeldByCurrentThread);
        Debug.Assert(pins > 0);
        entry.Pins = pins;
        entry.Uses = pins;
        _entries.Add(entry.Key, entry);

        // Asked before anything is evicted: otherwise values would give way in vain.
        if (entry.SizeBytes > CapacityBytes - PinnedBytes)
        {
            return;
        }

        while (entry.SizeBytes > CapacityBytes - KeptBytes)
        {
            EvictOne();
        }

        // After the evictions, which raise the age: a newcomer must not start behind those that it replaced.
        entry.Priority = PriorityOf(entry);
        entry.IsKept = true;
        KeptCount++;
        KeptBytes += entry.SizeBytes;
        PinnedBytes += entry.SizeBytes;
        entry.Kind.KeptBytes += entry.SizeBytes;
        Debug.Assert(PinnedBytes <= KeptBytes && KeptBytes <= CapacityBytes);
    }

    /// <summary>Counts one more user of a value.</summary>
    public void Pin(CacheEntry entry)
    {
        Debug.Assert(gate.IsHeldByCurrentThread);
        if (entry.Pins++ == 0)
        {
            PinnedBytes += entry.SizeBytes;
        }

        entry.Uses++;
        entry.Priority = PriorityOf(entry);
    }

    /// <summary>Counts one user less; a value that was not kept leaves with the last.</summary>
    public void Unpin(CacheEntry entry)
    {
        Debug.Assert(gate.IsHeldByCurrentThread);
        Debug.Assert(entry.Pins > 0);
        if (--entry.Pins > 0)
        {
            return;
        }

        if (!entry.IsKept)
        {
            _entries.Remove(entry.Key);
            _lostKeys.Remember(entry.Key, CacheMiss.NotKept);
            return;
        }

        PinnedBytes -= entry.SizeBytes;
        Enqueue(entry);
    }

    private void EvictOne()
    {
        Debug.Assert(gate.IsHeldByCurrentThread);
        while (true)
        {
            // Not empty: every kept value that is not pinned is queued, and what is pinned leaves enough room.
            _evictionQueue.TryDequeue(out CacheEntry? entry, out (double Priority, Fingerprint Key) queued);
            entry!.IsQueued = false;
            if (entry.Pins > 0)
            {
                // Queued again when its last user leaves.
                continue;
            }

            if (entry.Priority > queued.Priority)
            {
                Enqueue(entry);
                continue;
            }

            // Never back: a value long pinned may leave with a priority from long ago, and if uses could lower
            // a priority, the queue would hold values at the wrong place.
            _age = Math.Max(_age, entry.Priority);
            _entries.Remove(entry.Key);
            _lostKeys.Remember(entry.Key, CacheMiss.Evicted);
            entry.IsKept = false;
            KeptCount--;
            KeptBytes -= entry.SizeBytes;
            entry.Kind.KeptBytes -= entry.SizeBytes;
            Evictions++;
            return;
        }
    }

    private void Enqueue(CacheEntry entry)
    {
        Debug.Assert(gate.IsHeldByCurrentThread);
        if (!entry.IsQueued)
        {
            entry.IsQueued = true;
            _evictionQueue.Enqueue(entry, (entry.Priority, entry.Key));
        }
    }

    private double PriorityOf(CacheEntry entry) =>
        _age + (entry.Uses * entry.ComputeSeconds / Math.Max(1, entry.SizeBytes));
}
