using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;

namespace Pipeline.Arrow.Tests.Memory;

/// <summary>Batches of every layout, also of those that <see cref="Samples"/> lacks.</summary>
internal static class LayoutSamples
{
    private const int BinaryWidth = 5;

    /// <summary>A batch with a column of every layout; every third value is null.</summary>
    public static RecordBatch Of(int rows)
    {
        RecordBatch plain = Samples.Everything(rows, withNulls: true);
        (string Name, IArrowArray Array)[] others =
        [
            ("null", new NullArray(rows)),
            ("decimal", new Decimal128Array.Builder(new Decimal128Type(20, 3)).AppendRange(Each(rows, i => $"{i}.125")).Build()),
            ("fixed", FixedBytes(rows)),
            ("large text", new LargeStringArray.Builder().AppendRange(Each(rows, Text)).Build()),
            ("large bytes", new LargeBinaryArray.Builder().AppendRange(Each(rows, i => new byte[i % 20])).Build()),
            ("text view", new StringViewArray.Builder().AppendRange(Each(rows, Text)).Build()),
            ("bytes view", new BinaryViewArray.Builder().AppendRange(Each(rows, i => new byte[i % 20])).Build()),
            ("list", Lists(rows)),
            ("large list", LargeLists(rows)),
            ("map", Maps(rows)),
            ("struct", Records(rows)),
            ("dictionary in list", DictionaryLists(rows)),
        ];
        Field[] fields = [.. others.Select(column => new Field(column.Name, column.Array.Data.DataType, true))];
        return new RecordBatch(
            new Schema([.. plain.Schema.FieldsList, .. fields], null), [.. plain.Arrays, .. others.Select(column => column.Array)], rows);
    }

    /// <summary>A batch of one column.</summary>
    public static RecordBatch Over(string name, IArrowArray array) =>
        new(new Schema([new Field(name, array.Data.DataType, true)], null), [array], array.Length);

    private static string Text(int i) => new string('x', i % 17) + i;

    private static IEnumerable<T?> Each<T>(int rows, Func<int, T> value)
        where T : class => Enumerable.Range(0, rows).Select(i => i % 3 == 1 ? null : value(i));

    private static FixedSizeBinaryArray FixedBytes(int rows)
    {
        byte[] bytes = [.. Enumerable.Range(0, rows * BinaryWidth).Select(i => (byte)i)];
        return new FixedSizeBinaryArray(
            new ArrayData(new FixedSizeBinaryType(BinaryWidth), rows, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(bytes)]));
    }

    private static ListArray Lists(int rows)
    {
        var builder = new ListArray.Builder(Int32Type.Default);
        var values = (Int32Array.Builder)builder.ValueBuilder;
        for (int i = 0; i < rows; i++)
        {
            if (i % 3 == 1)
            {
                builder.AppendNull();
            }
            else
            {
                builder.Append();
                values.AppendRange(Enumerable.Range(i, i % 4));
            }
        }

        return builder.Build();
    }

    private static LargeListArray LargeLists(int rows)
    {
        var builder = new LargeListArray.Builder(StringType.Default);
        var values = (StringArray.Builder)builder.ValueBuilder;
        for (int i = 0; i < rows; i++)
        {
            builder.Append();
            values.AppendRange(Enumerable.Range(0, i % 3).Select(j => $"{i},{j}"));
        }

        return builder.Build();
    }

    private static MapArray Maps(int rows)
    {
        var builder = new MapArray.Builder(new MapType(StringType.Default, Int32Type.Default));
        var keys = (StringArray.Builder)builder.KeyBuilder;
        var values = (Int32Array.Builder)builder.ValueBuilder;
        for (int i = 0; i < rows; i++)
        {
            builder.Append();
            for (int j = 0; j < i % 3; j++)
            {
                keys.Append($"key {j}");
                values.Append(i);
            }
        }

        return builder.Build();
    }

    private static StructArray Records(int rows)
    {
        RecordBatch plain = Samples.Everything(rows, withNulls: true);
        IArrowArray[] children = [plain.Column("f64"), plain.Column("text")];
        var type = new StructType([new Field("number", DoubleType.Default, true), new Field("text", StringType.Default, true)]);
        return new StructArray(type, rows, children, ((BooleanArray)plain.Column("bool")).NullBitmapBuffer, children[0].NullCount);
    }

    private static FixedSizeListArray DictionaryLists(int rows)
    {
        DictionaryArray values = Samples.Groups(2 * rows, true, "left", "right", "middle");
        var type = new FixedSizeListType(new Field("item", values.Data.DataType, true), 2);
        return new FixedSizeListArray(type, rows, values, ArrowBuffer.Empty);
    }
}
