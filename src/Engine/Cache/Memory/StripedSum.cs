using System.Numerics;

namespace Pipeline.Engine.Cache.Memory;

/// <summary>A sum to which many threads add at once without waiting for each other's cache line.</summary>
/// <remarks>Adding is exact; a reading while others add is of no single moment.</remarks>
internal sealed class StripedSum
{
    // Two cache lines apart: the processor fetches lines in pairs.
    private const int Spacing = 16;
    private const int StripesMax = 64;

    private static readonly int Mask =
        (int)Math.Min(StripesMax, BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount * 2)) - 1;

    private readonly long[] _cells = new long[(Mask + 2) * Spacing];

    public long Total
    {
        get
        {
            long total = 0;
            for (int stripe = 0; stripe <= Mask; stripe++)
            {
                total += Interlocked.Read(ref _cells[(stripe + 1) * Spacing]);
            }

            return total;
        }
    }

    public void Add(long value) =>
        Interlocked.Add(ref _cells[((Environment.CurrentManagedThreadId & Mask) + 1) * Spacing], value);
}
