using Apache.Arrow;
using Apache.Arrow.Types;
using Xunit;

namespace Pipeline.Arrow.Tests.Ipc;

/// <summary>Dictionaries come before the batches that need them, grow and are replaced.</summary>
public class DictionaryTests
{
    private static readonly DictionaryType Type = new(Int16Type.Default, StringType.Default, false);

    [Fact]
    public void SameDictionary_IsWrittenOnce()
    {
        RecordBatch batch = Batch(10, "alpha", "beta");
        byte[] stream = Transport.WriteStream(batch.Schema, batch, Batch(10, "alpha", "beta"));
        Assert.Equal(1, Count(stream, "alpha"u8));
    }

    [Fact]
    public void GrownDictionary_GoesOutAsDelta()
    {
        RecordBatch[] batches = [Batch(4, "alpha", "beta"), Batch(6, "alpha", "beta", "gamma"), Batch(3, "alpha", "beta")];
        byte[] stream = Transport.WriteStream(batches[0].Schema, batches);
        AssertSame(batches, Transport.ReadMemory(stream).Batches);
        AssertSame(batches, Transport.ReadStream(stream).Batches);
        AssertSame(batches[..2], Transport.ReadFile(Transport.WriteFile(batches[0].Schema, batches[..2])).Batches);

        // Once for the first batch and once for the third, which takes the growth back; the second adds to the first.
        Assert.Equal(2, Count(stream, "alpha"u8));
        Assert.Equal(1, Count(stream, "gamma"u8));
    }

    [Fact]
    public void OtherDictionary_ReplacesInStreamsAndIsRefusedInFiles()
    {
        RecordBatch[] batches = [Batch(4, "a", "b"), Batch(6, "x", "y", "z"), Batch(2, "a", "b")];
        List<RecordBatch> read = Transport.ReadMemory(Transport.WriteStream(batches[0].Schema, batches)).Batches;
        AssertSame(batches, read);
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => Transport.WriteFile(batches[0].Schema, batches));
        Assert.Contains("'group'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void DeltaOfAnyType_Joins(string name, IArrowArray first, IArrowArray grown)
    {
        RecordBatch[] batches = [Over(first), Over(grown)];
        List<RecordBatch> read = Transport.ReadMemory(Transport.WriteStream(batches[0].Schema, batches)).Batches;
        AssertSame(batches, read);
        Assert.Equal(name, ((DictionaryArray)read[1].Column(0)).Dictionary.Data.DataType.Name);
        Assert.Equal(grown.Length, ((DictionaryArray)read[1].Column(0)).Dictionary.Length);
    }

    public static TheoryData<string, IArrowArray, IArrowArray> Values()
    {
        RecordBatch all = Samples.Everything(20, withNulls: true);
        var data = new TheoryData<string, IArrowArray, IArrowArray>();
        foreach (string column in (string[])["bool", "i32", "f64", "text", "bytes", "time"])
        {
            IArrowArray whole = all.Column(column);
            data.Add(whole.Data.DataType.Name, ArrowArrayFactory.Slice(whole, 0, 7), ArrowArrayFactory.Slice(whole, 0, 18));
        }

        return data;
    }

    [Fact]
    public void EveryIndexType_ReadsAsWritten()
    {
        IArrowArray[] indices =
        [
            new Int8Array.Builder().AppendRange([1, 0]).Build(), new Int16Array.Builder().AppendRange([1, 0]).Build(),
            new Int32Array.Builder().AppendRange([1, 0]).Build(), new Int64Array.Builder().AppendRange([1, 0]).Build(),
            new UInt8Array.Builder().AppendRange([1, 0]).Build(), new UInt16Array.Builder().AppendRange([1, 0]).Build(),
            new UInt32Array.Builder().AppendRange([1, 0]).Build(), new UInt64Array.Builder().AppendRange([1, 0]).Build(),
        ];
        StringArray values = new StringArray.Builder().Append("a").Append("b").Build();
        DictionaryArray[] columns =
        [
            .. indices.Select(i => new DictionaryArray(new DictionaryType(i.Data.DataType, StringType.Default, true), i, values)),
        ];
        var schema = new Schema(columns.Select((column, j) => new Field($"c{j}", column.Data.DataType, false)), null);
        var batch = new RecordBatch(schema, columns, 2);
        RecordBatch read = Transport.ReadFile(Transport.WriteFile(schema, batch)).Batches[0];
        Assert.Equal(Rendering.Of(batch), Rendering.Of(read));
        Assert.True(((DictionaryType)read.Schema[0].DataType).Ordered);
    }

    [Fact]
    public void DictionaryInsideLists_ReadsAsWritten()
    {
        DictionaryArray values = Samples.Groups(12, true, "a", "b", "c");
        var type = new FixedSizeListType(new Field("item", values.Data.DataType, true), 4);
        var list = new FixedSizeListArray(type, 3, values, ArrowBuffer.Empty);
        var batch = new RecordBatch(new Schema([new Field("lists", type, false)], null), [list], 3);
        Assert.Equal(
            Rendering.Of(batch.Slice(1, 2)),
            Rendering.Of(Transport.ReadMemory(Transport.WriteStream(batch.Schema, batch.Slice(1, 2))).Batches[0]));
    }

    private static RecordBatch Batch(int rows, params string[] values)
    {
        DictionaryArray array = Samples.Groups(rows, withNulls: true, values);
        return new RecordBatch(new Schema([new Field("group", Type, true)], null), [array], rows);
    }

    private static RecordBatch Over(IArrowArray values)
    {
        var indices = new Int16Array.Builder().AppendRange(Enumerable.Range(0, values.Length).Select(i => (short)i)).Build();
        var type = new DictionaryType(Int16Type.Default, values.Data.DataType, false);
        return new RecordBatch(
            new Schema([new Field("values", type, true)], null), [new DictionaryArray(type, indices, values)], values.Length);
    }

    private static void AssertSame(RecordBatch[] expected, List<RecordBatch> read) =>
        Assert.Equal(expected.Select(Rendering.Of), read.Select(Rendering.Of));

    private static int Count(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> text) => bytes.Count(text);
}
