using Pipeline.Engine.Cores;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.OnDisk;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.OnDisk;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.Spectra.OnDisk;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration.OnDisk;

public class MomentsPassTests
{
    private const int Folds = 4;

    // More rows than are taken up at once, and blocks of folds that are cut by the ends of what is read.
    private static readonly SpectralChunk Spectra = MemoryFile.Rounded(TestChunks.Make(n: 5000, p: 19, seed: 5));

    [Theory]
    [InlineData("raw", true, 1)]
    [InlineData("raw", true, 8)]
    [InlineData("raw", false, 2)]
    [InlineData("snv + sg(5,2,1)", true, 1)]
    [InlineData("snv + sg(5,2,1)", true, 2)]
    [InlineData("snv + sg(5,2,1)", false, 8)]
    [InlineData("absorbance + asls(1000,0.01) + gap(3,3,1) + crop(1150-1230 nm)", false, 8)]
    [InlineData("interpolate(1105-1255 nm; 2) + rnv(25)", true, 2)]
    public async Task RunAsync_AnyThreadsAndOrderOfTheFile_GivesTheBitsOfMemory(string notation, bool isSingle, int threads)
    {
        PretreatmentChain chain = notation == "raw" ? PretreatmentChain.Raw : PretreatmentChain.Parse(notation);
        var study = new Study { Response = "protein" };
        CalibrationSet inMemory = StudyBinding.Bind(study, Spectra).Set;
        var folds = new Folds([.. Enumerable.Range(0, inMemory.Manifest.SampleCount).Select(i => i * 7 % Folds)], Folds);
        Matrix treated = PretreatedChunks.Treat(inMemory.X, Spectra.Axis, chain).X;
        FoldMoments expected = FoldMoments.Of(
            new SharedSpectra(treated, inMemory.Y, folds, autoscales: false, Pieces.InOrder), CancellationToken.None);
        using var pool = new CorePool(threads);
        foreach (SpectralChunk file in (SpectralChunk[])[Spectra, TestChunks.Shuffled(Spectra, 9)])
        {
            DiskReading reading = ArrowDiskReader.Read(new MemoryFile(MemoryFile.Bytes(file, 777, isSingle)));
            CalibrationSet set = (await StudyBinding.BindAsync(study, reading, pool.Run, CancellationToken.None)).Set;
            FoldMoments found = await MomentsPass.RunAsync(
                set.OnDisk!, Spectra.Axis, chain, set.Y, folds, pool.Run, CancellationToken.None);
            for (int k = 0; k < Folds; k++)
            {
                Assert.Equal(expected.Fold(k).Count, found.Fold(k).Count);
                Tolerance.AssertSameBits(expected.Fold(k).XMeans, found.Fold(k).XMeans, "means");
                Tolerance.AssertSameBits(expected.Fold(k).XX.Values, found.Fold(k).XX.Values, "XX");
                Tolerance.AssertSameBits(expected.Fold(k).XY.Values, found.Fold(k).XY.Values, "XY");
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task VisitAsync_SamplesInFileOrderOrNot_ReadsBlocksInTurnOrTogether(bool isScattered)
    {
        // In the order of the file the system sees one reader that goes forward; scattered rows are waited for side by side.
        // Method: a read ends when another one is under way, or when none has come for a while.
        var file = new MeetingFile(
            new MemoryFile(MemoryFile.Bytes(Spectra, 777, isSingle: true)), TimeSpan.FromSeconds(isScattered ? 20 : 0.05));
        DiskReading reading = ArrowDiskReader.Read(file);
        int[] places = [.. Enumerable.Range(0, 5000)];
        var disk = new SpectraOnDisk(file, reading.Rows, isScattered ? [.. places.Reverse()] : places);
        int rows = 0;
        await disk.VisitAsync(block => rows += block.Count, CancellationToken.None);
        Assert.Equal(5000, rows);
        Assert.Equal(3, file.Reads);
        Assert.Equal(isScattered, file.HaveMet);
    }

    [Fact]
    public async Task VisitAsync_Cancelled_EndsWithoutAnotherBlock()
    {
        DiskReading reading = ArrowDiskReader.Read(new MemoryFile(MemoryFile.Bytes(Spectra, 777)));
        var disk = new SpectraOnDisk(reading.File, reading.Rows, [.. Enumerable.Range(0, 5000)]);
        using var stop = new CancellationTokenSource();
        int blocks = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => disk.VisitAsync(
            _ =>
            {
                blocks++;
                stop.Cancel();
            },
            stop.Token));
        Assert.Equal(1, blocks);
    }

    /// <summary>A file whose reads wait until two of them have been under way at once, or for some time.</summary>
    private sealed class MeetingFile(IByteFile file, TimeSpan patience) : IByteFile
    {
        private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _atOnce;
        private int _reads;

        public long Length => file.Length;

        public int Reads => _reads;

        public bool HaveMet => _met.Task.IsCompleted;

        public void Read(long position, Span<byte> target) => file.Read(position, target);

        public async ValueTask ReadAsync(IReadOnlyList<ByteRange> pieces, Memory<byte> target, CancellationToken cancellation)
        {
            Interlocked.Increment(ref _reads);
            if (Interlocked.Increment(ref _atOnce) > 1)
            {
                _met.TrySetResult();
            }

            await Task.WhenAny(_met.Task, Task.Delay(patience, cancellation));
            await file.ReadAsync(pieces, target, cancellation);
            Interlocked.Decrement(ref _atOnce);
        }
    }
}
