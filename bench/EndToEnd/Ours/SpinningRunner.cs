using Pipeline.Stages.Numerics;

namespace Pipeline.EndToEndBench;

/// <summary>Threads that wait for pieces by spinning, so that a computation of a tenth of a millisecond may use them.</summary>
/// <remarks>One computation at a time; a piece that asks again has its pieces run in order. For measuring only.</remarks>
internal sealed class SpinningRunner : IDisposable
{
    private const int SpinsBeforeYield = 2000;

    [ThreadStatic]
    private static bool _isInside;

    private readonly Thread[] _helpers;
    private volatile Job? _job;
    private volatile bool _isDisposed;

    public SpinningRunner(int threads)
    {
        _helpers = [.. Enumerable.Range(1, threads - 1).Select(_ => new Thread(Help) { IsBackground = true })];
        Array.ForEach(_helpers, helper => helper.Start());
    }

    /// <summary>Runs pieces; see <see cref="PieceRunner"/>.</summary>
    public void Run(int count, Action<int> piece)
    {
        if (_isInside || _helpers.Length == 0 || count < 2)
        {
            Pieces.InOrder(count, piece);
            return;
        }

        var job = new Job(count, piece);
        _job = job;
        Work(job);
        var wait = default(SpinWait);
        while (!job.IsDone)
        {
            wait.SpinOnce(sleep1Threshold: -1);
        }

        _job = null;
        job.ThrowIfFailed();
    }

    public void Dispose()
    {
        _isDisposed = true;
        Array.ForEach(_helpers, helper => helper.Join());
    }

    private static void Work(Job job)
    {
        _isInside = true;
        job.RunPieces();
        _isInside = false;
    }

    private void Help()
    {
        Job? last = null;
        int spins = 0;
        while (!_isDisposed)
        {
            Job? job = _job;
            if (job is not null && job != last)
            {
                last = job;
                spins = 0;
                Work(job);
            }
            else if (++spins < SpinsBeforeYield)
            {
                Thread.SpinWait(8);
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    /// <summary>Pieces that are taken one after the other by whoever is free.</summary>
    private sealed class Job(int count, Action<int> piece)
    {
        private int _next = -1;
        private int _done;
        private Exception? _failure;

        public bool IsDone => Volatile.Read(ref _done) == count;

        public void RunPieces()
        {
            for (int i = Interlocked.Increment(ref _next); i < count; i = Interlocked.Increment(ref _next))
            {
                // Whatever a piece throws is carried to the caller, as the contract of runners says.
                try
                {
                    piece(i);
                }
                catch (Exception failure)
                {
                    Interlocked.CompareExchange(ref _failure, failure, null);
                }

                Interlocked.Increment(ref _done);
            }
        }

        public void ThrowIfFailed()
        {
            if (_failure is not null)
            {
                throw new InvalidOperationException("A piece failed.", _failure);
            }
        }
    }
}
