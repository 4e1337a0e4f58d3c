using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Tests.CrossProducts;

/// <summary>Runners that must all give the same bits: in order, backwards, several threads.</summary>
internal static class Runners
{
    /// <summary>The last piece first.</summary>
    public static PieceRunner Backwards { get; } = static (count, piece) =>
    {
        for (int i = count - 1; i >= 0; i--)
        {
            piece(i);
        }
    };

    /// <summary>Every runner, by a name for messages.</summary>
    public static IEnumerable<(string Name, PieceRunner Runner)> All =>
        [("in order", Pieces.InOrder), ("backwards", Backwards), ("2 threads", Threads(2)), ("8 threads", Threads(8))];

    /// <summary>Pieces taken by so many threads as they come.</summary>
    public static PieceRunner Threads(int threads) => (count, piece) =>
    {
        int next = -1;
        Thread[] all = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            for (int i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                piece(i);
            }
        }))];
        Array.ForEach(all, thread => thread.Start());
        Array.ForEach(all, thread => thread.Join());
    };
}
