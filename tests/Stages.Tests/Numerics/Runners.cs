using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Tests.Numerics;

/// <summary>Runners of pieces, which must not show in any result.</summary>
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

    /// <summary>So many threads, each of which takes the next piece that nobody has.</summary>
    public static PieceRunner Threads(int threads) => (count, piece) =>
    {
        int next = -1;
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(Work))];
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());

        void Work()
        {
            for (int i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                piece(i);
            }
        }
    };
}
