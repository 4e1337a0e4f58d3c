using Apache.Arrow.Ipc;
using Pipeline.Engine;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.OnDisk;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra.OnDisk;

public class ArrowDiskReaderTests
{
    private static readonly SpectralChunk Spectra = MemoryFile.Rounded(TestChunks.Make(n: 23, p: 11, seed: 5));

    [Theory]
    [InlineData("fixed", true, true)]
    [InlineData("fixed", false, true)]
    [InlineData("fixed", true, false)]
    [InlineData("list", true, true)]
    [InlineData("large", false, false)]
    public async Task Read_AnyShape_FindsEverySpectrumWhereItLies(string list, bool isSingle, bool isFile)
    {
        DiskReading reading = ArrowDiskReader.Read(new MemoryFile(MemoryFile.Bytes(Spectra, batchRows: 7, isSingle, list, isFile)));

        Assert.Equal(Spectra.Ids.ToArray(), reading.Chunk.Ids.ToArray());
        Assert.Equal(Spectra.Axis.Positions.ToArray(), reading.Chunk.Axis.Positions.ToArray());
        Assert.Equal(Spectra.Responses[0].Values.ToArray(), reading.Chunk.Responses.Single().Values.ToArray());
        Assert.Equal((23, 11), (reading.Rows.Count, reading.Rows.VariableCount));
        int[] backwards = [.. Enumerable.Range(0, 23).Reverse()];
        foreach (int[] order in (int[][])[[.. Enumerable.Range(0, 23)], backwards, [3, 4, 5, 20, 1]])
        {
            var disk = new SpectraOnDisk(reading.File, reading.Rows, order);
            var found = new Matrix(order.Length, 11);
            await disk.VisitAsync(block => Copy(block, found), CancellationToken.None);
            Tolerance.AssertSameBits(Spectra.X.SelectRows(order).Values, found.Values, list);
            int[] some = [order.Length - 1, 0, 2, 2];
            Tolerance.AssertSameBits(found.SelectRows(some).Values, disk.SelectRows(some).Values, list);
        }
    }

    [Theory]
    [InlineData("S1 S2 S3 S3", 3, 4)]
    [InlineData("S3 S1 S2 S3", 1, 4)]
    [InlineData("S1 S3 S2 S3", 2, 4)]
    [InlineData("S2 S1 S1 S0", 2, 3)]
    public void Read_RepeatedId_NamesBothRows(string ids, int first, int second)
    {
        SpectralChunk some = TestChunks.Make(n: 4, p: 11, seed: 3);
        var repeated = new SpectralChunk([.. ids.Split(' ')], some.Axis, some.X, some.Responses, some.Labels);
        StageException refused = Assert.Throws<StageException>(() => ArrowDiskReader.Read(new MemoryFile(MemoryFile.Bytes(repeated, batchRows: 3))));
        Assert.Contains($"stands in rows {first} and {second}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_IdsInNoOrder_AreRead()
    {
        SpectralChunk some = TestChunks.Make(n: 4, p: 11, seed: 3);
        var mixed = new SpectralChunk(["S2", "S9", "S1", "S3"], some.Axis, some.X, some.Responses, some.Labels);
        Assert.Equal(mixed.Ids.ToArray(), ArrowDiskReader.Read(new MemoryFile(MemoryFile.Bytes(mixed, batchRows: 3))).Chunk.Ids.ToArray());
    }

    [Fact]
    public void SizeOf_File_CostsNoSpectra()
    {
        var file = new MemoryFile(MemoryFile.Bytes(Spectra, batchRows: 7));
        Assert.Equal((23L, 11), ArrowDiskReader.SizeOf(file));
    }

    [Fact]
    public void Read_CompressedFile_SaysHowToWriteIt()
    {
        byte[] bytes = MemoryFile.Bytes(Spectra, 7, options: new IpcOptions
        {
            CompressionCodec = CompressionCodecType.Lz4Frame,
            CompressionCodecFactory = new Apache.Arrow.Compression.CompressionCodecFactory(),
        });
        StageException refused = Assert.Throws<StageException>(() => ArrowDiskReader.Read(new MemoryFile(bytes)));
        Assert.Contains("compressed and larger than memory", refused.Message, StringComparison.Ordinal);
        Assert.Contains("uncompressed", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BindAsync_ValueIsNoNumber_NamesRowSampleAndWavelength()
    {
        Matrix x = Spectra.X.View.ToMatrix();
        x[17, 3] = double.NaN;
        x[19, 1] = double.PositiveInfinity;
        var chunk = new SpectralChunk(Spectra.Ids, Spectra.Axis, x, Spectra.Responses, []);
        DiskReading reading = ArrowDiskReader.Read(new MemoryFile(MemoryFile.Bytes(chunk, 7, isSingle: true)));
        StageException refused = await Assert.ThrowsAsync<StageException>(
            () => StudyBinding.BindAsync(new Study { Response = "protein" }, reading, Pieces.InOrder, CancellationToken.None));
        Assert.Equal(
            "Row 18, sample 'S017', variable 1130 nm: expected a finite number, found NaN. Remove the sample, or mend its spectrum.",
            refused.Message);
        Assert.Equal(new DataPlace(18, "1130"), refused.Place);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BindAsync_SpectraOnDisk_BindsAsInMemory(bool isSingle)
    {
        // Two twins, one sample without reference, rows in any order.
        Matrix x = Spectra.X.View.ToMatrix();
        x.Row(4).CopyTo(x.Row(12));
        double[] y = [.. Spectra.Responses[0].Values];
        y[9] = double.NaN;
        var chunk = TestChunks.Shuffled(new SpectralChunk(Spectra.Ids, Spectra.Axis, x, [new ResponseColumn("protein", [.. y])], []), 3);
        var study = new Study { Response = "protein" };
        BoundStudy expected = StudyBinding.Bind(study, chunk);
        DiskReading reading = ArrowDiskReader.Read(new MemoryFile(MemoryFile.Bytes(chunk, 5, isSingle)));
        BoundStudy found = await StudyBinding.BindAsync(study, reading, Pieces.InOrder, CancellationToken.None);

        Assert.Equal(expected.Set.Manifest.Ids.ToArray(), found.Set.Manifest.Ids.ToArray());
        Assert.Equal(expected.Set.Manifest.Groups.ToArray(), found.Set.Manifest.Groups.ToArray());
        Assert.Equal(expected.Set.Y.Values.ToArray(), found.Set.Y.Values.ToArray());
        Assert.Equal(["S004", "S012"], found.IdenticalSpectra.Single().ToArray());
        Assert.False(found.Set.OnDisk!.IsInFileOrder);
        Assert.Equal(0, found.Set.X.Rows);

        // The key is that of the samples, whatever the order of rows.
        DiskReading sorted = ArrowDiskReader.Read(new MemoryFile(MemoryFile.Bytes(TestChunks.Shuffled(chunk, 8), 9, isSingle)));
        BoundStudy again = await StudyBinding.BindAsync(study, sorted, Pieces.InOrder, CancellationToken.None);
        Assert.Equal(found.Set.Manifest.Key, again.Set.Manifest.Key);
    }

    [Fact]
    public void Read_CutOrAlteredBytes_IsRefusedOrReadAndNeverADefect()
    {
        byte[] whole = MemoryFile.Bytes(Spectra, batchRows: 7, isSingle: true, "list");
        var random = new Pipeline.Stages.Numerics.Random.Pcg64(4);
        for (int trial = 0; trial < 2000; trial++)
        {
            byte[] bytes = trial % 2 == 0 ? whole[..random.NextInt(whole.Length)] : [.. whole];
            for (int k = random.NextInt(3); k > 0 && bytes.Length > 0; k--)
            {
                bytes[random.NextInt(bytes.Length)] = (byte)random.NextInt(256);
            }

            try
            {
                ArrowDiskReader.Read(new MemoryFile(bytes));
            }
            catch (StageException refused)
            {
                Assert.False(string.IsNullOrWhiteSpace(refused.Message));
            }
        }
    }

    private static void Copy(RowBlock block, Matrix target)
    {
        for (int i = 0; i < block.Count; i++)
        {
            block.CopyTo(i, target.Row(block.First + i));
        }
    }
}
