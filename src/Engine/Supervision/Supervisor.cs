namespace Pipeline.Engine.Supervision;

/// <summary>Runs a body, and runs it again when it fails or stalls, a bounded number of times.</summary>
/// <remarks>
/// The body starts from what is remembered elsewhere (a database, a board), so running it again is the whole
/// recovery. A body that stalls twice within the policy's window is given up: a new one did not help, a new process may.
/// A body that does not heed the stop is left behind with its thread; what it does late must be harmless.
/// Keeps nothing between calls; any thread may call it.
/// </remarks>
public static partial class Supervisor
{
    private static readonly TimeSpan LookPeriodMax = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LookPeriodMin = TimeSpan.FromMilliseconds(10);

    /// <summary>Runs a body until it ends well.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="body">What to run, each time with a new heartbeat, on a thread of the pool.</param>
    /// <param name="policy">How often, and how long silence may last.</param>
    /// <param name="clock">Time.</param>
    /// <param name="onRebuild">Told of every rebuild before it begins; must return at once.</param>
    /// <param name="cancellation">Stops the body; it is then not run again.</param>
    /// <exception cref="OperationCanceledException">Cancelled before the body ended.</exception>
    /// <exception cref="StalledException">The body stalled, and the one built in its place did, too.</exception>
    /// <exception cref="Exception">The body's last failure, when it failed too often or calls for giving up.</exception>
    public static async Task RunAsync(
        string name,
        Func<Heartbeat, CancellationToken, Task> body,
        RebuildPolicy policy,
        TimeProvider clock,
        Action<Rebuild>? onRebuild,
        CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(clock);
        Queue<long> counted = [];
        long? stalledAt = null;
        for (int number = 1; ; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            Exception failure;
            try
            {
                await RunOnceAsync(name, body, policy, clock, cancellation);
                return;
            }
            catch (Exception exception) when (
                !cancellation.IsCancellationRequested && !(exception is StalledException && IsRecent(stalledAt, clock, policy.Window)))
            {
                // Safe: told to onRebuild, or thrown below.
                RebuildVerdict verdict = policy.Judge(exception);
                Forget(counted, clock, policy.Window);
                if (verdict == RebuildVerdict.GiveUp
                    || (verdict == RebuildVerdict.Counted && counted.Count >= policy.RebuildsMax))
                {
                    throw;
                }

                failure = exception;
                stalledAt = exception is StalledException ? clock.GetTimestamp() : stalledAt;
                if (verdict == RebuildVerdict.Counted)
                {
                    await Task.Delay(RebuildPolicy.DelayBefore(counted.Count), clock, cancellation);
                    counted.Enqueue(clock.GetTimestamp());
                }
            }

            onRebuild?.Invoke(new Rebuild(name, number, failure));
        }
    }

    private static bool IsRecent(long? timestamp, TimeProvider clock, TimeSpan window) =>
        timestamp is { } then && clock.GetElapsedTime(then) <= window;

    private static void Forget(Queue<long> counted, TimeProvider clock, TimeSpan window)
    {
        while (counted.TryPeek(out long oldest) && clock.GetElapsedTime(oldest) > window)
        {
            counted.Dequeue();
        }
    }

    /// <summary>Runs the body once, and leaves it behind if it stalls and does not heed the stop.</summary>
    private static async Task RunOnceAsync(
        string name,
        Func<Heartbeat, CancellationToken, Task> body,
        RebuildPolicy policy,
        TimeProvider clock,
        CancellationToken cancellation)
    {
        var heartbeat = new Heartbeat(clock);

        // Not disposed and not linked for good: a body left behind keeps using it.
        var stop = new CancellationTokenSource();
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(
            _ =>
            {
                // The time it may take to stop counts from now.
                heartbeat.Beat();
                stop.CancelAsync();
            },
            null);
        Task running = Task.Run(() => body(heartbeat, stop.Token), CancellationToken.None);
        while (!running.IsCompleted)
        {
            await Task.WhenAny(running, Task.Delay(LookPeriod(policy), clock, CancellationToken.None));
            (string? work, TimeSpan silence) = heartbeat.Read();

            // Being told to stop is work, too: who idles through that hangs.
            work ??= cancellation.IsCancellationRequested ? "stopping" : null;
            if (running.IsCompleted || work is null || silence <= policy.Patience)
            {
                continue;
            }

            _ = stop.CancelAsync();
            await EndWithinAsync(running, policy.Grace, clock);
            cancellation.ThrowIfCancellationRequested();
            throw new StalledException(name, work, silence, wasLeftBehind: !running.IsCompleted);
        }

        await running;
    }

    private static async Task EndWithinAsync(Task running, TimeSpan grace, TimeProvider clock)
    {
        long begun = clock.GetTimestamp();
        while (!running.IsCompleted && clock.GetElapsedTime(begun) < grace)
        {
            await Task.WhenAny(running, Task.Delay(LookPeriodMin, clock, CancellationToken.None));
        }
    }

    private static TimeSpan LookPeriod(RebuildPolicy policy)
    {
        TimeSpan wished = (policy.Patience < policy.Grace ? policy.Patience : policy.Grace) / 4;
        return wished < LookPeriodMin ? LookPeriodMin : wished > LookPeriodMax ? LookPeriodMax : wished;
    }
}
