using Pipeline.Stages.Numerics;

namespace Pipeline.MicroBench;

/// <summary>A second thread that waits spinning, so that handing it work costs less than a microsecond.</summary>
internal sealed class SpinningRunner : IDisposable
{
    private readonly Thread _thread;
    private Action<int> _piece = static _ => { };
    private int _count;
    private int _next;
    private int _round;
    private int _finishedRound;
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
        _thread.Join();
    }

    private void Wait()
    {
        int done = 0;
        while (!_stops)
        {
            int round = Volatile.Read(ref _round);
            if (round == done)
            {
                Thread.SpinWait(1);
                continue;
            }

            TakePieces();
            done = round;
            Volatile.Write(ref _finishedRound, round);
        }
    }

    private void TakePieces()
    {
        for (int i = Interlocked.Increment(ref _next) - 1; i < _count; i = Interlocked.Increment(ref _next) - 1)
        {
            _piece(i);
        }
    }
}
