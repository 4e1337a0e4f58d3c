using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.Models;
using Pipeline.Stages.Tests.Numerics;
using Xunit;

namespace Pipeline.Stages.Tests.CrossProducts;

/// <summary>Moments of folds take what they are said to.</summary>
[Collection("measures the heap")]
public sealed class FoldMomentsMemoryTests
{
    /// <summary>
    /// Aim: the bytes said bound what lives, and are near it, for folds whose halving is even or uneven, and where sums and moments borrow
    /// arrays of one length (300 variables) or of two (250). Method: as many visits as there are pieces wait for each other; then the heap is
    /// looked at.
    /// </summary>
    [Theory]
    [InlineData(2, 300)]
    [InlineData(3, 300)]
    [InlineData(5, 300)]
    [InlineData(5, 250)]
    [InlineData(8, 300)]
    [InlineData(19, 300)]
    public void MadeBytes_VisitsSideBySide_BoundsTheLiveHeap(int folds, int p)
    {
        const int N = 190;
        (Matrix x, Matrix y) = SimulatedSpectra.Make(N, p, 4, 1e-2, 71);
        int atOnce = Math.Min(FoldMoments.VisitsMax, folds);
        PieceRunner runner = Runners.Threads(atOnce);
        var data = new SharedSpectra(x, y, new Folds([.. Enumerable.Range(0, N).Select(i => i % folds)], folds), autoscales: false, runner);
        long before = LiveHeap.BytesWithoutPool();
        long held = 0;
        int inside = 0;
        using var isSeen = new ManualResetEventSlim();
        using (FoldMoments moments = FoldMoments.Of(data, CancellationToken.None))
        {
            moments.VisitCalibrations(FoldSplit.Each(data.Folds), runner, (_, calibration) =>
            {
                if (Interlocked.Increment(ref inside) == atOnce)
                {
                    held = LiveHeap.Bytes() - before;
                    isSeen.Set();
                }

                Assert.True(isSeen.Wait(TimeSpan.FromMinutes(1)), "Fewer are visited at once than counted on.");
                GC.KeepAlive(calibration);
            });
        }

        long said = FoldMoments.MadeBytes(folds, p, 1, FoldMoments.VisitsMax, N);
        Assert.True(held <= said, $"{held} bytes live, {said} are said.");
        Assert.True(said <= 3 * held, $"{held} bytes live, {said} are said.");
    }
}
