using System.Collections.Immutable;

namespace Pipeline.Host.Service;

/// <summary>The end of a daemon: nothing new is begun, work in hand is finished up to a limit, and the rest is cut off.</summary>
/// <remarks>
/// Begun once, cut once; both for good. Whoever cuts work off, or leaves work for the next start, says so here, and whoever
/// runs the daemon tells people. Any thread may call anything. Ceiling: one line for each folder and study. Not responsible for
/// making anybody heed it.
/// </remarks>
public sealed class Drain : IDisposable
{
    /// <summary>The limit where no other is set.</summary>
    public static readonly TimeSpan LimitDefault = TimeSpan.FromSeconds(25);

    /// <summary>The longest limit.</summary>
    public static readonly TimeSpan LimitMax = TimeSpan.FromMinutes(10);

    /// <summary>How long work that was cut off may take to heed it before the process ends without it.</summary>
    public static readonly TimeSpan GraceMax = TimeSpan.FromSeconds(4);

    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _cut = new();
    private readonly TaskCompletionSource _overdue = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly List<string> _left = [];
    private readonly List<string> _cutOff = [];
    private TimeSpan _limit;
    private ITimer? _timer;
    private bool _isDisposed;

    /// <summary>A drain that has not begun.</summary>
    public Drain(TimeSpan limit, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);
        _limit = limit;
        _clock = clock;
        Stop = _stop.Token;
        Cut = _cut.Token;
        Overdue = _overdue.Task;
    }

    /// <summary>How long work in hand may take; once it has begun, another limit changes nothing.</summary>
    public TimeSpan Limit
    {
        get
        {
            lock (_gate)
            {
                return _limit;
            }
        }

        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            lock (_gate)
            {
                _limit = value;
            }
        }
    }

    /// <summary>Signalled when nothing new may be begun.</summary>
    public CancellationToken Stop { get; }

    /// <summary>Signalled when work in hand must end at once; never before <see cref="Stop"/>.</summary>
    public CancellationToken Cut { get; }

    /// <summary>Ends when work that was cut off has not heeded it for <see cref="GraceMax"/>.</summary>
    public Task Overdue { get; }

    /// <summary>What the next start goes on with, though nothing of it was lost.</summary>
    public ImmutableArray<string> Left
    {
        get
        {
            lock (_gate)
            {
                return [.. _left];
            }
        }
    }

    /// <summary>What was cut off and is done again; nothing after a full drain.</summary>
    public ImmutableArray<string> CutOff
    {
        get
        {
            lock (_gate)
            {
                return [.. _cutOff];
            }
        }
    }

    /// <summary>Begins the drain; later calls change nothing.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (_isDisposed || _timer is not null)
            {
                return;
            }

            _timer = _clock.CreateTimer(_ => CutNow(), null, _limit, Timeout.InfiniteTimeSpan);
        }

        // Not on the caller's thread: what heeds the stop may take its time.
        _ = _stop.CancelAsync();
    }

    /// <summary>Cuts work in hand off, now and not at the limit.</summary>
    public void CutNow()
    {
        Begin();
        lock (_gate)
        {
            if (_isDisposed || _cut.IsCancellationRequested)
            {
                return;
            }

            _timer!.Dispose();
            _timer = _clock.CreateTimer(_ => _overdue.TrySetResult(), null, GraceMax, Timeout.InfiniteTimeSpan);
        }

        _ = _cut.CancelAsync();
    }

    /// <summary>Says what the next start goes on with.</summary>
    public void Leave(string what)
    {
        lock (_gate)
        {
            _left.Add(what);
        }
    }

    /// <summary>Says what was cut off.</summary>
    public void NoteCut(string what)
    {
        lock (_gate)
        {
            _cutOff.Add(what);
        }
    }

    /// <summary>Ends the limits; the tokens stay usable.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }
    }
}
