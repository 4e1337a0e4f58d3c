using System.Buffers;
using System.IO.Compression;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Memory;
using Apache.Arrow.Types;
using Xunit;

namespace Pipeline.Arrow.Tests.Api;

/// <summary>What callers may rely on, whether src/Arrow or the package stands behind it.</summary>
public class BehaviourTests
{
    [Fact]
    public void Field_WithoutNameTypeOrKey_IsRefusedOrOfNulls()
    {
        Assert.Throws<ArgumentNullException>(() => new Field(null!, Int32Type.Default, true));
        Assert.Throws<ArgumentNullException>(() => new Field.Builder().DataType(Int32Type.Default).Build());
        Assert.Throws<ArgumentNullException>(() => new Field.Builder().Metadata(" ", "x"));
        Assert.Throws<ArgumentNullException>(() => new Schema.Builder().Metadata("", "x"));
        Assert.Equal(ArrowTypeId.Null, new Field("x", null, true).DataType.TypeId);
        Assert.Equal(ArrowTypeId.Null, new Field.Builder().Name("x").Build().DataType.TypeId);
        Assert.True(new Field.Builder().Name("x").Build().IsNullable);
        Assert.False(new Field("x", Int32Type.Default, true).HasMetadata);
    }

    [Fact]
    public void Schema_EqualNames_GivesTheFirst()
    {
        var first = new Field("x", Int32Type.Default, true);
        Schema schema = new Schema.Builder().Field(first).Field((Field)null!).Field((Action<Field.Builder>)null!)
            .Field(field => field.Name("x").DataType(DoubleType.Default)).Build();

        Assert.Equal(2, schema.FieldsList.Count);
        Assert.Same(first, schema["x"]);
        Assert.Same(first, schema.GetFieldByName("x"));
        Assert.Equal(0, schema.GetFieldIndex("x"));
        Assert.Equal(0, schema.GetFieldIndex("X", StringComparer.OrdinalIgnoreCase));
        Assert.Equal(-1, schema.GetFieldIndex("y"));
        Assert.Null(schema.GetFieldByName("y"));
        Assert.Throws<ArgumentOutOfRangeException>(() => schema[2]);
    }

    [Fact]
    public void RecordBatch_WrongColumnOrRange_IsRefused()
    {
        Schema schema = new Schema.Builder().Field(new Field("x", Int32Type.Default, true)).Build();
        var batch = new RecordBatch(schema, [new Int32Array.Builder().AppendRange([1, 2, 3]).Build()], 3);

        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Column("y"));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Column(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RecordBatch(schema, [], -1));
        Assert.Throws<ArgumentNullException>(() => new RecordBatch(schema, null!, 0));
        Assert.Throws<ArgumentException>(() => batch.Slice(4, 1));
        Assert.Equal(2, batch.Slice(1, 9).Length);
        Assert.Equal([2, 3], ((Int32Array)batch.Slice(1, 9).Column(0)).Values.ToArray());
        Assert.Throws<NotSupportedException>(() => ((IArrowArray)batch).Data);
    }

    [Fact]
    public void PrimitiveBuilder_SetSwapResizeClear_CarryNullsAlong()
    {
        Int32Array.Builder builder = new Int32Array.Builder().Append(1).AppendNull().Append((int?)null).Append(4);
        builder.Set(1, 2).Swap(2, 3);
        using Int32Array array = builder.Build();
        Assert.Equal(new int?[] { 1, 2, 4, null }, array);
        Assert.Equal(1, array.NullCount);
        Assert.Equal(2, builder.Resize(2).Resize(2).Length);
        Assert.True(builder.Build().NullBitmapBuffer.IsEmpty);
        Assert.Equal(2, new Int32Array.Builder().Append(1).Resize(3).Build().NullCount);
        Assert.Equal(0, builder.Clear().Build().Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.Reserve(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => array.GetValue(4));
    }

    [Fact]
    public void Slice_OfSlices_CountsFromWhereTheyStart()
    {
        using Int32Array array = new Int32Array.Builder().Append(1).AppendNull().Append(3).AppendNull().Append(5).Build();
        var slice = (Int32Array)array.Slice(1, 4).Slice(1, 9);

        Assert.Equal(new int?[] { 3, null, 5 }, slice);
        Assert.Equal((3, 2, 1), (slice.Length, slice.Offset, slice.NullCount));
        Assert.Equal(-1, array.Data.Slice(1, 2).NullCount);
        Assert.Equal(1, array.Data.Slice(1, 2).GetNullCount());
        Assert.Equal(0, array.Slice(5, 1).Length);
        Assert.Throws<ArgumentException>(() => array.Slice(6, 1));
    }

    [Fact]
    public void Buffers_WrongArguments_AreRefused()
    {
        Assert.Throws<NotSupportedException>(() => new ArrowBuffer.Builder<bool>());
        Assert.Throws<ArgumentOutOfRangeException>(() => new ArrowBuffer.Builder<int>().Resize(-1));
        Assert.Throws<ArgumentException>(() => new ArrowBuffer.BitmapBuilder().Append([1], 9));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ArrowBuffer.BitmapBuilder().Append(true).Set(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ArrowBuffer.BitmapBuilder().Append(true).Toggle(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ArrowBuffer.BitmapBuilder().AppendRange(true, -1));
    }

    [Fact]
    public void BitmapBuilder_Counts_FollowEveryChange()
    {
        ArrowBuffer.BitmapBuilder bits = new ArrowBuffer.BitmapBuilder().Append([0b101], 3).Append([], 2).AppendRange(false, 20);
        bits.Toggle(0).Set(1).Swap(1, 5);
        Assert.Equal((25, 4, 21), (bits.Length, bits.SetBitCount, bits.UnsetBitCount));
        Assert.Equal(4, BitUtility.CountBits(bits.Build().Span, 0, 25));
        Assert.Equal((3, 1), (bits.Resize(3).Length, bits.SetBitCount));
        Assert.Equal((0, 0), (bits.Clear().Length, bits.SetBitCount));
    }

    [Fact]
    public void FixedSizeListBuilder_ListsOfOtherLengths_AreRefused()
    {
        var builder = new FixedSizeListArray.Builder(Int32Type.Default, 2);
        var values = (Int32Array.Builder)builder.ValueBuilder;
        builder.Append();
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.Build());
        values.Append(1).Append(2);
        builder.AppendNull().Append();
        values.Append(5);
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.Append());
        values.Append(6);

        using FixedSizeListArray lists = builder.Build();
        Assert.Equal((3, 1), (lists.Length, lists.NullCount));
        Assert.Null(lists.GetSlicedValues(1));
        Assert.Equal([5, 6], ((Int32Array)((FixedSizeListArray)lists.Slice(1, 2)).GetSlicedValues(1)!).Values.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => lists.GetSlicedValues(3));
        Assert.Equal(0, builder.Clear().Length);
    }

    [Fact]
    public void BinaryBuilder_OneByteManyAndNone_AreOneStringEach()
    {
        var builder = new BinaryArray.Builder();
        builder.Append(7).Append([1, 2]).Append((IEnumerable<byte>)null!).Append(new List<byte> { 3 })
            .AppendRange([[], null!, [4]]).AppendRange((IEnumerable<byte>)[8, 9]);
        using BinaryArray array = builder.Build();

        byte[]?[] expected = [[7], [1, 2], null, [3], [], null, [4], [8], [9]];
        Assert.Equal(expected, array);
        Assert.Equal((9, 2), (builder.Length, array.NullCount));
        Assert.Equal(0, array.GetValueLength(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => array.GetValueLength(9));
        Assert.Equal(0, builder.Clear().Build().Length);
    }

    [Fact]
    public void StringArray_NullAndEmpty_Differ()
    {
        using StringArray array = new StringArray.Builder().Append("é").Append((string)null!).Append("").AppendRange(["x", null!]).Build();
        Assert.Equal("é,-,,x,-", string.Join(',', ((IEnumerable<string?>)array).Select(text => text ?? "-")));
        Assert.Throws<ArgumentOutOfRangeException>(() => array.GetString(5));
    }

    [Fact]
    public void Timestamp_Defaults_AreMillisecondsInUtc()
    {
        Assert.Equal((TimeUnit.Millisecond, "+00:00"), (TimestampType.Default.Unit, TimestampType.Default.Timezone));
        Assert.Equal("+00:00", ((TimestampType)new TimestampArray.Builder().Build().Data.DataType).Timezone);
        Assert.Null(((TimestampType)new TimestampArray.Builder(TimeUnit.Second).Build().Data.DataType).Timezone);
        Assert.Equal("+00:00", new TimestampType(TimeUnit.Second, TimeZoneInfo.Utc).Timezone);

        // Times before 1970 are cut towards it.
        DateTimeOffset early = DateTimeOffset.UnixEpoch.AddMilliseconds(-1500);
        using TimestampArray array = new TimestampArray.Builder(TimeUnit.Second).Append(early).AppendNull().Build();
        Assert.Equal(-1, array.Values[0]);
        Assert.Equal([DateTimeOffset.UnixEpoch.AddSeconds(-1), null], ((IEnumerable<DateTimeOffset?>)array).ToArray());
    }

    [Fact]
    public void Dictionary_OfAnotherType_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new DictionaryType(DoubleType.Default, StringType.Default, false));
        var type = new DictionaryType(Int8Type.Default, StringType.Default, false);
        Int8Array indices = new Int8Array.Builder().Append(0).Build();
        Int32Array values = new Int32Array.Builder().Append(1).Build();
        Assert.Throws<ArgumentException>(() => new DictionaryArray(type, indices, values));
        Assert.Throws<ArgumentException>(() => new DictionaryArray(new ArrayData(type, 1, 0, 0, indices.Data.Buffers, null, values.Data)));
        Assert.Throws<ArgumentException>(() => new DictionaryArray(new ArrayData(type, 1, 0, 0, indices.Data.Buffers, null, null)));
    }

    [Fact]
    public void Arrays_WrongTypeOrBuffers_AreRefused()
    {
        ArrayData data = new Int32Array.Builder().Append(1).Build().Data;
        Assert.Throws<ArgumentException>(() => new Int64Array(data));
        Assert.Throws<ArgumentException>(() => new BinaryArray(data));
        Assert.Throws<ArgumentException>(() => new Int32Array(new ArrayData(Int32Type.Default, 1, 0, 0, [ArrowBuffer.Empty], null)));
        var lists = new FixedSizeListType(Int32Type.Default, 1);
        Assert.Throws<ArgumentException>(() => new FixedSizeListArray(new ArrayData(lists, 1, 0, 0, data.Buffers, [data])));
    }

    [Fact]
    public void FileWriter_StreamThatCannotSeek_IsRefused()
    {
        var schema = new Schema([new Field("x", Int32Type.Default, true)], null);
        using var target = new GZipStream(new MemoryStream(), CompressionLevel.Fastest);
        Assert.Throws<ArgumentException>(() => new ArrowFileWriter(target, schema));
        Assert.Throws<ArgumentException>(() => new ArrowFileWriter(new MemoryStream([], writable: false), schema));
        Assert.Throws<ArgumentNullException>(() => new ArrowStreamWriter(target, null!));
    }

    [Fact]
    public void StreamWriter_Disposed_HasWrittenNoEnd()
    {
        // An exception on the way must not look like a complete stream.
        var schema = new Schema([new Field("x", Int32Type.Default, true)], null);
        using var target = new MemoryStream();
        using (var writer = new ArrowStreamWriter(target, schema, leaveOpen: true))
        {
            writer.WriteStart();
            writer.WriteStart();
        }

        long start = target.Length;
        using (var writer = new ArrowStreamWriter(target, schema, leaveOpen: false))
        {
            writer.WriteStart();
            writer.WriteEnd();
            writer.WriteEnd();
            Assert.Equal((2 * start) + 8, target.Length);
        }

        Assert.False(target.CanWrite);
    }

    [Fact]
    public void Allocator_OfNothing_IsNotAsked()
    {
        var allocator = new CountingAllocator();
        using (allocator.Allocate(0))
        using (allocator.Allocate(3))
        {
            Assert.Equal(1, allocator.Calls);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => allocator.Allocate(-1));
    }

    [Fact]
    public void Visitors_OfInterfaces_AreShownRecords()
    {
        var visitor = new RecordVisitor();
        var schema = new Schema([new Field("x", Int32Type.Default, true)], null);
        new RecordBatch(schema, [new Int32Array.Builder().Build()], 0).Accept(visitor);
        schema.Accept(visitor);
        new Int32Array.Builder().Build().Accept(visitor);
        Assert.Equal(["record", "record type", "array"], visitor.Shown);
    }

    private sealed class CountingAllocator : MemoryAllocator
    {
        public int Calls { get; private set; }

        protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
        {
            Calls++;
            bytesAllocated = length;
            return MemoryPool<byte>.Shared.Rent(length);
        }
    }

    private sealed class RecordVisitor : IArrowArrayVisitor<IArrowRecord>, IArrowTypeVisitor<IRecordType>
    {
        public List<string> Shown { get; } = [];

        public void Visit(IArrowRecord array) => Shown.Add("record");

        public void Visit(IArrowArray array) => Shown.Add("array");

        public void Visit(IRecordType type) => Shown.Add("record type");

        public void Visit(IArrowType type) => Shown.Add("type");
    }
}
