using Pipeline.Stages.Numerics;

namespace Pipeline.MicroBench;

/// <summary>A second thread that waits spinning, so that handing it work costs less than a microsecond.</summary>
/// <remarks>
/// After <see cref="SpinsMax"/> turns without work it sleeps until the next: two processors may be two halves of one core, and what is
/// timed on one thread should not share the core with a loop that waits.
/// </remarks>
internal sealed class SpinningRunner : IDisposable
{
    private const int SpinsMax = 2000;

    private readonly Thread _thread;
    private readonly AutoResetEvent _wake = new(false);
    private Action<int> _piece = static _ => { };
    private int _count;
    private int _next;
    private int _round;
    private int _finishedRound;
    private volatile bool _sleeps;
    private volatile bool _stops;

    public SpinningRunner()
    {
        _thread = new Thread(Wait) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Runs pieces on the caller and on the second thread.</summary>
    public void Run(int count, Action<int> piece)
    {
        (_piece, _count) = (piece, count);
        Volatile.Write(ref _next, 0);
        int round = Volatile.Read(ref _round) + 1;
        Volatile.Write(ref _round, round);
        WakeUp();
        TakePieces();
        while (Volatile.Read(ref _finishedRound) != round)
        {
            Thread.SpinWait(1);
        }
    }

    public PieceRunner AsRunner() => Run;

    public void Dispose()
    {
        _stops = true;
        WakeUp();
        _thread.Join();
        _wake.Dispose();
    }

    private void WakeUp()
    {
        Interlocked.MemoryBarrier();
        if (_sleeps)
        {
            _wake.Set();
        }
    }

    private void Wait()
    {
        int done = 0;
        int spins = 0;
        while (!_stops)
        {
            int round = Volatile.Read(ref _round);
            if (round == done)
            {
                Thread.SpinWait(1);
                if (++spins == SpinsMax)
                {
                    Sleep(done);
                    spins = 0;
                }

                continue;
            }

            spins = 0;
            TakePieces();
            done = round;
            Volatile.Write(ref _finishedRound, round);
        }
    }

    private void Sleep(int done)
    {
        _sleeps = true;
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _round) == done && !_stops)
        {
            _wake.WaitOne();
        }

        _sleeps = false;
    }

    private void TakePieces()
    {
        for (int i = Interlocked.Increment(ref _next) - 1; i < _count; i = Interlocked.Increment(ref _next) - 1)
        {
            _piece(i);
        }
    }
}
