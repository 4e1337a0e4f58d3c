using System.IO.Compression;
using System.Text.Json;

namespace Pipeline.Arrow.Tests.Conformance;

/// <summary>A gold file of the Arrow project's integration tests: the same data as JSON.</summary>
internal sealed class GoldFile
{
    /// <summary>Reads a compressed gold file.</summary>
    public GoldFile(string path)
    {
        using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var document = JsonDocument.Parse(stream);
        JsonElement root = document.RootElement.Clone();
        JsonElement schema = root.GetProperty("schema");
        JsonElement[] fields = [.. schema.GetProperty("fields").EnumerateArray()];
        Metadata = FieldShape.TextOf(GoldSchema.MetadataOf(schema));
        Unsupported = GoldSchema.Unsupported(fields);
        if (Unsupported is null)
        {
            Fields = [.. fields.Select(GoldSchema.ShapeOf)];
            var values = new GoldValues(DictionariesOf(root));
            Batches = [.. root.GetProperty("batches").EnumerateArray().Select(batch => GoldBatch.Of(fields, batch, values))];
        }
    }

    /// <summary>The first type that we do not support and its field, or null; then there are fields and batches.</summary>
    public (string Type, string Path)? Unsupported { get; }

    /// <summary>Metadata of the schema, as <see cref="FieldShape.TextOf"/> gives it.</summary>
    public string Metadata { get; }

    /// <summary>The fields in order.</summary>
    public IReadOnlyList<FieldShape> Fields { get; } = [];

    /// <summary>The batches in order.</summary>
    public IReadOnlyList<GoldBatch> Batches { get; } = [];

    private static Dictionary<long, JsonElement> DictionariesOf(JsonElement root) =>
        root.TryGetProperty("dictionaries", out JsonElement dictionaries)
            ? dictionaries.EnumerateArray().ToDictionary(
                dictionary => dictionary.GetProperty("id").GetInt64(),
                dictionary => dictionary.GetProperty("data").GetProperty("columns")[0])
            : [];
}

/// <summary>A batch of a gold file.</summary>
/// <param name="Length">Its rows.</param>
/// <param name="Columns">Its values by column, as <see cref="Rendering"/> gives them.</param>
internal sealed record GoldBatch(int Length, IReadOnlyList<string[]> Columns)
{
    public static GoldBatch Of(JsonElement[] fields, JsonElement batch, GoldValues values) => new(
        batch.GetProperty("count").GetInt32(),
        [.. fields.Zip(batch.GetProperty("columns").EnumerateArray(), values.Render)]);
}
