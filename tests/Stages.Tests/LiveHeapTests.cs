using System.Buffers;
using Xunit;

namespace Pipeline.Stages.Tests;

/// <summary>The measure of the heap sees what is measured, whatever ran before.</summary>
[Collection("measures the heap")]
public class LiveHeapTests
{
    private const int Count = 8;
    private const int Length = 1 << 18;

    [Fact]
    public void PeakOf_PoolHasWhatIsRented_SeesIt()
    {
        RentAndReturn();
        Assert.InRange(LiveHeap.PeakOf(RentAndReturn, looksMin: 20), Count * Length * sizeof(double) / 2, long.MaxValue);
    }

    private static void RentAndReturn()
    {
        double[][] rented = [.. Enumerable.Range(0, Count).Select(_ => ArrayPool<double>.Shared.Rent(Length))];
        Thread.Sleep(1);
        Array.ForEach(rented, array => ArrayPool<double>.Shared.Return(array));
    }
}
