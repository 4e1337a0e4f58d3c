using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Tests.Cache;

/// <summary>The cache's definition in its plainest form: one list, searched from end to end.</summary>
internal sealed class NaiveCache(long capacityBytes)
{
    private readonly List<Item> _items = [];
    private double _age;

    public long KeptBytes => _items.Where(item => item.IsKept).Sum(item => item.Bytes);

    public long PinnedBytes => _items.Where(item => item.IsKept && item.Pins > 0).Sum(item => item.Bytes);

    public bool Request(Fingerprint key, long bytes, double seconds)
    {
        Item? item = _items.Find(item => item.Key == key);
        bool isHit = item is not null;
        if (item is null)
        {
            item = new Item(key, bytes, seconds);
            bool fits = PinnedBytes + bytes <= capacityBytes;
            while (fits && KeptBytes + bytes > capacityBytes)
            {
                Item victim = _items.Where(other => other.IsKept && other.Pins == 0)
                    .OrderBy(other => other.Priority).ThenBy(other => other.Key).First();
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
        }
    }

    private sealed class Item(Fingerprint key, long bytes, double seconds)
    {
        public Fingerprint Key { get; } = key;

        public long Bytes { get; } = bytes;

        public double Seconds { get; } = seconds;

        public int Pins { get; set; }

        public long Uses { get; set; }

        public bool IsKept { get; set; }

        public double Priority { get; set; }
    }
}
