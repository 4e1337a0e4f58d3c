using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Pipeline.Engine.Dataflow;

/// <summary>The state of one run of a pipeline: what is in flight, what was counted, why it stops.</summary>
/// <remarks>
/// Invariants: every ticket taken is in <c>_inFlight</c> until it is finished, and is finished once;
/// the first stop wins. Any block may call anything; <c>_gate</c> guards tickets, totals and activities
/// and is not held while foreign code runs. Ceiling: <see cref="Limits.UnitsInFlightMax"/> tickets.
/// Not responsible for catching anything; that is done by the pipeline.
/// </remarks>
internal sealed partial class PipelineRun<TTicket> : IDisposable
    where TTicket : class
{
    // Set by the constructor.
    private readonly string _name;
    private readonly Limits _limits;
    private readonly TimeProvider _clock;
    private readonly StrongBox<int> _abandonedBodies;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenRegistration _callerRegistration;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _places;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly HashSet<Envelope<TTicket>> _inFlight = [];
    private Task _stopping = Task.CompletedTask;
    private long _taken;
    private long _succeeded;
    private long _failed;
    private long _canceled;
    private int _inFlightPeak;

    /// <param name="name">The pipeline's name.</param>
    /// <param name="meters">The blocks, the sink last.</param>
    /// <param name="limits">Places, grace.</param>
    /// <param name="clock">Time.</param>
    /// <param name="abandonedBodies">The pipeline's count of bodies that were left behind and have not returned.</param>
    /// <param name="cancellation">The caller's.</param>
    public PipelineRun(
        string name,
        IEnumerable<BlockMeter> meters,
        Limits limits,
        TimeProvider clock,
        StrongBox<int> abandonedBodies,
        CancellationToken cancellation)
    {
        _name = name;
        _limits = limits;
        _clock = clock;
        _abandonedBodies = abandonedBodies;
        _caller = cancellation;
        Meters = [.. meters];
        _places = new SemaphoreSlim(limits.UnitsInFlightMax);
        Stopping = _stop.Token;
        _watch = StartWatch();

        // Not a linked source: the caller's thread would run callbacks registered by steps, which may hang.
        _callerRegistration = cancellation.UnsafeRegister(_ => CancelAll(), null);
    }

    public ImmutableArray<BlockMeter> Meters { get; }

    /// <summary>Signalled by the caller's cancellation and by the first stop of our own.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Whether the feeder came to the end of its source; written by the feeder.</summary>
    public bool IsSourceAtEnd { get; set; }

    /// <summary>Whether the sink threw; written by the sink, which runs one at a time.</summary>
    public bool IsSinkBroken { get; set; }

    /// <summary>Waits until one more ticket may be taken.</summary>
    public Task PlaceAsync() => _places.WaitAsync(Stopping);

    /// <summary>Takes a ticket over from the source: from now on its disposal is ours; null once abandoned.</summary>
    public Envelope<TTicket>? Take(TTicket ticket, MemoryLease lease)
    {
        var envelope = new Envelope<TTicket>(ticket, lease) { Since = _clock.GetTimestamp() };
        lock (_gate)
        {
            if (_isAbandoned)
            {
                return null;
            }

            _inFlight.Add(envelope);
            _taken++;
            _inFlightPeak = Math.Max(_inFlightPeak, _inFlight.Count);
        }

        return envelope;
    }

    /// <summary>Notes that a block begins with a ticket.</summary>
    public void Enter(int blockIndex, Envelope<TTicket> envelope)
    {
        envelope.BlockIndex = blockIndex;
        envelope.Since = _clock.GetTimestamp();
        Meters[blockIndex].CountIn();
    }

    /// <summary>The end of every ticket's travel: disposed first, for its bytes are in use until then.</summary>
    public void Finish(Envelope<TTicket> envelope)
    {
        lock (_gate)
        {
            if (!_inFlight.Remove(envelope))
            {
                if (_isAbandoned)
                {
                    return;
                }

                // Recorded and not thrown: this runs inside the sink's block.
                var twice = new InvalidOperationException($"Pipeline '{_name}' finished a ticket twice.");
                Stop(StopReason.Defect, Meters[envelope.BlockIndex].Name, envelope.Ticket, twice);
                return;
            }

            switch (envelope.Failure?.Kind)
            {
                case null:
                    _succeeded++;
                    break;
                case FailureKind.Canceled:
                    _canceled++;
                    break;
                default:
                    _failed++;
                    break;
            }
        }

        try
        {
            (envelope.Ticket as IDisposable)?.Dispose();
        }
        catch (Exception defect)
        {
            // Safe: it stops the run and is thrown by it.
            Stop(StopReason.Defect, Meters[envelope.BlockIndex].Name, envelope.Ticket, defect);
        }

        // Bytes and place come last: they let the next ticket in, which must not be counted beside this one.
        envelope.Lease.Dispose();
        _places.Release();
    }

    /// <summary>Ends the run after all blocks are complete or it is given up: the summary, or what went wrong.</summary>
    public async Task<PipelineSummary> EndAsync()
    {
        if (IsAbandoned)
        {
            // What the hung bodies hold is theirs until they return; there is nothing to count.
            await Left;
            ThrowIfStopped();
        }

        // What a step's cancellation callback throws, or whether it hangs, is of no interest beside why it was called.
        await _stopping.WaitAsync(Grace, _clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        long lost = ReleaseLost();
        ThrowIfStopped();
        AssertCounts(lost);
        PipelineSummary summary = Summary();

        // A cancellation that came too late to stop anything leaves a complete result, and that is returned.
        if (!IsSourceAtEnd || summary.Canceled > 0)
        {
            _caller.ThrowIfCancellationRequested();
        }

        return summary;
    }

    /// <summary>The blocks in order; a snapshot that may straddle a ticket's step from one to the next.</summary>
    public ImmutableArray<StepProgress> Progress()
    {
        long[] bytesHeld = new long[Meters.Length];
        var oldestAge = new TimeSpan[Meters.Length];
        long now = _clock.GetTimestamp();
        lock (_gate)
        {
            foreach (Envelope<TTicket> envelope in _inFlight)
            {
                int block = envelope.BlockIndex;
                bytesHeld[block] += envelope.Lease.Bytes;
                TimeSpan age = _clock.GetElapsedTime(envelope.Since, now);
                oldestAge[block] = age > oldestAge[block] ? age : oldestAge[block];
            }
        }

        return [.. Meters.Select((meter, index) => meter.Snapshot(bytesHeld[index], oldestAge[index]))];
    }

    /// <summary>Ends the watch and lets go of the caller's token.</summary>
    /// <remarks>Places and stop token stay usable: an abandoned body may still ask for them. They hold nothing.</remarks>
    public void Dispose()
    {
        _watch.Dispose();
        _callerRegistration.Unregister();
    }

    private PipelineSummary Summary()
    {
        lock (_gate)
        {
            return new PipelineSummary(
                _name, _taken, _succeeded, _failed, _canceled, _inFlightPeak, Progress());
        }
    }

    /// <summary>Tickets that vanished inside a block, which is a defect of ours: their memory is not lost with them.</summary>
    private int ReleaseLost()
    {
        lock (_gate)
        {
            foreach (Envelope<TTicket> envelope in _inFlight)
            {
                envelope.Lease.Dispose();
            }

            return _inFlight.Count;
        }
    }

    private void AssertCounts(long lost)
    {
        foreach (StepProgress step in Progress())
        {
            if (step.In != _taken || step.Out != _taken || lost != 0)
            {
                throw new InvalidOperationException(
                    $"Pipeline '{_name}' took {_taken} tickets, but block '{step.Name}' counted {step.In} in and "
                    + $"{step.Out} out, and {lost} were lost. Its results are not complete.");
            }
        }
    }
}
