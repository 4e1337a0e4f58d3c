using System.ComponentModel;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Engine;

namespace Pipeline.Stages.Calibration;

/// <summary>The JSON form of a study: reading with precise errors, writing, and the published schema.</summary>
public static class StudyFile
{
    /// <summary>The largest study file that is read.</summary>
    public const long BytesMax = 1 << 20;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

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

        try
        {
            RefuseUnknownFields(utf8, name);
            return JsonSerializer.Deserialize<Study>(utf8, Options)
                ?? throw new StageException(FailureKind.InvalidRequest, $"{name}: expected a JSON object, found null.");
        }
        catch (JsonException error)
        {
            string place = error.Path is { Length: > 2 } path ? $", field '{path[2..]}'" : "";
            string what = error.Path is { Length: > 2 } && error.LineNumber is not null
                ? "the value is not of the kind the schema asks for"
                : "this is not JSON";
            throw new StageException(
                FailureKind.InvalidRequest,
                $"{name}, line {error.LineNumber + 1}{place}: {what}. "
                + "Compare with the schema that 'pipeline plan --schema' prints.",
                error);
        }
    }

    /// <summary>A study as JSON with every field.</summary>
    public static string Write(Study study) => JsonSerializer.Serialize(study, Options);

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

    private static void RefuseUnknownFields(ReadOnlySpan<byte> utf8, string name)
    {
        var reader = new Utf8JsonReader(
            utf8, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var owners = new Stack<(Type? Type, string Path)>();
        (Type? Type, string Path) next = (typeof(Study), "");
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                case JsonTokenType.StartArray:
                    owners.Push(reader.TokenType == JsonTokenType.StartObject ? next : (null, next.Path));
                    next = (null, "");
                    break;
                case JsonTokenType.EndObject:
                case JsonTokenType.EndArray:
                    owners.Pop();
                    break;
                case JsonTokenType.PropertyName:
                    (Type? owner, string path) = owners.Peek();
                    next = Field(owner, path, reader.GetString()!, name, Line(utf8, reader.TokenStartIndex));
                    break;
            }
        }
    }

    private static (Type? Type, string Path) Field(Type? owner, string path, string field, string file, int line)
    {
        if (owner is null)
        {
            return (null, path);
        }

        string full = path.Length == 0 ? field : $"{path}.{field}";
        JsonTypeInfo info = Options.GetTypeInfo(owner);
        foreach (JsonPropertyInfo property in info.Properties)
        {
            if (property.Name == field)
            {
                bool isObject = Options.GetTypeInfo(property.PropertyType).Kind == JsonTypeInfoKind.Object;
                return (isObject ? property.PropertyType : null, full);
            }
        }

        string[] valid = [.. info.Properties.Select(property => property.Name)];
        throw new StageException(
            FailureKind.InvalidRequest,
            $"{file}, line {line}: unknown field '{full}'.{Spelling.Suggest(field, valid)} Valid here: {string.Join(", ", valid)}.");
    }

    private static int Line(ReadOnlySpan<byte> utf8, long position) => utf8[..(int)position].Count((byte)'\n') + 1;
}
