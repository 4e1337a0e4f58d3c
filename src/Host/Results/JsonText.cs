using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipeline.Host.Results;

/// <summary>How results are written as JSON: indented, names in camel case, signs as they are, null where no number is finite.</summary>
/// <remarks>
/// A document is a method that writes its fields, with what <see cref="JsonFields"/> adds to the writer. Objects that a
/// serializer looks into need no such methods, but all that it makes of them is compiled at first use: 150 ms of a search
/// of 100 × 500.
/// </remarks>
internal static class JsonText
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A document with a line end.</summary>
    public static string Of(Action<Utf8JsonWriter> fields)
    {
        using var bytes = new MemoryStream();
        Write(fields, bytes);
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <summary>A document without line end.</summary>
    public static byte[] Bytes(Action<Utf8JsonWriter> fields) => Bytes(fields, Indented);

    /// <summary>A document in one line without end, signs beyond ASCII escaped, as the state keeps it.</summary>
    public static string Line(Action<Utf8JsonWriter> fields) => Encoding.UTF8.GetString(Bytes(fields, default));

    /// <summary>Writes a document with a line end, piece by piece where it has long arrays of objects.</summary>
    public static void Write(Action<Utf8JsonWriter> fields, Stream target)
    {
        WriteObject(fields, target, Indented);
        target.WriteByte((byte)'\n');
    }

    private static byte[] Bytes(Action<Utf8JsonWriter> fields, JsonWriterOptions options)
    {
        using var bytes = new MemoryStream();
        WriteObject(fields, bytes, options);
        return bytes.ToArray();
    }

    private static void WriteObject(Action<Utf8JsonWriter> fields, Stream target, JsonWriterOptions options)
    {
        using var json = new Utf8JsonWriter(target, options);
        json.WriteStartObject();
        fields(json);
        json.WriteEndObject();
    }
}
