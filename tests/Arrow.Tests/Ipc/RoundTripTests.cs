using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Xunit;

namespace Pipeline.Arrow.Tests.Ipc;

/// <summary>What is written is read, in both formats and all ways.</summary>
public class RoundTripTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(7, false)]
    [InlineData(64, true)]
    [InlineData(100, true)]
    public async Task EveryType_ReadsAsWritten(int rows, bool withNulls)
    {
        RecordBatch batch = Samples.Everything(rows, withNulls);
        await AssertAllWays(batch.Schema, batch);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 5)]
    [InlineData(8, 16)]
    [InlineData(13, 40)]
    [InlineData(99, 1)]
    [InlineData(100, 0)]
    public async Task Slices_ReadAsWritten(int offset, int length)
    {
        RecordBatch batch = Samples.Everything(100, withNulls: true).Slice(offset, length);
        Assert.Equal(length, batch.Length);
        await AssertAllWays(batch.Schema, batch);
    }

    [Fact]
    public async Task SliceOfSlice_ReadsAsWritten()
    {
        RecordBatch batch = Samples.Everything(100, withNulls: true).Slice(3, 60).Slice(4, 33);
        Assert.Equal(["null", "'8'", "'é9'"], Rendering.Of(batch.Column("text"))[..3]);
        await AssertAllWays(batch.Schema, batch, batch.Slice(1, 2));
    }

    [Fact]
    public async Task NoBatches_KeepTheSchema() => await AssertAllWays(Samples.Everything(0, withNulls: true).Schema);

    [Fact]
    public async Task NoColumns_KeepTheRows()
    {
        var schema = new Schema([], null);
        var batch = new RecordBatch(schema, [], 12);
        await AssertAllWays(schema, batch);
        Assert.Equal(12, Transport.ReadMemory(Transport.WriteStream(schema, batch)).Batches[0].Length);
    }

    [Fact]
    public void LegacyFraming_IsWrittenAndRead()
    {
        RecordBatch batch = Samples.Everything(9, withNulls: true);
        var options = new IpcOptions { WriteLegacyIpcFormat = true };
        byte[] stream = Transport.Write(s => new ArrowStreamWriter(s, batch.Schema, true, options), batch);
        Assert.NotEqual(0xFF, stream[0]);
        Assert.Equal(Rendering.Of(batch), Rendering.Of(Transport.ReadMemory(stream).Batches[0]));
        byte[] file = Transport.Write(s => new ArrowFileWriter(s, batch.Schema, true, options), batch);
        Assert.Equal(Rendering.Of(batch), Rendering.Of(Transport.ReadFile(file).Batches[0]));
    }

    [Fact]
    public void Metadata_AreKept()
    {
        RecordBatch batch = Samples.Everything(1, withNulls: false);
        Schema schema = Transport.ReadFile(Transport.WriteFile(batch.Schema, batch)).Schema;
        Assert.Equal("schema ± note", schema.Metadata!["note"]);
        Assert.Equal("", schema.Metadata["empty"]);
        Assert.All(schema.FieldsList, field => Assert.Equal(field.Name, field.Metadata!["column"]));
        var time = (TimestampType)schema.GetFieldByName("time")!.DataType;
        Assert.Equal((TimeUnit.Microsecond, "Europe/Oslo"), (time.Unit, time.Timezone));
    }

    [Fact]
    public async Task File_ReadsBatchesInAnyOrder()
    {
        RecordBatch first = Samples.Everything(5, withNulls: true);
        RecordBatch second = Samples.Everything(6, withNulls: false);
        byte[] file = Transport.WriteFile(first.Schema, first, second);
        using var reader = new ArrowFileReader(new MemoryStream(file));
        Assert.Equal(2, await reader.RecordBatchCountAsync());
        Assert.Equal(Rendering.Of(second), Rendering.Of(await reader.ReadRecordBatchAsync(1)));
        Assert.Equal(Rendering.Of(first), Rendering.Of(await reader.ReadRecordBatchAsync(0)));
        Assert.True(reader.IsFileValid);
    }

    [Fact]
    public void FixedSizeList_IsOneRowMajorMatrix()
    {
        RecordBatch batch = Samples.Everything(4, withNulls: false);
        var list = (FixedSizeListArray)Transport.ReadMemory(Transport.WriteStream(batch.Schema, batch)).Batches[0].Column("spectrum");
        ReadOnlySpan<double> matrix = ((DoubleArray)list.Values).Values;
        Assert.Equal([0, 0.25, 0.5, 1, 1.25, 1.5, 2, 2.25, 2.5, 3, 3.25, 3.5], matrix.ToArray());
    }

    /// <summary>Both formats, both ways to write, all ways to read.</summary>
    private static async Task AssertAllWays(Schema schema, params RecordBatch[] batches)
    {
        byte[] stream = Transport.WriteStream(schema, batches);
        byte[] file = Transport.WriteFile(schema, batches);
        Assert.Equal(stream, await Transport.WriteAsync(s => new ArrowStreamWriter(s, schema, true), batches));
        Assert.Equal(file, await Transport.WriteAsync(s => new ArrowFileWriter(s, schema, true), batches));
        (Schema Schema, List<RecordBatch> Batches)[] reads =
        [
            Transport.ReadMemory(stream),
            Transport.ReadStream(stream),
            Transport.ReadAll(new ArrowStreamReader(new DribblingStream(stream))),
            await Transport.ReadAllAsync(new ArrowStreamReader(stream.AsMemory())),
            await Transport.ReadAllAsync(new ArrowStreamReader(new DribblingStream(stream))),
            Transport.ReadFile(file),
            await Transport.ReadAllAsync(new ArrowFileReader(new MemoryStream(file))),
        ];
        foreach ((Schema readSchema, List<RecordBatch> readBatches) in reads)
        {
            Assert.Equal(schema.FieldsList.Select(Describe), readSchema.FieldsList.Select(Describe));
            Assert.Equal(batches.Length, readBatches.Count);
            for (int i = 0; i < batches.Length; i++)
            {
                Assert.Equal(Rendering.Of(batches[i]), Rendering.Of(readBatches[i]));
                Assert.Equal(batches[i].Arrays.Select(a => a.NullCount), readBatches[i].Arrays.Select(a => a.NullCount));
            }
        }
    }

    private static string Describe(Field field) =>
        $"{field.Name} {field.DataType.TypeId} {field.IsNullable} {(field.DataType as FixedSizeListType)?.ListSize}";
}
