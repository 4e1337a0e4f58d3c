namespace Pipeline.Host.Http;

/// <summary>Lets one message per key and minute into the log, so that no client can fill it.</summary>
/// <remarks>Safe for all threads. Ceiling: the number of keys it was given; while it is full of fresh keys, others stay unsaid.</remarks>
internal sealed class RepeatGuard(int keysMax, TimeProvider clock)
{
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Dictionary<string, long> _said = new(StringComparer.Ordinal);

    /// <summary>True where the key has been silent for a minute; it counts as said then.</summary>
    public bool MaySay(string key)
    {
        lock (_gate)
        {
            if (_said.TryGetValue(key, out long said) && clock.GetElapsedTime(said) < Silence)
            {
                return false;
            }

            if (_said.Count >= keysMax && !_said.ContainsKey(key))
            {
                foreach (string old in _said.Where(one => clock.GetElapsedTime(one.Value) >= Silence).Select(one => one.Key).ToList())
                {
                    _said.Remove(old);
                }

                if (_said.Count >= keysMax)
                {
                    return false;
                }
            }

            _said[key] = clock.GetTimestamp();
            return true;
        }
    }
}
