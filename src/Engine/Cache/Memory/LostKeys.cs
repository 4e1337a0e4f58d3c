using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Cache.Memory;

/// <summary>The keys lost latest, each with the reason, the oldest forgotten first.</summary>
/// <remarks>
/// Invariant: dictionary and queue hold the same keys, at most <paramref name="keysMax"/> of them.
/// Guarded by the cache's lock. A key stays although its value is computed again: it is asked only for misses.
/// </remarks>
internal sealed class LostKeys(int keysMax)
{
    private readonly Dictionary<Fingerprint, LostValue> _values = [];
    private readonly Queue<Fingerprint> _order = new();

    /// <summary>What is known of a lost value; the default if nothing is.</summary>
    public LostValue Find(Fingerprint key) => _values.GetValueOrDefault(key);

    public void Remember(Fingerprint key, LostValue value)
    {
        if (keysMax == 0)
        {
            return;
        }

        if (!_values.TryAdd(key, value))
        {
            _values[key] = value;
            return;
        }

        _order.Enqueue(key);
        if (_order.Count > keysMax)
        {
            _values.Remove(_order.Dequeue());
        }
    }
}

/// <summary>What a value was before it was lost.</summary>
/// <param name="Reason">Why it was lost.</param>
/// <param name="SizeBytes">Its bytes.</param>
/// <param name="ComputeSeconds">What it took to compute.</param>
/// <param name="LostBytes">All bytes evicted before it left: the difference to now is how far it is from having been kept.</param>
internal readonly record struct LostValue(CacheMiss Reason, long SizeBytes, double ComputeSeconds, long LostBytes);
