using System.Diagnostics;
using Pipeline.Engine.Cache.Keys;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Cache.Memory;

/// <summary>Values in memory within a number of bytes, the least worth keeping leaving first.</summary>
/// <remarks>
/// Invariants: KeptBytes ≤ CapacityBytes; a pinned value is never evicted; an entry with IsKept false is pinned;
/// an entry is in the table unless it is detached, and in its kind's queue unless it is pinned.
/// <para>
/// <see cref="TryPin"/> and <see cref="Unpin"/> need no lock: a hit changes the entry's own number and a striped sum.
/// Everything else needs the cache's lock, asserted. A user who comes or goes while values are evicted makes
/// PinnedBytes inexact for that moment; then a value may be handed out without being kept, and nothing worse.
/// </para>
/// <para>
/// Eviction is Greedy-Dual-Size-Frequency: priority = age + uses × seconds / bytes, where age is the
/// highest priority evicted so far; so a value that is not asked for any more loses to newer ones in time.
/// A use only raises a priority, hence a queue may hold old ones: the entry that comes first with a priority
/// raised since is put at its right place. That keeps the hit path free of queues. Ties are broken by key.
/// Cherkasova (1998), HP Laboratories report HPL-98-69R1. Kinds that hold no more than their protected bytes
/// (<see cref="KindShares"/>) give only when no other kind can.
/// </para>
/// <para>
/// Why not one lock around everything: with it, two threads had no more hits per second than one (100 000 keys, 2 cores:
/// 127 ns per hit with one thread, 161 with two, 125 with four; without a lock 88, 86 and 47; bench/Cache).
/// </para>
/// Ceilings: <see cref="Limits.CacheBytesMax"/>, <see cref="Limits.EvictedKeysMax"/>.
/// Not responsible for computing, or for values in use that did not fit: their bytes are in their users' leases.
/// </remarks>
internal sealed class MemoryTier(Lock gate, Limits limits)
{
    // Read without a lock.
    private readonly KeyTable<CacheEntry> _table = new();
    private readonly StripedSum _pinnedBytes = new();
    private double _age;

    // Guarded by the cache's lock.
    private readonly LostKeys _lostKeys = new(limits.EvictedKeysMax);
    private readonly KindShares _shares = new(limits.CacheBytesMax);
    private long _evictedBytes;

    public long CapacityBytes { get; } = limits.CacheBytesMax;

    public long KeptBytes { get; private set; }

    public long PinnedBytes => _pinnedBytes.Total;

    public int KeptCount { get; private set; }

    public long Evictions { get; private set; }

    /// <summary>Tells the tier of a kind before its first value.</summary>
    public void Add(KindAccount kind) => _shares.Add(kind);

    /// <summary>The value of a key with one more user; without the lock, null may also mean "ask again with it".</summary>
    public CacheEntry? TryPin(Fingerprint key)
    {
        CacheEntry? entry = _table.Find(key);
        if (entry is null || !entry.TryPin(out bool isFirst, out long uses))
        {
            return null;
        }

        if (isFirst && entry.IsKept)
        {
            _pinnedBytes.Add(entry.SizeBytes);
        }

        entry.Priority = PriorityOf(entry, uses);
        return entry;
    }

    /// <summary>Counts one user less; a value that was not kept leaves with the last.</summary>
    public void Unpin(CacheEntry entry)
    {
        if (!entry.Unpin())
        {
            return;
        }

        if (entry.IsKept)
        {
            _pinnedBytes.Add(-entry.SizeBytes);
            if (entry.QueueIndex >= 0)
            {
                return;
            }
        }

        lock (gate)
        {
            Settle(entry);
        }
    }

    /// <summary>Why a key that is not here is not here; a value lost a short while ago counts for its kind.</summary>
    public CacheMiss ReasonOfMiss(Fingerprint key, KindAccount kind)
    {
        Debug.Assert(gate.IsHeldByCurrentThread);
        LostValue lost = _lostKeys.Find(key);
        _shares.CountLoss(kind, lost, _evictedBytes);
        return lost.Reason;
    }

    /// <summary>Takes a new value in, pinned by its users, and keeps it if it fits beside what is in use.</summary>
    public void Add(CacheEntry entry, int pins)
    {
        Debug.Assert(gate.IsHeldByCurrentThread);
        Debug.Assert(pins > 0);
        entry.Start(pins);
        entry.IsKept = TryMakeRoom(entry.SizeBytes);

        // After the evictions, which raise the age: a newcomer must not start behind those that it replaced.
        entry.Priority = PriorityOf(entry, pins);
        if (entry.IsKept)
        {
            KeptCount++;
            KeptBytes += entry.SizeBytes;
            entry.Kind.KeptBytes += entry.SizeBytes;
            _pinnedBytes.Add(entry.SizeBytes);
            entry.Kind.Queue.Add(entry);
            Debug.Assert(KeptBytes <= CapacityBytes);
        }

        // Last: from here on other threads find it.
        _table.Add(entry);
    }

    /// <summary>Forgets a value that is too old; who uses it now keeps it until the end of that use.</summary>
    public void Expire(CacheEntry entry)
    {
        Debug.Assert(gate.IsHeldByCurrentThread);
        if (entry.IsDead || entry.IsDetached)
        {
            return;
        }

        _table.Remove(entry);
        entry.IsDetached = true;
        if (entry.QueueIndex >= 0)
        {
            entry.Kind.Queue.Remove(entry);
        }

        // The last user either sees that the entry left the queue, or has left before this.
        Interlocked.MemoryBarrier();
        Settle(entry);
    }

    private bool TryMakeRoom(long sizeBytes)
    {
        // Asked before anything is evicted: otherwise values would give way in vain.
        if (sizeBytes > CapacityBytes - PinnedBytes)
        {
            return false;
        }

        while (sizeBytes > CapacityBytes - KeptBytes)
        {
            if (!TryEvictOne())
            {
                // What was free a moment ago is in use now.
                return false;
            }
        }

        return true;
    }

    private bool TryEvictOne()
    {
        while (FindVictim() is { } victim)
        {
            victim.Kind.Queue.Remove(victim);
            if (!victim.TryKill())
            {
                // A user came in between.
                SettleUnlessPinned(victim);
                continue;
            }

            // Never back: a value long pinned may leave with a priority from long ago, and if uses could lower
            // a priority, the queue would hold values at the wrong place.
            Volatile.Write(ref _age, Math.Max(_age, victim.Priority));
            _lostKeys.Remember(
                victim.Key, new LostValue(CacheMiss.Evicted, victim.SizeBytes, victim.ComputeSeconds, _evictedBytes));
            _evictedBytes += victim.SizeBytes;
            Evictions++;
            Drop(victim);
            return true;
        }

        return false;
    }

    private CacheEntry? FindVictim()
    {
        CacheEntry? victim = null;
        (bool IsProtected, double Priority) least = default;
        foreach (KindAccount kind in _shares.Kinds)
        {
            if (!TryFindFirst(kind.Queue, out CacheEntry? first, out double priority))
            {
                continue;
            }

            (bool IsProtected, double Priority) rank = (kind.KeptBytes <= kind.ProtectedBytes, priority);
            int order = victim is null ? -1 : rank.CompareTo(least);
            if (order < 0 || (order == 0 && first!.Key < victim!.Key))
            {
                (victim, least) = (first, rank);
            }
        }

        return victim;
    }

    private bool TryFindFirst(EvictionQueue<CacheEntry> queue, out CacheEntry? first, out double priority)
    {
        while (queue.TryPeek(out first, out priority))
        {
            if (first.Pins > 0)
            {
                queue.Remove(first);
                SettleUnlessPinned(first);
            }
            else if (first.Priority > priority)
            {
                queue.Refresh(first);
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Leaves an entry that has left the queue to its last user, or puts it back if that one is gone.</summary>
    private void SettleUnlessPinned(CacheEntry entry)
    {
        // Either the last user sees that the entry is in no queue, or we see that the user is gone.
        Interlocked.MemoryBarrier();
        if (entry.Pins == 0)
        {
            Settle(entry);
        }
    }

    /// <summary>Puts an entry where it belongs once its last user is gone; harmless at any other time.</summary>
    private void Settle(CacheEntry entry)
    {
        Debug.Assert(gate.IsHeldByCurrentThread);
        if (entry.IsDead)
        {
            return;
        }

        if (entry.IsKept && !entry.IsDetached)
        {
            if (entry.QueueIndex < 0)
            {
                entry.Kind.Queue.Add(entry);
            }
        }
        else if (entry.TryKill())
        {
            if (!entry.IsKept)
            {
                _lostKeys.Remember(entry.Key, new LostValue(CacheMiss.NotKept, entry.SizeBytes, entry.ComputeSeconds, 0));
            }

            Drop(entry);
        }
    }

    private void Drop(CacheEntry entry)
    {
        if (!entry.IsDetached)
        {
            _table.Remove(entry);
        }

        if (entry.IsKept)
        {
            KeptCount--;
            KeptBytes -= entry.SizeBytes;
            entry.Kind.KeptBytes -= entry.SizeBytes;
        }
    }

    private double PriorityOf(CacheEntry entry, long uses) =>
        Volatile.Read(ref _age) + (uses * entry.ComputeSeconds / Math.Max(1, entry.SizeBytes));
}
