namespace Pipeline.Stages.Numerics;

/// <summary>Runs the pieces 0 … <paramref name="count"/> - 1 of a computation, each once, and returns when all are done.</summary>
/// <remarks>
/// A computation is cut into pieces by its shape alone, every piece writes to memory of its own, and what the pieces
/// made is put together in their order: the pieces are part of the arithmetic, which thread runs which is not.
/// Numerics have no threads; whoever has idle cores hands a runner in. What a piece throws, the runner throws,
/// but it neither returns nor throws while a piece is running: callers hold memory in place only as long.
/// </remarks>
public delegate void PieceRunner(int count, Action<int> piece);

/// <summary>The runner that needs no other thread.</summary>
public static class Pieces
{
    /// <summary>Runs one piece after the other on the caller's thread.</summary>
    public static PieceRunner InOrder { get; } = static (count, piece) =>
    {
        for (int i = 0; i < count; i++)
        {
            piece(i);
        }
    };
}
