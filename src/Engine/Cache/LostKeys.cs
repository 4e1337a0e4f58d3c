using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Cache;

/// <summary>The keys lost latest, each with the reason, the oldest forgotten first.</summary>
/// <remarks>
/// Invariant: dictionary and queue hold the same keys, at most <paramref name="keysMax"/> of them.
/// Guarded by the cache's lock. A key stays although its value is computed again: it is asked only for misses.
/// </remarks>
internal sealed class LostKeys(int keysMax)
{
    private readonly Dictionary<Fingerprint, CacheMiss> _reasons = [];
    private readonly Queue<Fingerprint> _order = new();

    public CacheMiss ReasonOf(Fingerprint key) => _reasons.GetValueOrDefault(key, CacheMiss.NeverComputed);

    public void Remember(Fingerprint key, CacheMiss reason)
    {
        if (keysMax == 0)
        {
            return;
        }

        if (!_reasons.TryAdd(key, reason))
        {
            _reasons[key] = reason;
            return;
        }

        _order.Enqueue(key);
        if (_order.Count > keysMax)
        {
            _reasons.Remove(_order.Dequeue());
        }
    }
}
