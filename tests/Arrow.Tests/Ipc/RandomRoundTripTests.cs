using Apache.Arrow;
using Apache.Arrow.Types;
using Xunit;

namespace Pipeline.Arrow.Tests.Ipc;

/// <summary>Whatever can be nested into whatever else is read as it was written.</summary>
public class RandomRoundTripTests
{
    private const int Cases = 600;
    private const int Depth = 3;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Batches_OfRandomTypes_AreReadAsWritten(ulong seed)
    {
        var random = new RandomArrays(seed);
        for (int i = 0; i < Cases; i++)
        {
            int length = random.Below(30);
            IArrowArray array = random.Next(length, Depth);
            var schema = new Schema([new Field("column", array.Data.DataType, nullable: true)], null);
            var batch = new RecordBatch(schema, [array], length);
            int start = random.Below(length + 1);
            string[] expected = Rendering.Of(array);
            byte[] stream = Transport.WriteStream(schema, batch, batch.Slice(start, length));
            byte[] file = Transport.WriteFile(schema, batch);
            Assert.Equal(expected, Rendering.Of(Transport.ReadStream(stream).Batches[0])[0]);
            Assert.Equal(expected[start..], Rendering.Of(Transport.ReadMemory(stream).Batches[1])[0]);
            Assert.Equal(expected, Rendering.Of(Transport.ReadFile(file).Batches[0])[0]);
        }
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public void Dictionaries_OfRandomTypes_GrowOverBatches(ulong seed, bool isFile)
    {
        var random = new RandomArrays(seed);
        for (int i = 0; i < Cases; i++)
        {
            IArrowArray values = random.NextValues(1 + random.Below(30), Depth);
            int first = 1 + random.Below(values.Length);
            RecordBatch[] batches = [Indexing(values, first), Indexing(values, first), Indexing(values, values.Length)];
            List<RecordBatch> read = isFile
                ? Transport.ReadFile(Transport.WriteFile(batches[0].Schema, batches)).Batches
                : Transport.ReadMemory(Transport.WriteStream(batches[0].Schema, batches)).Batches;
            Assert.Equal(batches.Select(batch => Rendering.Of(batch)[0]), read.Select(batch => Rendering.Of(batch)[0]));
        }
    }

    [Fact]
    public void Dictionary_InsideADictionary_IsReplacedWithIt()
    {
        // The indices of the outer values are the same bytes in both batches; what they lead to is not.
        RecordBatch[] batches = [Outer("a", "b"), Outer("x", "y")];
        List<RecordBatch> read = Transport.ReadMemory(Transport.WriteStream(batches[0].Schema, batches)).Batches;
        Assert.Equal(batches.Select(batch => Rendering.Of(batch)[0]), read.Select(batch => Rendering.Of(batch)[0]));
        Assert.Throws<InvalidOperationException>(() => Transport.WriteFile(batches[0].Schema, batches));
    }

    private static RecordBatch Outer(params string[] values)
    {
        DictionaryArray inner = Samples.Groups(values.Length, withNulls: false, values);
        var type = new StructType([new Field("inner", inner.Data.DataType, nullable: true)]);
        return Indexing(new StructArray(type, inner.Length, [inner], ArrowBuffer.Empty), inner.Length);
    }

    /// <summary>Every one of the first values once, last first, and a null.</summary>
    private static RecordBatch Indexing(IArrowArray values, int count)
    {
        Int32Array.Builder indices = new Int32Array.Builder().AppendRange(Enumerable.Range(0, count).Reverse()).AppendNull();
        var type = new DictionaryType(Int32Type.Default, values.Data.DataType, ordered: false);
        var column = new DictionaryArray(type, indices.Build(), ArrowArrayFactory.Slice(values, 0, count));
        return new RecordBatch(new Schema([new Field("column", type, nullable: true)], null), [column], count + 1);
    }
}
