namespace Pipeline.Engine.Cores;

/// <summary>One call of <see cref="CorePool.Run"/> while its pieces run.</summary>
/// <remarks>
/// Used again and again, so that a call allocates nothing: the caller has it until every helper has left. Pieces are
/// claimed in their order by a counter, which is why the lowest piece that throws is always among those begun.
/// </remarks>
internal sealed class WideTask
{
    // Set by the constructor.
    private readonly CorePool _pool;
    private readonly Lock _gate = new();

    // Set by Begin, before a helper has the task.
    private int _count;
    private Action<int> _piece = Nothing;

    // Guarded by the pool's gate, read anywhere.
    private int _helpersAtWork;

    // Shared by all who work.
    private int _claimed;

    // Guarded by _gate.
    private int _failedPiece;

    /// <summary>A task without pieces.</summary>
    public WideTask(CorePool pool)
    {
        _pool = pool;
    }

    /// <summary>The helpers that were lent to it.</summary>
    public List<CoreHelper> Helpers { get; } = [];

    /// <summary>How many helpers have it still.</summary>
    public int HelpersAtWork => Volatile.Read(ref _helpersAtWork);

    /// <summary>What the lowest of the pieces that failed has thrown; read when nobody is at work.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Starts over.</summary>
    public void Begin(int count, Action<int> piece, int helpers)
    {
        _count = count;
        _piece = piece;
        _claimed = 0;
        _failedPiece = int.MaxValue;
        Failure = null;
        Volatile.Write(ref _helpersAtWork, helpers);
    }

    /// <summary>Notes under the pool's gate that a helper has left.</summary>
    public void HelperLeft() => Volatile.Write(ref _helpersAtWork, _helpersAtWork - 1);

    /// <summary>Lets go of what the caller's closure holds.</summary>
    public void Clear()
    {
        _piece = Nothing;
        Failure = null;
        Helpers.Clear();
    }

    /// <summary>Runs pieces until none is left; a helper also stops when its core is wanted.</summary>
    public void Work(bool isHelper)
    {
        while (!(isHelper && _pool.IsCrowded))
        {
            int piece = Interlocked.Increment(ref _claimed) - 1;
            if (piece >= _count)
            {
                return;
            }

            // Whatever it is, it is carried to the thread that asked, and thrown there.
            try
            {
                _piece(piece);
            }
            catch (Exception failure)
            {
                Keep(piece, failure);
                return;
            }
        }
    }

    private static void Nothing(int piece)
    {
    }

    private void Keep(int piece, Exception failure)
    {
        Interlocked.Exchange(ref _claimed, _count);
        lock (_gate)
        {
            if (piece < _failedPiece)
            {
                _failedPiece = piece;
                Failure = failure;
            }
        }
    }
}
