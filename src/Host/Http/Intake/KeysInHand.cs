namespace Pipeline.Host.Http.Intake;

/// <summary>The keys of deliveries that are under way.</summary>
/// <remarks>
/// Safe for all threads. Ceiling: one for each request, so no more than there are connections, each with as many requests at once as HTTP/2
/// allows it.
/// </remarks>
internal sealed class KeysInHand
{
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly HashSet<(string Dataset, string Key)> _keys = [];

    /// <summary>Takes a key; false where another request has it.</summary>
    public bool TryTake(string dataset, string key)
    {
        lock (_gate)
        {
            return _keys.Add((dataset, key));
        }
    }

    /// <summary>Gives a key back.</summary>
    public void Give(string dataset, string key)
    {
        lock (_gate)
        {
            _keys.Remove((dataset, key));
        }
    }
}
