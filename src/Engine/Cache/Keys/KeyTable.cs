using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Cache.Keys;

/// <summary>A hash table of entries that is read without a lock.</summary>
/// <remarks>
/// Invariant: under the owner's lock the table is exact. Without it, <see cref="Find"/> may overlook an entry while
/// the table grows or changes, and may find one that is just leaving; so a caller without the lock treats "not found"
/// as "ask again with the lock", and makes sure that what it found is still alive.
/// <para>
/// An entry that leaves keeps its link, so a reader standing on it finds the way on. It never comes back.
/// A key is a SHA-256, whose bits are as good as any hash.
/// </para>
/// </remarks>
internal sealed class KeyTable<TEntry>
    where TEntry : KeyedEntry
{
    private const int BucketsMin = 64;

    // More steps than any honest chain has: links read while the table grows may lead astray.
    private const int StepsMax = 128;

    private KeyedEntry?[] _buckets = new KeyedEntry?[BucketsMin];

    public int Count { get; private set; }

    /// <summary>The entry of a key; from any thread.</summary>
    public TEntry? Find(Fingerprint key)
    {
        KeyedEntry?[] buckets = Volatile.Read(ref _buckets);
        KeyedEntry? entry = Volatile.Read(ref buckets[BucketOf(key, buckets)]);
        for (int step = 0; entry is not null && step < StepsMax; step++)
        {
            if (entry.Key == key)
            {
                return (TEntry)entry;
            }

            entry = entry.Next;
        }

        return null;
    }

    /// <summary>Takes in an entry whose key is not there; with the owner's lock.</summary>
    public void Add(TEntry entry)
    {
        if (Count == _buckets.Length)
        {
            Grow();
        }

        Link(_buckets, entry);
        Count++;
    }

    /// <summary>Takes an entry out, if it is there; with the owner's lock.</summary>
    public void Remove(TEntry entry)
    {
        ref KeyedEntry? bucket = ref _buckets[BucketOf(entry.Key, _buckets)];
        KeyedEntry? before = null;
        for (KeyedEntry? found = bucket; found is not null; before = found, found = found.Next)
        {
            if (!ReferenceEquals(found, entry))
            {
                continue;
            }

            if (before is null)
            {
                Volatile.Write(ref bucket, found.Next);
            }
            else
            {
                before.Next = found.Next;
            }

            Count--;
            return;
        }
    }

    private static int BucketOf(Fingerprint key, KeyedEntry?[] buckets) => (int)key.Fourth & (buckets.Length - 1);

    private static void Link(KeyedEntry?[] buckets, KeyedEntry entry)
    {
        ref KeyedEntry? bucket = ref buckets[BucketOf(entry.Key, buckets)];
        entry.Next = bucket;
        Volatile.Write(ref bucket, entry);
    }

    private void Grow()
    {
        var larger = new KeyedEntry?[_buckets.Length * 2];
        foreach (KeyedEntry? head in _buckets)
        {
            KeyedEntry? entry = head;
            while (entry is not null)
            {
                KeyedEntry? next = entry.Next;
                Link(larger, entry);
                entry = next;
            }
        }

        Volatile.Write(ref _buckets, larger);
    }
}
