using System.Diagnostics;

namespace Pipeline.Engine.Cores;

/// <summary>One thread that a <see cref="CorePool"/> lends.</summary>
/// <remarks>
/// A task is given by one exchange and taken, or taken back, by another, so exactly one of the two sides has it. Who gives
/// writes the task and then asks whether the thread is parked; the thread says that it parks and then looks for a task: one
/// of the two sees the other. <c>_gate</c> guards parking.
/// </remarks>
internal sealed class CoreHelper
{
    /// <summary>Turns of one look at what is waited for.</summary>
    public const int SpinTurns = 8;

    /// <summary>How long one spins before one parks: waking a parked thread takes about as long.</summary>
    public static readonly TimeSpan SpinTime = TimeSpan.FromMicroseconds(80);

    // Set by the constructor.
    private readonly CorePool _pool;
    private readonly object _gate = new();
    private readonly Thread _thread;

    // Exchanged between the pool and the thread.
    private WideTask? _given;

    // Written by the thread, read by who gives.
    private bool _isParked;

    // Written once, read by the thread.
    private bool _isEnded;

    // Touched by who gives; a helper is given to one caller at a time.
    private bool _isStarted;

    /// <summary>A helper whose thread begins with its first task.</summary>
    public CoreHelper(CorePool pool, int number)
    {
        _pool = pool;
        _thread = new Thread(Loop) { IsBackground = true, Name = $"core helper {number}" };
    }

    /// <summary>Gives a task to a helper that has none.</summary>
    public void Give(WideTask task)
    {
        Interlocked.Exchange(ref _given, task);
        if (!_isStarted)
        {
            _isStarted = true;
            _thread.Start();
        }
        else if (Volatile.Read(ref _isParked))
        {
            lock (_gate)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Takes a task back that the thread has not taken yet.</summary>
    public bool TryTakeBack(WideTask task) => Interlocked.CompareExchange(ref _given, null, task) == task;

    /// <summary>Ends the thread when it has no task.</summary>
    public void End()
    {
        Volatile.Write(ref _isEnded, true);
        lock (_gate)
        {
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits for the end of the thread.</summary>
    public void Join(TimeSpan patience)
    {
        if (_isStarted && _thread != Thread.CurrentThread)
        {
            _thread.Join(patience);
        }
    }

    private void Loop()
    {
        CorePool.EnterAsHelper();
        while (Next() is { } task)
        {
            task.Work(isHelper: true);
            _pool.Return(this, task);
        }
    }

    private WideTask? Next()
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < SpinTime && !Volatile.Read(ref _isEnded))
        {
            if (Volatile.Read(ref _given) is not null && Take() is { } task)
            {
                return task;
            }

            Thread.SpinWait(SpinTurns);
        }

        lock (_gate)
        {
            Volatile.Write(ref _isParked, true);
            WideTask? task;
            while ((task = Take()) is null && !Volatile.Read(ref _isEnded))
            {
                Monitor.Wait(_gate);
            }

            Volatile.Write(ref _isParked, false);
            return task;
        }
    }

    // An exchange is a fence: what was written before it is seen by whoever gives after it.
    private WideTask? Take() => Interlocked.Exchange(ref _given, null);
}
