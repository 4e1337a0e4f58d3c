using System.Collections.Concurrent;
using System.Globalization;
using Pipeline.Engine.Storage;
using Pipeline.Engine.Supervision;

namespace Pipeline.Host.Service;

/// <summary>Whether the daemon does its work, and if not, why.</summary>
/// <remarks>
/// A loop that has been built anew counts for a minute, so that whoever looks now and then does not miss it; one that gives no
/// sign of life counts from half of its patience on, before it is given up. Safe for all threads. Ceiling: one entry per loop.
/// </remarks>
internal sealed class DaemonHealth(TimeProvider clock)
{
    /// <summary>How long a loop that was built anew counts.</summary>
    public static readonly TimeSpan RebuiltFor = TimeSpan.FromMinutes(1);

    // The supervisor looks four times a second and gives a second of grace; whoever is silent for longer is not even rebuilt.
    private static readonly TimeSpan SupervisionMargin = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, WatchedLoop> _loops = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _rebuilt = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Phase _phase = Phase.Starting;
    private volatile string[]? _expected;

    private enum Phase
    {
        Starting,
        Working,
        Draining,
    }

    /// <summary>Ends when every loop has begun its first round; until then the daemon counts as starting.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Whether every loop either waits for work or has said within its patience that it goes on.</summary>
    public bool MakesProgress => _loops.Values.All(loop => IsAlive(loop.Heartbeat, loop.Patience));

    /// <summary>Whether a loop waits for work, or is silent for no longer than its supervisor allows.</summary>
    public static bool IsAlive(Heartbeat heartbeat, TimeSpan patience)
    {
        (string? work, TimeSpan silence) = heartbeat.Read();
        return work is null || silence <= patience + SupervisionMargin;
    }

    /// <summary>Says which loops there will be.</summary>
    public void Expect(IEnumerable<string> loops)
    {
        _expected = [.. loops];
        TellReady();
    }

    /// <summary>Says that nothing new is begun any more.</summary>
    public void Drain() => _phase = Phase.Draining;

    /// <summary>Watches the present body of a loop.</summary>
    public void Watch(string loop, Heartbeat heartbeat, TimeSpan patience)
    {
        _loops[loop] = new WatchedLoop(heartbeat, patience);
        TellReady();
    }

    /// <summary>Forgets a loop that is no longer wanted.</summary>
    public void Forget(string loop)
    {
        _loops.TryRemove(loop, out _);
        _rebuilt.TryRemove(loop, out _);
    }

    /// <summary>The heartbeat of a loop's present body, or null where it has not begun.</summary>
    public Heartbeat? HeartbeatOf(string loop) => _loops.GetValueOrDefault(loop)?.Heartbeat;

    /// <summary>Takes down that a loop is built anew.</summary>
    public void Rebuilt(string loop) => _rebuilt[loop] = clock.GetTimestamp();

    /// <summary>Every reason why the daemon is not ready; none where it is.</summary>
    public IReadOnlyList<HealthReason> Reasons(DiskGuard disk)
    {
        List<HealthReason> reasons = [];
        if (_phase != Phase.Working)
        {
            reasons.Add(_phase == Phase.Starting
                ? new HealthReason("starting", "The daemon is starting.")
                : new HealthReason("draining", "The daemon is stopping; work in hand is finished, nothing new is begun."));
        }

        if (disk.IsFull)
        {
            reasons.Add(new HealthReason("diskFull", "The disk is full; work is held back and goes on by itself when there is room. Make room."));
        }

        foreach ((string loop, long when) in _rebuilt.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            if (clock.GetElapsedTime(when) is var since && since < RebuiltFor)
            {
                reasons.Add(new HealthReason("loopRebuilt", $"'{loop}' failed {Seconds(since)} s ago and was built anew; the log says why."));
            }
        }

        foreach ((string loop, WatchedLoop watched) in _loops.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            (string? work, TimeSpan silence) = watched.Heartbeat.Read();
            if (work is not null && silence > watched.Patience / 2)
            {
                reasons.Add(new HealthReason(
                    "loopStalled", $"'{loop}' gave no sign of life for {Seconds(silence)} s at '{work}'; it is built anew after "
                        + $"{Seconds(watched.Patience)} s."));
            }
        }

        return reasons;
    }

    private void TellReady()
    {
        if (_expected is { } loops && loops.All(_loops.ContainsKey) && _ready.TrySetResult() && _phase == Phase.Starting)
        {
            _phase = Phase.Working;
        }
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture);

    private sealed record WatchedLoop(Heartbeat Heartbeat, TimeSpan Patience);
}

/// <summary>Why the daemon is not ready.</summary>
/// <param name="Code">For programs: starting, draining, diskFull, loopRebuilt or loopStalled.</param>
/// <param name="Text">For people.</param>
internal sealed record HealthReason(string Code, string Text);
