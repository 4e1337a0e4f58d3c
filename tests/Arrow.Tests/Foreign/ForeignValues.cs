using System.Globalization;
using System.Text.Json;

namespace Pipeline.Arrow.Tests.Foreign;

/// <summary>Values that arrow/canonical.cjs printed, as <see cref="Rendering"/> gives ours.</summary>
internal static class ForeignValues
{
    public static string[] Of(JsonElement values) => [.. values.EnumerateArray().Select(One)];

    private static string One(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return "null";
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return value.GetString()!;
        }

        JsonProperty content = value.EnumerateObject().Single();
        return content.Name switch
        {
            "f64" => Rendering.Of(Number(content.Value)),
            "f32" => Rendering.Of((float)Number(content.Value)),
            "list" => $"[{string.Join(",", Of(content.Value))}]",
            "record" => Braces(content.Value, part => $"{part[0].GetString()}:{One(part[1])}"),
            "map" => Braces(content.Value, entry => $"{One(entry[0])}=>{One(entry[1])}"),
            _ => throw new NotSupportedException(content.Name),
        };
    }

    private static string Braces(JsonElement pairs, Func<JsonElement, string> render) =>
        $"{{{string.Join(",", pairs.EnumerateArray().Select(render))}}}";

    private static double Number(JsonElement value) => double.Parse(value.GetString()!, CultureInfo.InvariantCulture);
}
