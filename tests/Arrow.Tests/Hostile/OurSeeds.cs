using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace Pipeline.Arrow.Tests.Hostile;

/// <summary>Sound streams and files that we write: every type, every way of framing and packing.</summary>
internal static class OurSeeds
{
    private static readonly IpcOptions Legacy = new() { WriteLegacyIpcFormat = true };

    /// <summary>Columns whose values also come as dictionaries that grow.</summary>
    private static readonly string[] GrowingColumns =
    [
        "bool", "null", "f16", "text", "large text", "text views", "byte views", "equal bytes", "spectrum", "lists",
        "large lists", "records", "maps", "lists of records of lists",
    ];

    /// <summary>Columns that are also compressed by themselves, since long batches are seldom taken.</summary>
    private static readonly string[] CompressedColumns = ["i64", "text", "spectrum", "records", "text views", "maps"];

    /// <summary>All of them.</summary>
    public static IEnumerable<HostileSeed> All() =>
        [.. Plain().SelectMany(InAllFormats), .. Columns(), .. GrowingDictionaries(), .. Compressed()];

    private static IEnumerable<(string Name, RecordBatch[] Batches)> Plain()
    {
        RecordBatch all = Samples.AllTypes(9, withNulls: true);
        return
        [
            ("everything", [Samples.Everything(6, withNulls: true), Samples.Everything(9, withNulls: true)]),
            ("all types without nulls", [Samples.AllTypes(5, withNulls: false)]),
            ("all types without rows", [Samples.AllTypes(0, withNulls: true)]),
            ("all types, slices", [all.Slice(2, 4), all.Slice(5, 4)]),
            ("growing dictionary", [Groups("a", "b"), Groups("a", "b", "c"), Groups("a", "b", "c", "d")]),
            ("replaced dictionary", [Groups("a", "b"), Groups("x", "y", "z")]),
            ("dictionary of lists of a dictionary", [Batch(Nested("a", "b")), Batch(Nested("a", "b", "c"))]),
            ("lists in lists", [Batch(Deep(24))]),
        ];
    }

    private static IEnumerable<HostileSeed> InAllFormats((string Name, RecordBatch[] Batches) sample)
    {
        (string name, RecordBatch[] batches) = sample;
        Schema schema = batches[0].Schema;
        yield return new HostileSeed(name, Transport.WriteStream(schema, batches), isFile: false);
        yield return new HostileSeed(
            $"{name}, legacy",
            Transport.Write(stream => new ArrowStreamWriter(stream, schema, leaveOpen: true, Legacy), batches),
            isFile: false);

        // A file cannot replace a dictionary.
        if (!name.StartsWith("replaced", StringComparison.Ordinal))
        {
            yield return new HostileSeed(name, Transport.WriteFile(schema, batches), isFile: true);
        }
    }

    /// <summary>Each type by itself, so that mutations meet all of them often.</summary>
    private static IEnumerable<HostileSeed> Columns()
    {
        RecordBatch all = Samples.AllTypes(7, withNulls: true);
        return all.Schema.FieldsList.Select((field, j) => InOneFormat($"column '{field.Name}'", j % 2 == 1, Batch(all.Column(j))));
    }

    private static IEnumerable<HostileSeed> GrowingDictionaries()
    {
        RecordBatch all = Samples.AllTypes(9, withNulls: true);
        return GrowingColumns.Select((name, j) => InOneFormat(
            $"growing dictionary of '{name}'", j % 2 == 1, Batch(Over(all.Column(name), 3)), Batch(Over(all.Column(name), 8))));
    }

    private static IEnumerable<HostileSeed> Compressed()
    {
        RecordBatch[] batches =
            [Samples.AllTypes(40, withNulls: true), Batch(Samples.Groups(300, withNulls: true, "a", "b")), Samples.Everything(60, withNulls: false)];
        foreach (CompressionCodecType codec in Enum.GetValues<CompressionCodecType>())
        {
            foreach (RecordBatch batch in batches)
            {
                yield return Compressed($"{codec}, {batch.ColumnCount} columns", codec, isFile: false, batch, batch);
                yield return Compressed($"{codec}, {batch.ColumnCount} columns", codec, isFile: true, batch);
            }

            for (int j = 0; j < CompressedColumns.Length; j++)
            {
                yield return Compressed(
                    $"{codec}, column '{CompressedColumns[j]}'", codec, isFile: j % 2 == 1, Batch(batches[0].Column(CompressedColumns[j])));
            }
        }
    }

    private static HostileSeed Compressed(string name, CompressionCodecType codec, bool isFile, params RecordBatch[] batches)
    {
        var options = new IpcOptions { CompressionCodec = codec, CompressionCodecFactory = new CompressionCodecFactory() };
        Schema schema = batches[0].Schema;
        return new HostileSeed(
            name,
            isFile
                ? Transport.Write(stream => new ArrowFileWriter(stream, schema, leaveOpen: true, options), batches)
                : Transport.Write(stream => new ArrowStreamWriter(stream, schema, leaveOpen: true, options), batches),
            isFile);
    }

    private static HostileSeed InOneFormat(string name, bool isFile, params RecordBatch[] batches) => new(
        name, isFile ? Transport.WriteFile(batches[0].Schema, batches) : Transport.WriteStream(batches[0].Schema, batches), isFile);

    private static RecordBatch Batch(IArrowArray column) =>
        new(new Schema([new Field("c", column.Data.DataType, true)], null), [column], column.Length);

    private static RecordBatch Groups(params string[] values) => Batch(Samples.Groups(7, withNulls: true, values));

    /// <summary>Indices into the first values of a column.</summary>
    private static DictionaryArray Over(IArrowArray values, int count)
    {
        Int16Array indices = new Int16Array.Builder().AppendRange(Enumerable.Range(0, count).Select(i => (short)i)).Build();
        var type = new DictionaryType(Int16Type.Default, values.Data.DataType, false);
        return new DictionaryArray(type, indices, ArrowArrayFactory.Slice(values, 0, count));
    }

    /// <summary>A dictionary whose values are lists of the values of another.</summary>
    private static DictionaryArray Nested(params string[] values)
    {
        StringArray texts = new StringArray.Builder().AppendRange(values).Build();
        Int8Array indices = new Int8Array.Builder().AppendRange(Enumerable.Range(0, 2 * values.Length).Select(i => (sbyte)(i / 2))).Build();
        var groups = new DictionaryArray(new DictionaryType(Int8Type.Default, StringType.Default, false), indices, texts);
        var type = new FixedSizeListType(new Field("item", groups.Data.DataType, true), 2);
        return Over(new FixedSizeListArray(type, values.Length, groups, ArrowBuffer.Empty), values.Length);
    }

    private static IArrowArray Deep(int depth)
    {
        IArrowArray values = new Int32Array.Builder().AppendRange([1, 2, 3]).Build();
        for (int i = 0; i < depth; i++)
        {
            ArrowBuffer offsets = new ArrowBuffer.Builder<int>().AppendRange(Enumerable.Range(0, values.Length + 1)).Build();
            values = (i % 2) == 0
                ? new ListArray(new ListType(new Field("item", values.Data.DataType, true)), values.Length, offsets, values, ArrowBuffer.Empty)
                : new StructArray(new StructType([new Field("item", values.Data.DataType, true)]), values.Length, [values], ArrowBuffer.Empty);
        }

        return values;
    }
}
