using System.Buffers;
using System.ComponentModel;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Engine;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Stages.Calibration;

/// <summary>The JSON form of a study: reading with precise errors, writing, and the published schema.</summary>
public static class StudyFile
{
    /// <summary>The largest study file that is read.</summary>
    public const int BytesMax = 1 << 20;

    private const string Remedy = "Compare with the schema that 'pipeline plan --schema' prints.";

    // For the schema alone: studies are read and written field by field.
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>Reads a study.</summary>
    /// <param name="file">The file, from where it stands to its end.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <exception cref="StageException">
    /// Too large to be a study, not JSON, an unknown field (the nearest valid name is offered), or a value of the wrong kind.
    /// </exception>
    public static Study Read(Stream file, string name)
    {
        byte[] bytes = new byte[BytesMax + 1];
        int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length <= BytesMax
            ? Read(bytes.AsSpan(0, length), name)
            : throw new StageException(
                FailureKind.InvalidRequest, $"{name} is larger than {ByteSize.Format(BytesMax)}; a study has a few kilobytes. Name the study file.");
    }

    /// <summary>Reads a study.</summary>
    /// <param name="utf8">The file's bytes.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <exception cref="StageException">Not JSON, an unknown field (the nearest valid name is offered), or a value of the wrong kind.</exception>
    public static Study Read(ReadOnlySpan<byte> utf8, string name)
    {
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
        {
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        }

        var json = new Utf8JsonReader(
            utf8, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        try
        {
            return Read(ref json, utf8, name);
        }
        catch (JsonException error)
        {
            throw new StageException(
                FailureKind.InvalidRequest, $"{name}, line {error.LineNumber + 1}: this is not JSON. {Remedy}", error);
        }
        catch (InvalidOperationException error)
        {
            throw new StageException(
                FailureKind.InvalidRequest, $"{name}, line {Line(utf8, json)}: this text is not Unicode. Save the file as UTF-8.", error);
        }
    }

    /// <summary>A study as JSON with every field.</summary>
    public static string Write(Study study)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach (StudyFileField field in StudyFileField.All)
            {
                field.Write(json, study);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>The JSON schema of a study.</summary>
    public static string Schema()
    {
        var exporter = new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = Describe,
        };
        JsonNode schema = Options.GetJsonSchemaAsNode(typeof(Study), exporter);
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        schema["title"] = "Study";
        return schema.ToJsonString(Options);
    }

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode node)
    {
        if (node is not JsonObject schema)
        {
            return node;
        }

        if (schema.ContainsKey("properties"))
        {
            schema["additionalProperties"] = false;
        }

        DescriptionAttribute? description = context.PropertyInfo?.AttributeProvider?
            .GetCustomAttributes(typeof(DescriptionAttribute), inherit: false)
            .OfType<DescriptionAttribute>()
            .FirstOrDefault();
        if (description is not null)
        {
            schema.Insert(0, "description", description.Description);
            if (DefaultOf(context.PropertyInfo!) is { } value)
            {
                schema["default"] = value;
            }
        }

        return schema;
    }

    private static JsonNode? DefaultOf(JsonPropertyInfo property)
    {
        object owner = Activator.CreateInstance(property.DeclaringType)!;
        return JsonSerializer.SerializeToNode(property.Get?.Invoke(owner), property.PropertyType, Options);
    }

    private static Study Read(ref Utf8JsonReader json, ReadOnlySpan<byte> utf8, string name)
    {
        var study = new Study();
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw Refusal($"{name}, line {Line(utf8, json)}: expected a JSON object, found {Found(json)}.");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            StudyFileField field = FieldOf(json.GetString()!, name, Line(utf8, json));
            json.Read();
            study = field.Read(ref json, study) ?? throw Refusal(
                $"{name}, line {Line(utf8, json)}, field '{field.Name}': expected {field.Kind}, found {Found(json)}. {Remedy}");
        }

        // Nothing but blanks and comments may follow.
        json.Read();
        return study;
    }

    private static StudyFileField FieldOf(string given, string file, int line)
    {
        foreach (StudyFileField field in StudyFileField.All)
        {
            if (field.Name == given)
            {
                return field;
            }
        }

        string[] valid = [.. StudyFileField.All.Select(field => field.Name)];
        throw Refusal($"{file}, line {line}: unknown field '{given}'.{Spelling.Suggest(given, valid)} Valid here: {string.Join(", ", valid)}.");
    }

    private static string Found(in Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => $"\"{AxisColumns.Cut(Encoding.UTF8.GetString(json.ValueSpan))}\"",
        _ => AxisColumns.Cut(Encoding.UTF8.GetString(json.ValueSpan)),
    };

    private static StageException Refusal(string message) => new(FailureKind.InvalidRequest, message);

    private static int Line(ReadOnlySpan<byte> utf8, in Utf8JsonReader json) => utf8[..(int)json.TokenStartIndex].Count((byte)'\n') + 1;
}
