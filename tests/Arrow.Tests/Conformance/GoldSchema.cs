using System.Globalization;
using System.Text.Json;

namespace Pipeline.Arrow.Tests.Conformance;

/// <summary>What gold files say of fields.</summary>
internal static class GoldSchema
{
    /// <summary>The shape of a field, or of a field somewhere inside.</summary>
    public static FieldShape ShapeOf(JsonElement field)
    {
        string values = TypeOf(field.GetProperty("type"));
        string type = field.TryGetProperty("dictionary", out JsonElement dictionary)
            ? FieldShape.DictionaryOf(
                TypeOf(dictionary.GetProperty("indexType")), dictionary.GetProperty("isOrdered").GetBoolean(), values)
            : values;
        FieldShape[] children = [.. ChildrenOf(field).Select(ShapeOf)];
        return new FieldShape(
            field.GetProperty("name").GetString()!,
            type,
            field.GetProperty("nullable").GetBoolean(),
            FieldShape.TextOf(MetadataOf(field)),
            field.GetProperty("type").GetProperty("name").GetString() == "map" ? FieldShape.InMap(children) : children);
    }

    /// <summary>The first field whose type we do not support and that type's name, or null.</summary>
    public static (string Type, string Path)? Unsupported(IEnumerable<JsonElement> fields, string parent = "")
    {
        foreach (JsonElement field in fields)
        {
            JsonElement type = field.GetProperty("type");
            string name = type.GetProperty("name").GetString()!;
            string path = parent + field.GetProperty("name").GetString();
            if (name is "union" or "interval" or "listview" or "largelistview" or "runendencoded")
            {
                return (name, path);
            }

            if (name == "decimal" && DecimalBits(type) != 128)
            {
                return (string.Create(CultureInfo.InvariantCulture, $"decimal{DecimalBits(type)}"), path);
            }

            if (Unsupported(ChildrenOf(field), path + ".") is (string, string) inside)
            {
                return inside;
            }
        }

        return null;
    }

    public static IEnumerable<JsonElement> ChildrenOf(JsonElement owner) => owner.GetProperty("children").EnumerateArray();

    public static Dictionary<string, string> MetadataOf(JsonElement owner) =>
        owner.TryGetProperty("metadata", out JsonElement entries)
            ? entries.EnumerateArray().ToDictionary(
                entry => entry.GetProperty("key").GetString()!, entry => entry.GetProperty("value").GetString()!)
            : [];

    private static string TypeOf(JsonElement type)
    {
        string Of(string property) => type.GetProperty(property).ToString();

        string name = Of("name");
        return name switch
        {
            "null" or "bool" or "utf8" or "largeutf8" or "utf8view" or "binary" or "largebinary" or "binaryview"
                or "list" or "largelist" or "struct" => name,
            "int" => (type.GetProperty("isSigned").GetBoolean() ? "int" : "uint") + Of("bitWidth"),
            "floatingpoint" => $"{name} {Of("precision")}",
            "fixedsizebinary" => $"{name} {Of("byteWidth")}",
            "fixedsizelist" => $"{name} {Of("listSize")}",
            "decimal" => string.Create(
                CultureInfo.InvariantCulture, $"{name}{DecimalBits(type)} {Of("precision")} {Of("scale")}"),
            "date" or "duration" => $"{name} {Of("unit")}",
            "time" => $"{name}{Of("bitWidth")} {Of("unit")}",
            "timestamp" => $"{name} {Of("unit")} '{(type.TryGetProperty("timezone", out JsonElement zone) ? zone : null)}'",
            "map" => type.GetProperty("keysSorted").GetBoolean() ? "sorted map" : name,
            _ => throw new NotSupportedException($"The gold names the type {name}."),
        };
    }

    /// <summary>The bits of a decimal; older gold files had one kind and did not say so.</summary>
    private static int DecimalBits(JsonElement type) =>
        type.TryGetProperty("bitWidth", out JsonElement bits) ? bits.GetInt32() : 128;
}
