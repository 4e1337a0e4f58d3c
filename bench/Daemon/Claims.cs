namespace Pipeline.DaemonBench;

/// <summary>What a scenario claims of the daemon, and which of it did not hold.</summary>
/// <remarks>Safe for all threads. A claim that is missed often is said once with its first evidence.</remarks>
internal sealed class Claims
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _missed = [];
    private readonly HashSet<string> _made = [];

    /// <summary>Claims that did not hold, each with its evidence.</summary>
    public IReadOnlyList<string> Missed
    {
        get
        {
            lock (_gate)
            {
                return [.. _missed.Select(one => one.Value.Length == 0 ? one.Key : $"{one.Key}: {one.Value}")];
            }
        }
    }

    /// <summary>Claims that were made, missed or not.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _made.Count;
            }
        }
    }

    /// <summary>Claims something.</summary>
    /// <param name="holds">Whether it holds.</param>
    /// <param name="what">What must be so.</param>
    /// <param name="evidence">What was found instead.</param>
    public void Hold(bool holds, string what, string evidence = "")
    {
        lock (_gate)
        {
            _made.Add(what);
            if (!holds)
            {
                _missed.TryAdd(what, evidence);
            }
        }
    }
}
