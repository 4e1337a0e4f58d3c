namespace Pipeline.Engine.Supervision;

/// <summary>What a long-lived loop says of itself, so that one that hangs can be told from one that waits.</summary>
/// <remarks>
/// The loop calls <see cref="Working"/> before each piece of work, <see cref="Beat"/> within a long one, and
/// <see cref="Idle"/> before it waits for something to do. Idle from the start, so a body that never speaks is
/// never suspected. Any thread may call anything.
/// </remarks>
public sealed class Heartbeat
{
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private string? _work;
    private long _beat;

    /// <summary>An idle heartbeat.</summary>
    public Heartbeat(TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        _clock = clock;
        _beat = clock.GetTimestamp();
    }

    /// <summary>Begins a piece of work, which from now on must beat or end within the patience.</summary>
    public void Working(string what)
    {
        ArgumentException.ThrowIfNullOrEmpty(what);
        Set(what);
    }

    /// <summary>Says that the present work goes on.</summary>
    public void Beat()
    {
        lock (_gate)
        {
            _beat = _clock.GetTimestamp();
        }
    }

    /// <summary>Says that there is nothing to do, for however long.</summary>
    public void Idle() => Set(null);

    /// <summary>The present work, or null when idle, and the time since the last word.</summary>
    public (string? Work, TimeSpan Silence) Read()
    {
        lock (_gate)
        {
            return (_work, _clock.GetElapsedTime(_beat));
        }
    }

    private void Set(string? work)
    {
        lock (_gate)
        {
            _work = work;
            _beat = _clock.GetTimestamp();
        }
    }
}
