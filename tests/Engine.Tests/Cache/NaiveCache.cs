using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Tests.Cache;

/// <summary>The memory tier's definition in its plainest form: one list, searched from end to end.</summary>
internal sealed class NaiveCache(long capacityBytes, bool hasShares = true)
{
    private readonly List<Item> _items = [];
    private readonly Dictionary<Fingerprint, (long Bytes, double Seconds, long LostBytes)> _lost = [];
    private readonly Dictionary<string, long> _protected = [];
    private double _age;
    private long _evictedBytes;
    private double _meanWorth;
    private Fingerprint? _expired;

    public long KeptBytes => _items.Where(item => item.IsKept).Sum(item => item.Bytes);

    public long PinnedBytes => _items.Where(item => item.IsKept && item.Pins > 0).Sum(item => item.Bytes);

    public long KeptBytesOf(string kind) => _items.Where(item => item.IsKept && item.Kind == kind).Sum(item => item.Bytes);

    public long ProtectedBytesOf(string kind) => _protected.GetValueOrDefault(kind);

    public bool Holds(Fingerprint key) => _items.Exists(item => item.Key == key);

    /// <summary>Drops a value that is too old; its next miss says nothing about its kind.</summary>
    public void Expire(Fingerprint key)
    {
        _items.RemoveAll(item => item.Key == key);
        _expired = key;
    }

    public bool Request(Fingerprint key, long bytes, double seconds, string kind = "pretreated")
    {
        Item? item = _items.Find(item => item.Key == key);
        bool isHit = item is not null;
        if (item is null)
        {
            CountLoss(kind, key);
            item = new Item(key, bytes, seconds, kind);
            bool fits = PinnedBytes + bytes <= capacityBytes;
            while (fits && KeptBytes + bytes > capacityBytes)
            {
                Item victim = _items.Where(other => other.IsKept && other.Pins == 0)
                    .OrderBy(other => KeptBytesOf(other.Kind) <= ProtectedBytesOf(other.Kind))
                    .ThenBy(other => other.Priority).ThenBy(other => other.Key).First();
                _lost[victim.Key] = (victim.Bytes, victim.Seconds, _evictedBytes);
                _evictedBytes += victim.Bytes;
                _age = Math.Max(_age, victim.Priority);
                _items.Remove(victim);
            }

            item.Priority = _age + (seconds / bytes);
            item.IsKept = fits;
            _items.Add(item);
        }

        item.Pins++;
        item.Uses++;
        if (isHit)
        {
            item.Priority = _age + (item.Uses * seconds / bytes);
        }

        return isHit;
    }

    public void Unpin(Fingerprint key)
    {
        Item item = _items.Single(item => item.Key == key);
        item.Pins--;
        if (item.Pins == 0 && !item.IsKept)
        {
            _items.Remove(item);
            _lost.Remove(key);
        }
    }

    private void CountLoss(string kind, Fingerprint key)
    {
        _protected.TryAdd(kind, 0);
        bool isExpired = _expired == key;
        _expired = null;
        if (isExpired || !hasShares || !_lost.TryGetValue(key, out (long Bytes, double Seconds, long LostBytes) lost)
            || _evictedBytes - lost.LostBytes > capacityBytes)
        {
            return;
        }

        double worth = lost.Seconds / lost.Bytes;
        _meanWorth = _meanWorth == 0 ? worth : _meanWorth + ((worth - _meanWorth) / 8);
        long most = capacityBytes - (capacityBytes / 8);
        long step = (long)Math.Clamp(lost.Bytes * worth / _meanWorth, 1, Math.Max(1, capacityBytes / 64));
        _protected[kind] = Math.Min(_protected[kind] + step, most);
        long excess = _protected.Values.Sum() - most;
        long others = _protected.Values.Sum() - _protected[kind];
        if (excess > 0)
        {
            foreach (string other in _protected.Keys.Where(other => other != kind).ToArray())
            {
                _protected[other] -= Math.Min(_protected[other], (long)Math.Ceiling((double)excess * _protected[other] / others));
            }
        }
    }

    private sealed class Item(Fingerprint key, long bytes, double seconds, string kind)
    {
        public string Kind { get; } = kind;

        public Fingerprint Key { get; } = key;

        public long Bytes { get; } = bytes;

        public double Seconds { get; } = seconds;

        public int Pins { get; set; }

        public long Uses { get; set; }

        public bool IsKept { get; set; }

        public double Priority { get; set; }
    }
}
