using System.Diagnostics;

namespace Pipeline.Engine.Cores;

/// <summary>The cores of a process, of which wide computations borrow those that are idle.</summary>
/// <remarks>
/// Invariants: whoever computes holds a core by <see cref="Occupy"/>, and occupied and borrowed cores together are never
/// more than there are; a helper whose core is wanted leaves after its piece. A computation borrows what is idle as it
/// begins and waits for none, so two wide ones share, and with all cores occupied each runs on its own thread.
/// Any thread may call anything. <c>_gate</c> guards the account; foreign code never runs under it.
/// Helpers are background threads, made when they are first needed. After work they spin for a moment, so that a
/// computation of a tenth of a millisecond gains from them, and then park; parked they cost nothing.
/// Ceilings: one thread less than there are cores, one idle task for each thread that ran pieces at the same time.
/// Not responsible for what the pieces are: they are cut by shape, so no result depends on this.
/// </remarks>
public sealed class CorePool : IDisposable
{
    [ThreadStatic]
    private static CorePool? _held;

    [ThreadStatic]
    private static bool _isInPiece;

    // Set by the constructor.
    private readonly TimeSpan _patience;

    // Guarded by _gate.
    private readonly object _gate = new();
    private readonly List<CoreHelper> _helpers = [];
    private readonly Stack<CoreHelper> _idle = new();
    private readonly Stack<WideTask> _tasks = new();
    private int _waiting;
    private bool _isDisposed;

    // Written under _gate, read anywhere.
    private int _occupied;
    private int _borrowed;

    /// <summary>A pool of some cores.</summary>
    public CorePool(int threads)
        : this(threads, TimeSpan.FromSeconds(1))
    {
    }

    /// <summary>A pool of some cores.</summary>
    /// <param name="threads">The most threads that compute at once.</param>
    /// <param name="patience">How long <see cref="Occupy"/> waits for a helper to leave: one that hangs must not hold up all other work.</param>
    internal CorePool(int threads, TimeSpan patience)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        _patience = patience;
    }

    /// <summary>The most threads that compute at once.</summary>
    public int Threads { get; }

    /// <summary>Takes a core for the calling thread, which is about to compute; waits for a helper to leave where all are in use.</summary>
    public CoreLease Occupy()
    {
        lock (_gate)
        {
            Volatile.Write(ref _occupied, _occupied + 1);
            _waiting++;
            while (_borrowed > 0 && IsCrowded && Monitor.Wait(_gate, _patience))
            {
                // Somebody left; perhaps not the last that has to.
            }

            _waiting--;
        }

        var lease = new CoreLease(this, _held);
        _held = this;
        return lease;
    }

    /// <summary>Runs the pieces 0 … count - 1, each once, on the caller's thread and on idle cores; returns when all are done.</summary>
    /// <remarks>
    /// After a piece that throws none is begun; when those begun have ended, the exception of the lowest is thrown on, the
    /// same one for any number of cores. Inside a piece, and after disposal, all runs in order on the caller's thread.
    /// </remarks>
    public void Run(int count, Action<int> piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        if (count <= 1 || Threads == 1 || _isInPiece)
        {
            RunInOrder(count, piece);
            return;
        }

        using CoreLease core = _held == this ? default : Occupy();
        if (Lend(count, piece) is not { } task)
        {
            RunInOrder(count, piece);
            return;
        }

        _isInPiece = true;
        task.Work(isHelper: false);
        _isInPiece = false;
        WaitFor(task);
        Exception? failure = task.Failure;
        Recycle(task);
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Ends the helpers, each after the pieces it has begun.</summary>
    public void Dispose()
    {
        CoreHelper[] helpers;
        lock (_gate)
        {
            _isDisposed = true;
            helpers = [.. _helpers];
        }

        foreach (CoreHelper helper in helpers)
        {
            helper.End();
        }

        // One that hangs is left behind, as the body is that it helps.
        foreach (CoreHelper helper in helpers)
        {
            helper.Join(_patience);
        }
    }

    /// <summary>True where a helper has to leave.</summary>
    internal bool IsCrowded => Volatile.Read(ref _occupied) + Volatile.Read(ref _borrowed) > Threads;

    /// <summary>Gives back what <see cref="Occupy"/> took.</summary>
    internal void Vacate(CorePool? heldBefore)
    {
        _held = heldBefore;
        lock (_gate)
        {
            Volatile.Write(ref _occupied, _occupied - 1);
            Tell();
        }
    }

    /// <summary>Marks the calling thread as one of the pool's own.</summary>
    internal static void EnterAsHelper() => _isInPiece = true;

    /// <summary>Gives a helper's core back; from then on neither belongs to the task.</summary>
    internal void Return(CoreHelper helper, WideTask task)
    {
        lock (_gate)
        {
            TakeBack(helper, task);
            Tell();
        }
    }

    private static void RunInOrder(int count, Action<int> piece)
    {
        for (int i = 0; i < count; i++)
        {
            piece(i);
        }
    }

    private WideTask? Lend(int count, Action<int> piece)
    {
        WideTask task;
        lock (_gate)
        {
            int idle = Math.Min(count - 1, Threads - _occupied - _borrowed);
            if (idle <= 0 || _isDisposed)
            {
                return null;
            }

            task = _tasks.TryPop(out WideTask? used) ? used : new WideTask(this);
            task.Begin(count, piece, idle);
            for (int i = 0; i < idle; i++)
            {
                if (!_idle.TryPop(out CoreHelper? helper))
                {
                    _helpers.Add(helper = new CoreHelper(this, _helpers.Count + 1));
                }

                task.Helpers.Add(helper);
            }

            Volatile.Write(ref _borrowed, _borrowed + idle);
        }

        foreach (CoreHelper helper in task.Helpers)
        {
            helper.Give(task);
        }

        return task;
    }

    /// <summary>Waits for the pieces that helpers have begun, and not for helpers that are still waking up.</summary>
    private void WaitFor(WideTask task)
    {
        foreach (CoreHelper helper in task.Helpers)
        {
            if (helper.TryTakeBack(task))
            {
                Return(helper, task);
            }
        }

        long start = Stopwatch.GetTimestamp();
        while (task.HelpersAtWork > 0 && Stopwatch.GetElapsedTime(start) < CoreHelper.SpinTime)
        {
            Thread.SpinWait(CoreHelper.SpinTurns);
        }

        lock (_gate)
        {
            _waiting++;
            while (task.HelpersAtWork > 0)
            {
                Monitor.Wait(_gate);
            }

            _waiting--;
        }
    }

    private void Recycle(WideTask task)
    {
        task.Clear();
        lock (_gate)
        {
            _tasks.Push(task);
        }
    }

    private void TakeBack(CoreHelper helper, WideTask task)
    {
        Debug.Assert(Monitor.IsEntered(_gate));
        Volatile.Write(ref _borrowed, _borrowed - 1);
        _idle.Push(helper);
        task.HelperLeft();
    }

    private void Tell()
    {
        Debug.Assert(Monitor.IsEntered(_gate));
        if (_waiting > 0)
        {
            Monitor.PulseAll(_gate);
        }
    }
}
