using System.Text.Json;
using Apache.Arrow;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Foreign;

/// <summary>We read what the npm package apache-arrow writes, and it reads what we write; README.md tells what is compared.</summary>
public sealed class ArrowPartnerTests(ArrowExchange exchange) : IClassFixture<ArrowExchange>
{
    // Its reader makes an empty batch of a stream without one.
    private const string WithoutBatches = "no batches";

    public static TheoryData<string> TheirTables => Kinds(
        ["types", "without nulls", "batches", "slices", "no rows", WithoutBatches, "grown dictionary"], ["replaced dictionary"]);

    public static TheoryData<string> OurTables => Kinds(
        [.. OurTable.All().Select(table => table.Name), "grown dictionary"], ["replaced dictionary", "types.legacy"]);

    [ForeignTheory]
    [MemberData(nameof(TheirTables))]
    public void TheirTables_AreReadAsTheyHoldThem(string name)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(exchange.Theirs, name));
        JsonElement expected = exchange.Expected.GetProperty(name);
        (Schema schema, List<RecordBatch> batches) = name.EndsWith(".arrow", StringComparison.Ordinal)
            ? Transport.ReadFile(bytes)
            : Transport.ReadMemory(bytes);
        AssertSame(expected, schema, batches);
    }

    [ForeignTheory]
    [InlineData("year months")]
    [InlineData("month day nanos")]
    [InlineData("unions")]
    [InlineData("wide decimals")]
    public void TheirTables_OfTypesWeLack_AreRefusedByName(string name)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(exchange.Theirs, $"{name}.stream"));
        var error = Assert.Throws<NotSupportedException>(() => Transport.ReadMemory(bytes));
        Assert.Contains("field 'unknown'", error.Message, StringComparison.Ordinal);
    }

    [ForeignTheory]
    [MemberData(nameof(OurTables))]
    public void OurTables_AreReadByThemAsWeHoldThem(string name)
    {
        JsonElement read = exchange.Read.GetProperty(name);
        Assert.False(read.TryGetProperty("error", out JsonElement error), error.ToString());
        OurTable table = exchange.Tables.Single(table => name.StartsWith($"{table.Name}.", StringComparison.Ordinal));
        RecordBatch[] batches = table.Name == WithoutBatches ? [Samples.AllTypes(0, withNulls: true)] : table.Batches;
        AssertSame(read, table.Schema, batches);
    }

    private static void AssertSame(JsonElement foreign, Schema schema, IReadOnlyList<RecordBatch> batches)
    {
        JsonElement[] fields = [.. foreign.GetProperty("fields").EnumerateArray()];
        Assert.Equal(Pairs(foreign), Pairs(schema.Metadata));
        Assert.Equal(
            fields.Select(field => (
                field.GetProperty("name").GetString()!,
                field.GetProperty("type").GetString()!,
                field.GetProperty("nullable").GetBoolean(),
                Pairs(field))),
            schema.FieldsList.Select(field => (
                field.Name, ForeignTypes.Of(field.DataType), field.IsNullable, Pairs(field.Metadata))));
        Assert.Equal(
            foreign.GetProperty("batches").EnumerateArray().Select(batch => batch.GetProperty("rows").GetInt32()),
            batches.Select(batch => batch.Length));
        foreach ((JsonElement batch, RecordBatch ours) in foreign.GetProperty("batches").EnumerateArray().Zip(batches))
        {
            Assert.Equal(
                batch.GetProperty("columns").EnumerateArray().Select((column, j) => Line(schema, j, ForeignValues.Of(column))),
                Rendering.Of(ours).Select((column, j) => Line(schema, j, column)));
        }
    }

    private static string Line(Schema schema, int column, string[] values) =>
        $"{schema.FieldsList[column].Name}: {string.Join(" | ", values)}";

    private static string Pairs(JsonElement holder) => string.Join(", ", holder.GetProperty("metadata").EnumerateObject()
        .Select(pair => $"{pair.Name}={pair.Value.GetString()}").Order(StringComparer.Ordinal));

    private static string Pairs(IReadOnlyDictionary<string, string>? metadata) => string.Join(
        ", ", (metadata ?? new Dictionary<string, string>()).Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal));

    private static TheoryData<string> Kinds(IEnumerable<string> tables, IEnumerable<string> streams) =>
        [.. tables.SelectMany(name => (string[])[$"{name}.stream", $"{name}.arrow"]), .. streams.Select(name => $"{name}.stream")];
}
