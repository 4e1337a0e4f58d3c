using System.Diagnostics;

namespace Pipeline.Engine.Dataflow;

// How a run stops for reasons of its own, and how it ends although a body does not return.
//
// running ── a body fails or takes too long ──► stopping: the token is cancelled, tickets drain as cancelled
// stopping ── a body does not heed that within the grace period ──► abandoned: the run ends without that body
//
// Nothing can wait for ever, by induction: whoever waits, waits for a place, for memory or for a block, that is for
// tickets in the hands of bodies; and every body is an activity that ends, or is abandoned by this watch.
// Waiting for memory therefore has no patience of its own, except where abandoned bodies of any run hold the bytes.
internal sealed partial class PipelineRun<TTicket>
{
    private static readonly TimeSpan WatchPeriodMax = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WatchPeriodMin = TimeSpan.FromMilliseconds(10);

    // Set by the constructor.
    private readonly ITimer _watch;
    private readonly CancellationTokenSource _abandon = new();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guarded by _gate.
    private readonly List<Activity<TTicket>> _activities = [];
    private FlowStop? _stopped;
    private bool _isAbandoned;
    private int _leftBehind;

    /// <summary>Completes if the run is given up; then everything but the hung bodies has been released.</summary>
    public Task Left => _left.Task;

    /// <summary>Signalled when the run is given up: blocks take no more tickets then.</summary>
    public CancellationToken Abandoned => _abandon.Token;

    private bool IsAbandoned
    {
        get
        {
            lock (_gate)
            {
                return _isAbandoned;
            }
        }
    }

    private TimeSpan Grace => TimeSpan.FromSeconds(_limits.StallGraceSecondsMax);

    /// <summary>Puts foreign code under the watch; null if the run is abandoned and the code must not begin.</summary>
    public Activity<TTicket>? Begin(
        string block,
        Envelope<TTicket>? envelope,
        ActivityKind kind = ActivityKind.HeedsStop,
        long bytesWanted = 0)
    {
        // The source has no ticket yet, and a ticket no patience before the feeder has asked for it.
        TimeSpan patience = envelope is { Patience.Ticks: > 0 } ? envelope.Patience : _limits.PatienceFor(0);
        var activity = new Activity<TTicket>(block, envelope, patience, _clock.GetTimestamp(), kind, bytesWanted);
        lock (_gate)
        {
            if (_isAbandoned)
            {
                return null;
            }

            _activities.Add(activity);
            return activity;
        }
    }

    /// <summary>Ends an activity; false if it was abandoned meanwhile, and then its ticket is finished here.</summary>
    public bool End(Activity<TTicket> activity)
    {
        lock (_gate)
        {
            _activities.Remove(activity);
            if (!_isAbandoned)
            {
                return true;
            }
        }

        Interlocked.Decrement(ref _abandonedBodies.Value);
        if (activity.Envelope is { } envelope)
        {
            // Whatever came of it is discarded: the ticket may have run again elsewhere.
            envelope.Failure = new Failure(FailureKind.Canceled, $"Left behind at '{activity.Block}'.");
            Finish(envelope);
        }

        return false;
    }

    /// <summary>Stops the run for a reason of its own; the first one wins.</summary>
    public void Stop(StopReason reason, string block, object? ticket, Exception? cause)
    {
        lock (_gate)
        {
            if (_stopped is null)
            {
                _stopped = new FlowStop(
                    reason, block, ticket, cause, _clock.GetTimestamp(), _caller.IsCancellationRequested);
                CancelAll();
            }
        }
    }

    /// <summary>What an exception means for the ticket, and for the run where it is not an allowed one.</summary>
    public Failure FailureOf(Exception exception, string where, object ticket)
    {
        switch (exception)
        {
            case StageException expected:
                return expected.ToFailure();
            case OperationCanceledException when Stopping.IsCancellationRequested:
                return new Failure(FailureKind.Canceled, $"Cancelled at '{where}'; nothing is wrong with the data.");
            case OperationCanceledException:
                Stop(StopReason.SpuriousCancellation, where, ticket, exception);
                return new Failure(FailureKind.Canceled, $"Cancelled at '{where}' although nobody asked for it.");
            default:
                Stop(StopReason.Defect, where, ticket, exception);
                return new Failure(FailureKind.Canceled, $"Stopped at '{where}' by a defect of the program.");
        }
    }

    /// <summary>Throws what stopped the run, if it was not the caller.</summary>
    public void ThrowIfStopped()
    {
        FlowStop? stopped;
        int leftBehind;
        lock (_gate)
        {
            (stopped, leftBehind) = (_stopped, _leftBehind);
        }

        if (stopped is null)
        {
            return;
        }

        // Whoever has cancelled wants to hear of defects, but not that something was slow to stop.
        if (stopped.WasCanceledBefore && stopped.Reason != StopReason.Defect)
        {
            throw new OperationCanceledException(_caller);
        }

        throw new FlowStoppedException(_name, stopped.Block, stopped.Reason, stopped.Ticket, leftBehind, stopped.Cause);
    }

    private ITimer StartWatch()
    {
        // Often enough that neither patience nor grace is overdrawn by much, seldom enough to cost nothing.
        var wished = TimeSpan.FromSeconds(Math.Min(_limits.StallSecondsMin, _limits.StallGraceSecondsMax) / 4);
        TimeSpan period = wished < WatchPeriodMin ? WatchPeriodMin : wished > WatchPeriodMax ? WatchPeriodMax : wished;
        return _clock.CreateTimer(_ => Inspect(), null, period, period);
    }

    private void CancelAll()
    {
        lock (_gate)
        {
            // Not Cancel(): callbacks registered by steps would run here, under the lock, and might throw or hang.
            if (!_stop.IsCancellationRequested)
            {
                _stopping = _stop.CancelAsync();
            }
        }
    }

    /// <summary>One look of the watch.</summary>
    private void Inspect()
    {
        List<Envelope<TTicket>> free;
        lock (_gate)
        {
            long now = _clock.GetTimestamp();
            if (_stopped is null && MostOverdue(now) is { } hung)
            {
                StopReason reason =
                    hung.Kind == ActivityKind.WaitsForMemory ? StopReason.Starvation : StopReason.Stall;
                Stop(reason, hung.Block, hung.Envelope?.Ticket, null);
            }

            if (_isAbandoned || _stopped is null || !IsHungAfterStop(now))
            {
                return;
            }

            free = Abandon();
        }

        // Elsewhere and with an end: a cancellation callback or a ticket's disposal is foreign code too.
        _abandon.CancelAsync();
        Task.Run(() => free.ForEach(FinishAsCanceled)).WaitAsync(Grace, _clock).ContinueWith(
            _ => _left.TrySetResult(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Whether only hung bodies are left; a sink's body within its patience is always waited for.</summary>
    private bool IsHungAfterStop(long now)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        return _activities.Any(activity => IsPastGrace(activity, now))
            && !_activities.Any(activity => activity.Kind == ActivityKind.NeverCanceled && !IsPastGrace(activity, now));
    }

    private Activity<TTicket>? MostOverdue(long now)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        return _activities
            .Where(activity => Overdue(activity, now) > TimeSpan.Zero)
            .MaxBy(activity => Overdue(activity, now));
    }

    private TimeSpan Overdue(Activity<TTicket> activity, long now)
    {
        if (activity.Kind == ActivityKind.WaitsForMemory && !activity.Envelope!.Lease.CanNeverReach(activity.BytesWanted))
        {
            return TimeSpan.Zero;
        }

        return _clock.GetElapsedTime(activity.Begun, now) - activity.Patience;
    }

    private bool IsPastGrace(Activity<TTicket> activity, long now) =>
        _clock.GetElapsedTime(_stopped!.At, now) >= Grace
        && (activity.Kind != ActivityKind.NeverCanceled || Overdue(activity, now) >= Grace);

    /// <summary>Gives up the hung bodies; returns all other tickets, for their blocks may be stuck.</summary>
    private List<Envelope<TTicket>> Abandon()
    {
        // From here on no activity begins and no ticket is taken, so nobody else finishes those that are returned.
        Debug.Assert(_gate.IsHeldByCurrentThread);
        _isAbandoned = true;
        HashSet<Envelope<TTicket>> held = [.. _activities.Select(activity => activity.Envelope).OfType<Envelope<TTicket>>()];
        foreach (Envelope<TTicket> envelope in held)
        {
            envelope.Lease.Abandon();
        }

        _leftBehind = _activities.Count;
        Interlocked.Add(ref _abandonedBodies.Value, _leftBehind);
        return [.. _inFlight.Where(envelope => !held.Contains(envelope))];
    }

    private void FinishAsCanceled(Envelope<TTicket> envelope)
    {
        envelope.Failure ??= new Failure(FailureKind.Canceled, "Given up: the flow was stopped by other work.");
        Finish(envelope);
    }

    /// <summary>Why a run stopped.</summary>
    private sealed record FlowStop(
        StopReason Reason, string Block, object? Ticket, Exception? Cause, long At, bool WasCanceledBefore);
}
