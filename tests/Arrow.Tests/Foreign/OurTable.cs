using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace Pipeline.Arrow.Tests.Foreign;

/// <summary>A table that we write for a partner.</summary>
internal sealed record OurTable(string Name, Schema Schema, RecordBatch[] Batches)
{
    /// <summary>Of every type; whole, sliced, without rows and without batches.</summary>
    public static OurTable[] All()
    {
        RecordBatch types = Samples.AllTypes(11, withNulls: true);
        RecordBatch full = Samples.AllTypes(7, withNulls: false);
        return
        [
            Of("types", types),
            Of("without nulls", full),
            Of("batches", types, Samples.AllTypes(1, withNulls: true), Samples.AllTypes(70, withNulls: true)),
            Of("slices", types.Slice(3, 5), types.Slice(9, 2), types.Slice(5, 0)),
            Of("no rows", Samples.AllTypes(0, withNulls: true)),
            new OurTable("no batches", types.Schema, []),
            Of("edges", Edges()),
            Of("inner dictionaries", InnerDictionaries()),
        ];
    }

    /// <summary>A column whose dictionary gets longer.</summary>
    public static OurTable GrownDictionary() =>
        Of("grown dictionary", Group("low", "middle"), Group("low", "middle", "high"), Group("low", "middle", "high", "full"));

    /// <summary>A column whose dictionary is another one from batch to batch, which only a stream can say.</summary>
    public static OurTable ReplacedDictionary() =>
        Of("replaced dictionary", Group("a", "b"), Group("x", "y", "z"), Group("a", "b"));

    /// <summary>A number that no codec makes smaller, so that it is written as it is.</summary>
    public static OurTable LoneDecimal() => Of("lone decimal", Batch(
        ("decimals", new Decimal128Array.Builder(new Decimal128Type(38, 2)).Append("0.01").Build())));

    /// <summary>Views none of which needs the buffers beside them.</summary>
    public static OurTable ShortViews()
    {
        RecordBatch types = Samples.AllTypes(1, withNulls: false);
        return Of("short views", Batch(("byte views", types.Column("byte views"))));
    }

    /// <summary>Spectra, rounded as spectrometers round; they compress.</summary>
    public static OurTable Spectra(string name, int samples, int variables)
    {
        DoubleArray Variable(int j) => new DoubleArray.Builder()
            .AppendRange(Enumerable.Range(0, samples).Select(i => (((31 * i) + (17 * j)) % 1000) / 10d))
            .Build();
        IEnumerable<Field> fields =
            Enumerable.Range(0, variables).Select(j => new Field($"{1100 + (2 * j)}", DoubleType.Default, nullable: false));
        var schema = new Schema(fields, null);
        return Of(name, new RecordBatch(schema, Enumerable.Range(0, variables).Select(Variable), samples));
    }

    /// <summary>The table without some of its columns.</summary>
    public OurTable Without(params string[] names)
    {
        Field[] fields = [.. Schema.FieldsList.Where(field => !names.Contains(field.Name))];
        var schema = new Schema(fields, Schema.Metadata);
        return new OurTable(
            Name,
            schema,
            [.. Batches.Select(batch => new RecordBatch(schema, fields.Select(field => batch.Column(field.Name)), batch.Length))]);
    }

    /// <summary>Writes the table as a stream or as a file, which are told apart by the ending of their names.</summary>
    public void Write(string folder, string kind, string suffix = "", IpcOptions? options = null)
    {
        using FileStream stream = File.Create(Path.Combine(folder, $"{Name}{suffix}.{kind}"));
        using ArrowStreamWriter writer = kind == "arrow"
            ? new ArrowFileWriter(stream, Schema, leaveOpen: true, options)
            : new ArrowStreamWriter(stream, Schema, leaveOpen: true, options);
        writer.WriteStart();
        foreach (RecordBatch batch in Batches)
        {
            writer.WriteRecordBatch(batch);
        }

        writer.WriteEnd();
    }

    private static OurTable Of(string name, params RecordBatch[] batches) => new(name, batches[0].Schema, batches);

    private static RecordBatch Group(params string[] values) =>
        Batch(("group", Samples.Groups(2 * values.Length, withNulls: true, values)));

    /// <summary>Numbers at the edges of what their types hold.</summary>
    private static RecordBatch Edges() => Batch(
        ("f16", new HalfFloatArray.Builder()
            .AppendRange([Half.NaN, Half.PositiveInfinity, Half.NegativeZero, Half.MinValue, Half.Epsilon]).Build()),
        ("f32", new FloatArray.Builder()
            .AppendRange([float.NaN, float.PositiveInfinity, float.NegativeZero, float.MinValue, float.Epsilon]).Build()),
        ("f64", new DoubleArray.Builder()
            .AppendRange([double.NaN, double.NegativeInfinity, double.NegativeZero, double.MaxValue, double.Epsilon]).Build()),
        ("i64", new Int64Array.Builder().AppendRange([long.MinValue, long.MaxValue, 0, -1, 1L << 53]).Build()),
        ("decimals", new Decimal128Array.Builder(new Decimal128Type(38, 2)).AppendRange(
            [$"{new string('9', 36)}.99", $"-{new string('9', 36)}.99", "0.01", "-0.01", "0.00"]).Build()),
        ("text", new StringArray.Builder().AppendRange(["", "\0", "吸光度 😀", "a'b", "\"\\"]).Build()));

    /// <summary>Dictionaries of the values of lists and of the fields of records.</summary>
    private static RecordBatch InnerDictionaries()
    {
        DictionaryArray groups = Samples.Groups(6, withNulls: true, "low", "high");
        var offsets = new ArrowBuffer.Builder<int>();
        offsets.AppendRange([0, 2, 2, 6]);
        var list = new ListType(new Field("item", groups.Data.DataType, nullable: true));
        var record = new StructType([new Field("group", groups.Data.DataType, nullable: true)]);
        return Batch(
            ("lists", new ListArray(list, 3, offsets.Build(), groups, ArrowBuffer.Empty)),
            ("records", new StructArray(record, 3, [groups.Slice(1, 3)], ArrowBuffer.Empty)));
    }

    private static RecordBatch Batch(params (string Name, IArrowArray Array)[] columns)
    {
        IEnumerable<Field> fields = columns.Select(column => new Field(column.Name, column.Array.Data.DataType, nullable: true));
        return new RecordBatch(new Schema(fields, null), columns.Select(column => column.Array), columns[0].Array.Length);
    }
}
