using System.Text.Json;
using System.Text.RegularExpressions;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Foreign;

/// <summary>We read what the npm package nodejs-polars writes, and it reads what we write: plain, with LZ4, with ZSTD.</summary>
public sealed partial class PolarsPartnerTests(PolarsExchange exchange) : IClassFixture<PolarsExchange>
{
    // What frames.cjs says, with the types of streams; in files, texts are views.
    private static readonly (string Name, string Type, string[] Values)[] Frame =
    [
        ("bool", "Bool", ["true", "null", "false"]),
        .. ((string[])["Int8", "Int16", "Int32", "Int64", "Uint8", "Uint16", "Uint32", "Uint64"])
            .Select(type => ($"{char.ToLowerInvariant(type[0])}{type[(type.IndexOf('t') + 1)..]}", type, (string[])["1", "null", "120"])),
        ("f32", "Float32", ["0.5", "null", "-0.25"]),
        ("f64", "Float64", ["0.1", "null", "Infinity"]),
        ("text", "LargeUtf8", ["'snv'", "null", "'Savitzky and Golay'"]),
        ("days", "Date32<DAY>", ["0", "null", "-3"]),
        ("ns of the day", "Time64<NANOSECOND>", ["0", "null", "86399999999999"]),
        .. ((string[])["Timestamp<MILLISECOND, UTC>", "Timestamp<MICROSECOND, Europe/Oslo>", "Timestamp<NANOSECOND>"])
            .Select((type, i) => ($"time in {"mµn"[i]}s", type, (string[])["0", "null", "1700000000001"])),
        .. ((string[])["Duration<MILLISECOND>", "Duration<MICROSECOND>", "Duration<NANOSECOND>"])
            .Select((type, i) => ($"span in {"mµn"[i]}s", type, (string[])["0", "null", "1700000000001"])),
        ("decimals", "Decimal[20e+3]", ["1.500", "null", "-2.250"]),
        ("lists", "LargeList<Float64>", ["[1,null]", "null", "[]"]),
        ("lists of texts", "LargeList<LargeUtf8>", ["['a','bc']", "null", "[]"]),
        ("spectrum", "FixedSizeList[2]<Float64>", ["[1,2]", "null", "[3,4]"]),
        ("records", "Struct<{n:Float64, text:LargeUtf8}>", ["{n:1,text:'x'}", "{n:2,text:null}", "{n:3,text:'z'}"]),
        ("group", "Dictionary<Uint32, LargeUtf8>", ["'low'", "null", "'high'"]),
    ];

    // What polars holds in other units and other types: counts are multiplied.
    private static readonly Dictionary<string, long> Factors = new()
    {
        ["s of the day"] = 1_000_000_000,
        ["ms of the day"] = 1_000_000,
        ["µs of the day"] = 1000,
        ["time in Seconds"] = 1000,
        ["span in Seconds"] = 1000,
    };

    public static TheoryData<string> Ways => [.. Cross([""])];

    public static TheoryData<string> OurTables =>
    [
        .. Cross(["types", "without nulls", "batches", "slices", "no rows", "no batches", "edges", "inner dictionaries", "spectra", "tall"]),
        .. PolarsExchange.Codecs.Select(codec => $"replaced dictionary.{codec.Name}.stream"),
    ];

    [ForeignTheory(Foreigner.Polars)]
    [MemberData(nameof(Ways))]
    public void TheirTypes_AreReadAsMade(string way)
    {
        (Schema schema, List<RecordBatch> batches) = ReadTheirs("types" + way);
        Assert.Equal(Frame.Select(column => $"{column.Name} {InFile(way, column.Type)}"), TypesOf(schema));
        Assert.Equal(Frame.Select(column => column.Values), Rendering.Of(Assert.Single(batches)));
    }

    [ForeignTheory(Foreigner.Polars)]
    [MemberData(nameof(Ways))]
    public void TheirLongColumns_AreReadAsMade(string way)
    {
        const int Times = 128;
        string[][] expected =
            [.. Frame.Select(column => Enumerable.Repeat(column.Values, Times).SelectMany(values => values).ToArray())];
        Assert.Equal(expected, Rendering.Of(ReadTheirs("long" + way).Batches, Frame.Length));
        Assert.Equal(expected.Select(values => values[5..105]), Rendering.Of(ReadTheirs("slice" + way).Batches, Frame.Length));
    }

    [ForeignTheory(Foreigner.Polars)]
    [MemberData(nameof(Ways))]
    public void TheirSpectra_AreReadAsMade(string way)
    {
        foreach (OurTable ours in exchange.Tables.Where(table => table.Name is "spectra" or "tall"))
        {
            (Schema schema, List<RecordBatch> batches) = ReadTheirs(ours.Name + way);
            Assert.Equal(ours.Schema.FieldsList.Select(field => field.Name), schema.FieldsList.Select(field => field.Name));
            Assert.Equal(Rendering.Of(ours.Batches[0]), Rendering.Of(batches, ours.Schema.FieldsList.Count));
        }
    }

    [ForeignTheory(Foreigner.Polars)]
    [MemberData(nameof(Ways))]
    public void TheirPieces_AreReadAsBatches(string way)
    {
        List<RecordBatch> batches = ReadTheirs("pieces" + way).Batches;
        Assert.Equal(
            [["1", "null", "3", "4", "null", "6"], ["'t1'", "null", "'t3'", "'t4'", "null", "'t6'"]], Rendering.Of(batches, 2));

        // Its writer of streams joins them first.
        Assert.Equal(IsFile(way) ? [3, 1, 2] : [6], batches.Select(batch => batch.Length));
    }

    [ForeignTheory(Foreigner.Polars)]
    [MemberData(nameof(Ways))]
    public void TheirEmptyFrame_IsRead(string way)
    {
        (Schema schema, List<RecordBatch> batches) = ReadTheirs("no rows" + way);
        Assert.Equal(Frame.Select(column => $"{column.Name} {InFile(way, column.Type)}"), TypesOf(schema));
        Assert.Equal(0, batches.Sum(batch => batch.Length));
    }

    [ForeignTheory(Foreigner.Polars)]
    [MemberData(nameof(OurTables))]
    public void OurTables_AreReadByThemAndComeBack(string name)
    {
        OurTable table = exchange.Tables.Single(table => name.StartsWith($"{table.Name}.", StringComparison.Ordinal));
        JsonElement read = exchange.Read.GetProperty(name);
        Assert.False(read.TryGetProperty("error", out JsonElement error), error.ToString());
        Assert.Equal(table.Batches.Sum(batch => batch.Length), read.GetProperty("rows").GetInt32());
        string[][] expected = [.. Rendering.Of(table.Batches, table.Schema.FieldsList.Count)
            .Select((values, j) => values.Select(value => Held(table.Schema.FieldsList[j].Name, value)).ToArray())];
        (Schema schema, List<RecordBatch> batches) = ReadFile(Path.Combine(exchange.Ours, $"{name}.copy.arrow"));
        Assert.Equal(table.Schema.FieldsList.Select(field => field.Name), schema.FieldsList.Select(field => field.Name));
        Assert.Equal(expected, Rendering.Of(batches, expected.Length));
    }

    [ForeignTheory(Foreigner.Polars)]
    [MemberData(nameof(Ways))]
    public void OurSpectra_HaveTheSameSumsThere(string way)
    {
        JsonElement read = exchange.Read.GetProperty("spectra" + way);
        double[] sums = [.. read.GetProperty("sums").EnumerateArray().Select(sum => sum.GetDouble())];
        RecordBatch batch = exchange.Tables.Single(table => table.Name == "spectra").Batches[0];
        Assert.Equal(batch.ColumnCount, sums.Length);
        for (int j = 0; j < sums.Length; j++)
        {
            // A hundred additions in another order.
            double sum = ((DoubleArray)batch.Column(j)).Values.ToArray().Sum();
            Assert.Equal(sum, sums[j], 100 * 1.2e-16 * sum);
        }
    }

    /// <summary>What it cannot read, in its own words; the day it can, this test asks for more.</summary>
    [ForeignTheory(Foreigner.Polars)]
    [InlineData("grown dictionary.uncompressed.stream", "delta dictionary batches not supported")]
    [InlineData("grown dictionary.uncompressed.arrow", "delta dictionary batches not supported")]
    [InlineData("lone decimal.lz4.stream", "InputNotAligned")]
    [InlineData("lone decimal.zstd.arrow", "InputNotAligned")]
    [InlineData("short views.lz4.stream", "out of range for slice of length 0")]
    [InlineData("short views.zstd.arrow", "out of range for slice of length 0")]
    public void OurTable_ThatIsTooMuchForThem_IsRefused(string name, string words) => Assert.Contains(
        words, exchange.Read.GetProperty(name).GetProperty("error").GetString(), StringComparison.Ordinal);

    private static IEnumerable<string> Cross(string[] tables) => tables.SelectMany(table => PolarsExchange.Codecs.SelectMany(
        codec => (string[])[$"{table}.{codec.Name}.stream", $"{table}.{codec.Name}.arrow"]));

    private static bool IsFile(string name) => name.EndsWith(".arrow", StringComparison.Ordinal);

    private static string InFile(string way, string type) =>
        IsFile(way) ? type.Replace("LargeUtf8", "Utf8View", StringComparison.Ordinal) : type;

    private static IEnumerable<string> TypesOf(Schema schema) =>
        schema.FieldsList.Select(field => $"{field.Name} {ForeignTypes.Of(field.DataType)}");

    /// <summary>A value of ours as polars has it: maps are lists of records there.</summary>
    private static string Held(string column, string value)
    {
        if (Factors.TryGetValue(column, out long factor) && long.TryParse(value, out long count))
        {
            return $"{count * factor}";
        }

        return column == "maps" && value != "null"
            ? $"[{Entry().Replace(value[1..^1], "{key:$1,value:$2}")}]"
            : value;
    }

    [GeneratedRegex("('[^']*')=>([^,]*)")]
    private static partial Regex Entry();

    private static (Schema Schema, List<RecordBatch> Batches) ReadFile(string path)
    {
        var codecs = new CompressionCodecFactory();
        byte[] bytes = File.ReadAllBytes(path);
        return Transport.ReadAll(IsFile(path)
            ? new ArrowFileReader(new MemoryStream(bytes), codecs)
            : new ArrowStreamReader(bytes, codecs));
    }

    private (Schema Schema, List<RecordBatch> Batches) ReadTheirs(string name) => ReadFile(Path.Combine(exchange.Theirs, name));
}
