using System.Collections.Immutable;
using System.Runtime.ExceptionServices;

namespace Pipeline.Engine.Dataflow;

/// <summary>The state of one run of a pipeline: what is in flight, what was counted, why it stops.</summary>
/// <remarks>
/// Invariants: every ticket taken is in <c>_inFlight</c> until it is finished, and is finished once;
/// the first defect wins and stops the run. Any block may call anything; <c>_gate</c> guards tickets and totals
/// and is not held while foreign code runs. Ceiling: <see cref="Limits.UnitsInFlightMax"/> tickets.
/// Not responsible for catching anything; that is done by the pipeline.
/// </remarks>
internal sealed class PipelineRun<TTicket> : IDisposable
    where TTicket : class
{
    // Set by the constructor.
    private readonly string _name;
    private readonly CancellationTokenSource _stop;
    private readonly SemaphoreSlim _places;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly HashSet<Envelope<TTicket>> _inFlight = [];
    private ExceptionDispatchInfo? _defect;
    private Task _stopping = Task.CompletedTask;
    private long _taken;
    private long _succeeded;
    private long _failed;
    private long _canceled;
    private int _inFlightPeak;

    public PipelineRun(
        string name, IEnumerable<BlockMeter> meters, int inFlightMax, CancellationToken cancellation)
    {
        _name = name;
        Meters = [.. meters];
        _places = new SemaphoreSlim(inFlightMax);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Stopping = _stop.Token;
    }

    public ImmutableArray<BlockMeter> Meters { get; }

    /// <summary>Signalled by the caller's cancellation and by the first defect.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Whether the feeder came to the end of its source; written by the feeder.</summary>
    public bool IsSourceAtEnd { get; set; }

    /// <summary>Whether the sink threw; written by the sink, which runs one at a time.</summary>
    public bool IsSinkBroken { get; set; }

    /// <summary>Waits until one more ticket may be taken.</summary>
    public Task PlaceAsync() => _places.WaitAsync(Stopping);

    /// <summary>Takes a ticket over from the source: from now on its disposal is ours.</summary>
    public Envelope<TTicket> Take(TTicket ticket, MemoryLease lease)
    {
        var envelope = new Envelope<TTicket>(ticket, lease);
        lock (_gate)
        {
            _inFlight.Add(envelope);
            _taken++;
            _inFlightPeak = Math.Max(_inFlightPeak, _inFlight.Count);
        }

        return envelope;
    }

    /// <summary>Ends a ticket's travel: releases its bytes and its place, and counts it.</summary>
    public void Finish(Envelope<TTicket> envelope)
    {
        lock (_gate)
        {
            if (!_inFlight.Remove(envelope))
            {
                // Recorded and not thrown: this runs inside the sink's block.
                RecordDefect(new InvalidOperationException($"Pipeline '{_name}' finished a ticket twice."));
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

        // Bytes and place come last: they let the next ticket in, which must not be counted beside this one.
        envelope.Lease.Dispose();
        _places.Release();
    }

    /// <summary>Remembers the first defect and stops the run.</summary>
    public void RecordDefect(Exception defect)
    {
        lock (_gate)
        {
            if (_defect is not null)
            {
                return;
            }

            _defect = ExceptionDispatchInfo.Capture(defect);

            // Not Cancel(): callbacks registered by steps would run here, under the lock, and might throw.
            _stopping = _stop.CancelAsync();
        }
    }

    /// <summary>Ends the run after all blocks are complete: returns the summary or throws what went wrong.</summary>
    public async Task<PipelineSummary> EndAsync(CancellationToken cancellation)
    {
        // What a step's cancellation callback throws is of no interest beside the defect that caused it.
        await _stopping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        long lost = ReleaseLost();
        _defect?.Throw();
        AssertCounts(lost);
        PipelineSummary summary = Summary();

        // A cancellation that came too late to stop anything leaves a complete result, and that is returned.
        if (!IsSourceAtEnd || summary.Canceled > 0)
        {
            cancellation.ThrowIfCancellationRequested();
        }

        return summary;
    }

    /// <summary>The blocks in order; a snapshot that may straddle a ticket's step from one to the next.</summary>
    public ImmutableArray<StepProgress> Progress()
    {
        long[] bytesHeld = new long[Meters.Length];
        lock (_gate)
        {
            foreach (Envelope<TTicket> envelope in _inFlight)
            {
                bytesHeld[envelope.BlockIndex] += envelope.Lease.Bytes;
            }
        }

        return [.. Meters.Select((meter, index) => meter.Snapshot(bytesHeld[index]))];
    }

    public void Dispose()
    {
        _stop.Dispose();
        _places.Dispose();
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
