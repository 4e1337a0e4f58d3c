using System.Runtime.CompilerServices;
using Pipeline.Engine;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra.OnDisk;
using Pipeline.Stages.Tests.Spectra.OnDisk;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration.OnDisk;

[Collection("measures the heap")]
public sealed class StudyMemoryTests
{
    private const int AttemptsMax = 100;
    private const int Few = 20_000;
    private const int Many = 120_000;

    /// <summary>
    /// Id 48 with its reference, response 8, place in the file 4, fold 8, group 8: 76. A name
    /// for the group of every sample would take 64 more.
    /// </summary>
    private const double SampleBytesMax = 100;

    [Fact]
    public async Task BindAndPlan_SpectraOnDisk_HoldFewBytesForEachSample()
    {
        // Method: what lives after binding and planning, of many samples less of few; what does not grow with samples falls out.
        double bytes = (double)(await HeldAsync(Many) - await HeldAsync(Few)) / (Many - Few);
        Assert.InRange(bytes, 40, SampleBytesMax);
    }

    private static async Task<long> HeldAsync(int samples)
    {
        byte[] file = FileOf(samples);
        long before = LiveHeap.BytesWithoutPool();
        var study = new Study { Response = "protein", Models = ["ridge"], Subsets = ["full"], Pretreatments = ["raw"], Folds = "random(5, seed 0)" };
        BoundStudy bound = await StudyBinding.BindAsync(
            study, ArrowDiskReader.Read(new MemoryFile(file)), Pieces.InOrder, CancellationToken.None);
        StudyPlan plan = StudyPlanner.Plan(study, bound.Set.Manifest, Limits.Default, bound.Set.OnDisk);

        // The frames of the pass hold what it held until they have ended.
        long held = LiveHeap.Bytes() - before;
        for (int attempt = 0; attempt < AttemptsMax && held > SampleBytesMax * samples; attempt++)
        {
            await Task.Delay(50);
            held = LiveHeap.Bytes() - before;
        }

        GC.KeepAlive(bound);
        GC.KeepAlive(plan);
        GC.KeepAlive(file);
        return held;
    }

    // Not inlined: what the samples were made of must be dead before anything is measured.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte[] FileOf(int samples) => MemoryFile.Bytes(TestChunks.Make(n: samples, p: 4, seed: 3), 5000, isSingle: true);
}
