using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipeline.Host.Results;

/// <summary>How results are written as JSON: indented, names in camel case, signs as they are, null where no number is finite.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A document with a line end.</summary>
    public static string Of(object document) => JsonSerializer.Serialize(document, Options) + "\n";

    /// <summary>Writes a document with a line end, piece by piece.</summary>
    public static void Write(object document, Stream target)
    {
        JsonSerializer.Serialize(target, document, Options);
        target.WriteByte((byte)'\n');
    }

    /// <summary>A number that JSON can hold, else null.</summary>
    public static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
