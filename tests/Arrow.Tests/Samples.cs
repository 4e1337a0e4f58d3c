using Apache.Arrow;
using Apache.Arrow.Types;

namespace Pipeline.Arrow.Tests;

/// <summary>Batches with every type we write.</summary>
internal static partial class Samples
{
    /// <summary>Values per list of the column "spectrum".</summary>
    public const int ListSize = 3;

    /// <summary>A batch of every type; every third value is null where asked for.</summary>
    public static RecordBatch Everything(int rows, bool withNulls) => Batch(Columns(rows, withNulls), rows, withNulls);

    private static (string Name, IArrowArray Array)[] Columns(int rows, bool withNulls) =>
    [
        ("bool", Booleans(rows, withNulls)),
        ("i8", Fill(new Int8Array.Builder(), rows, withNulls, i => (sbyte)-i).Build()),
        ("i16", Fill(new Int16Array.Builder(), rows, withNulls, i => (short)(-300 * i)).Build()),
        ("i32", Fill(new Int32Array.Builder(), rows, withNulls, i => -70_000 * i).Build()),
        ("i64", Fill(new Int64Array.Builder(), rows, withNulls, i => long.MinValue + i).Build()),
        ("u8", Fill(new UInt8Array.Builder(), rows, withNulls, i => (byte)(200 + i)).Build()),
        ("u16", Fill(new UInt16Array.Builder(), rows, withNulls, i => (ushort)(60_000 + i)).Build()),
        ("u32", Fill(new UInt32Array.Builder(), rows, withNulls, i => uint.MaxValue - (uint)i).Build()),
        ("u64", Fill(new UInt64Array.Builder(), rows, withNulls, i => ulong.MaxValue - (ulong)i).Build()),
        ("f32", Fill(new FloatArray.Builder(), rows, withNulls, i => i / 3f).Build()),
        ("f64", Fill(new DoubleArray.Builder(), rows, withNulls, i => i / 3d).Build()),
        ("text", Texts(rows, withNulls)),
        ("bytes", Bytes(rows, withNulls)),
        ("time", Times(rows, withNulls)),
        ("spectrum", Spectra(rows, withNulls)),
        ("group", Groups(rows, withNulls, "low", "middle", "high")),
    ];

    private static RecordBatch Batch((string Name, IArrowArray Array)[] columns, int rows, bool withNulls)
    {
        Schema.Builder schema = new Schema.Builder().Metadata("note", "schema ± note").Metadata("empty", "");
        foreach ((string name, IArrowArray array) in columns)
        {
            schema.Field(field => field.Name(name).DataType(array.Data.DataType).Nullable(withNulls || array is NullArray).Metadata("column", name));
        }

        return new RecordBatch(schema.Build(), columns.Select(column => column.Array), rows);
    }

    /// <summary>A dictionary column that walks through <paramref name="values"/>.</summary>
    public static DictionaryArray Groups(int rows, bool withNulls, params string[] values)
    {
        Int16Array indices = Fill(new Int16Array.Builder(), rows, withNulls, i => (short)(i % values.Length)).Build();
        StringArray dictionary = new StringArray.Builder().AppendRange(values).Build();
        return new DictionaryArray(new DictionaryType(Int16Type.Default, StringType.Default, false), indices, dictionary);
    }

    private static bool IsNull(int i, bool withNulls) => withNulls && i % 3 == 1;

    private static PrimitiveArrayBuilder<T, TArray, TBuilder> Fill<T, TArray, TBuilder>(
        PrimitiveArrayBuilder<T, TArray, TBuilder> builder, int rows, bool withNulls, Func<int, T> value)
        where T : struct
        where TArray : IArrowArray
        where TBuilder : class, IArrowArrayBuilder<TArray>
    {
        for (int i = 0; i < rows; i++)
        {
            if (IsNull(i, withNulls))
            {
                builder.AppendNull();
            }
            else
            {
                builder.Append(value(i));
            }
        }

        return builder;
    }

    private static BooleanArray Booleans(int rows, bool withNulls)
    {
        var builder = new BooleanArray.Builder();
        for (int i = 0; i < rows; i++)
        {
            builder.NullableAppend(IsNull(i, withNulls) ? null : i % 5 < 2);
        }

        return builder.Build();
    }

    private static StringArray Texts(int rows, bool withNulls) => new StringArray.Builder()
        .AppendRange(Enumerable.Range(0, rows).Select(i => IsNull(i, withNulls) ? null : new string('é', i % 4) + i))
        .Build();

    private static BinaryArray Bytes(int rows, bool withNulls)
    {
        var builder = new BinaryArray.Builder();
        for (int i = 0; i < rows; i++)
        {
            if (IsNull(i, withNulls))
            {
                builder.AppendNull();
            }
            else
            {
                builder.Append(Enumerable.Repeat((byte)i, i % 3).ToArray().AsSpan());
            }
        }

        return builder.Build();
    }

    private static TimestampArray Times(int rows, bool withNulls)
    {
        var builder = new TimestampArray.Builder(TimeUnit.Microsecond, "Europe/Oslo");
        for (int i = 0; i < rows; i++)
        {
            if (IsNull(i, withNulls))
            {
                builder.AppendNull();
            }
            else
            {
                builder.Append(DateTimeOffset.UnixEpoch.AddMicroseconds(1_234_567L * i));
            }
        }

        return builder.Build();
    }

    private static FixedSizeListArray Spectra(int rows, bool withNulls)
    {
        var builder = new FixedSizeListArray.Builder(new Field("item", DoubleType.Default, nullable: withNulls), ListSize);
        var values = (DoubleArray.Builder)builder.ValueBuilder;
        for (int i = 0; i < rows; i++)
        {
            if (IsNull(i, withNulls))
            {
                builder.AppendNull();
            }
            else
            {
                builder.Append();
                values.AppendRange([i, i + 0.25, i + 0.5]);
            }
        }

        return builder.Build();
    }
}
