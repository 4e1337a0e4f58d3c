using System.Globalization;
using System.IO.Compression;
using System.Text.Json;

namespace Pipeline.Arrow.Tests.Ipc;

/// <summary>A gold file of the Arrow project's integration tests: the same data as JSON.</summary>
internal sealed class GoldBatches
{
    private readonly JsonElement _root;
    private readonly Dictionary<long, JsonElement> _dictionaries = [];

    public GoldBatches(string path)
    {
        using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var document = JsonDocument.Parse(stream);
        _root = document.RootElement.Clone();
        if (_root.TryGetProperty("dictionaries", out JsonElement dictionaries))
        {
            foreach (JsonElement dictionary in dictionaries.EnumerateArray())
            {
                _dictionaries[dictionary.GetProperty("id").GetInt64()] = dictionary.GetProperty("data").GetProperty("columns")[0];
            }
        }
    }

    public JsonElement[] Fields => [.. _root.GetProperty("schema").GetProperty("fields").EnumerateArray()];

    public Dictionary<string, string> Metadata => MetadataOf(_root.GetProperty("schema"));

    public JsonElement[] Batches => [.. _root.GetProperty("batches").EnumerateArray()];

    public int Length(int batch) => Batches[batch].GetProperty("count").GetInt32();

    /// <summary>The values of a column as <see cref="Rendering"/> gives them.</summary>
    public string[] Render(int batch, int column) => Render(Fields[column], Batches[batch].GetProperty("columns")[column]);

    /// <summary>The first type in the schema that the reader does not have, or null.</summary>
    public string? Unsupported => Fields.Select(Unknown).FirstOrDefault(name => name is not null);

    public static Dictionary<string, string> MetadataOf(JsonElement owner)
    {
        var metadata = new Dictionary<string, string>();
        if (owner.TryGetProperty("metadata", out JsonElement entries) && entries.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement entry in entries.EnumerateArray())
            {
                metadata[entry.GetProperty("key").GetString()!] = entry.GetProperty("value").GetString()!;
            }
        }

        return metadata;
    }

    private static string? Unknown(JsonElement field)
    {
        JsonElement type = field.GetProperty("type");
        string name = type.GetProperty("name").GetString()!;
        bool isKnown = name is "bool" or "int" or "utf8" or "binary" or "timestamp"
            || (name == "floatingpoint" && type.GetProperty("precision").GetString() != "HALF")
            || (name == "fixedsizelist" && !field.TryGetProperty("dictionary", out _));
        return isKnown ? field.GetProperty("children").EnumerateArray().Select(Unknown).FirstOrDefault(n => n is not null) : name;
    }

    private string[] Render(JsonElement field, JsonElement column)
    {
        int count = column.GetProperty("count").GetInt32();
        bool[] valid = [.. column.GetProperty("VALIDITY").EnumerateArray().Select(bit => bit.GetInt32() != 0)];
        Func<int, string> value = ValueOf(field, column);
        return [.. Enumerable.Range(0, count).Select(i => valid[i] ? value(i) : "null")];
    }

    private Func<int, string> ValueOf(JsonElement field, JsonElement column)
    {
        if (field.TryGetProperty("dictionary", out JsonElement dictionary))
        {
            JsonElement values = _dictionaries[dictionary.GetProperty("id").GetInt64()];
            string[] rendered = Render(JsonDocument.Parse($$"""{"type": {{field.GetProperty("type")}}}""").RootElement, values);
            return i => rendered[int.Parse(Whole(column.GetProperty("DATA")[i]), CultureInfo.InvariantCulture)];
        }

        JsonElement type = field.GetProperty("type");
        string name = type.GetProperty("name").GetString()!;
        if (name == "fixedsizelist")
        {
            int size = type.GetProperty("listSize").GetInt32();
            string[] values = Render(field.GetProperty("children")[0], column.GetProperty("children")[0]);
            return i => $"[{string.Join(",", values.Skip(i * size).Take(size))}]";
        }

        JsonElement[] data = [.. column.GetProperty("DATA").EnumerateArray()];
        return name switch
        {
            "bool" => i => data[i].ValueKind == JsonValueKind.True || data[i].ToString() == "1" ? "true" : "false",
            "utf8" => i => $"'{data[i].GetString()}'",
            "binary" => i => "x" + data[i].GetString()!.ToUpperInvariant(),
            "floatingpoint" when type.GetProperty("precision").GetString() == "SINGLE" => i => Rendering.Of((float)data[i].GetDouble()),
            "floatingpoint" => i => Rendering.Of(data[i].GetDouble()),
            _ => i => Whole(data[i]),
        };
    }

    /// <summary>A whole number, which newer gold files write as a text.</summary>
    private static string Whole(JsonElement number) => number.ToString();
}
