using System.Collections.Immutable;
using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace Pipeline.Host.Http.Api;

/// <summary>The OpenAPI 3.1 document of a table of routes.</summary>
internal static class OpenApiDocument
{
    private const string ProblemName = "Problem";

    private static readonly JsonSerializerOptions Indented = new(ApiJson.Options) { WriteIndented = true };

    private static readonly JsonSchemaExporterOptions Exporter = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Describe,
    };

    /// <summary>The document's text.</summary>
    public static string Of(ImmutableArray<ApiRoute> routes)
    {
        JsonObject schemas = new() { [ProblemName] = SchemaOf(typeof(Problem)) };
        JsonObject paths = [];
        foreach (IGrouping<string, ApiRoute> path in routes.GroupBy(route => route.Pattern))
        {
            JsonObject operations = [];
            foreach (ApiRoute route in path)
            {
                operations[route.Method.ToLowerInvariant()] = Operation(route, schemas);
            }

            paths[path.Key] = operations;
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Pipeline",
                ["description"] = "The daemon: datasets, studies, models, quarantine, health. Names and meanings of what is listed here "
                    + "stay; fields may be added.",
                ["version"] = typeof(OpenApiDocument).Assembly.GetName().Version?.ToString(3),
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject
                {
                    ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "What stands in the file of "
                        + "Pipeline:Http:Token; nothing where none is set." },
                },
            },
        }.ToJsonString(Indented);
    }

    /// <summary>The name of a type's schema: its own without <c>View</c>, and <c>…Page</c> for a page.</summary>
    public static string NameOf(Type type) =>
        type.IsGenericType ? $"{NameOf(type.GetGenericArguments()[0])}Page" : type.Name.EndsWith("View", StringComparison.Ordinal)
            ? type.Name[..^"View".Length] : type.Name;

    private static JsonObject Operation(ApiRoute route, JsonObject schemas)
    {
        JsonObject responses = new() { ["200"] = Response(route, string.Join(" Or: ", route.Offers.Select(offer => offer.Meaning)), schemas) };
        foreach ((int status, string meaning) in route.Otherwise)
        {
            responses[status.ToString(CultureInfo.InvariantCulture)] = Response(route, meaning, schemas);
        }

        if (route.Parameters.Any(parameter => parameter.IsInPath))
        {
            responses["404"] = ProblemResponse("There is no such thing.");
        }

        responses["default"] = ProblemResponse("Why the request was not answered.");
        JsonObject operation = new()
        {
            ["operationId"] = route.Id,
            ["summary"] = route.Summary,
            ["security"] = route.IsOpen ? [] : new JsonArray(new JsonObject { ["token"] = new JsonArray() }, new JsonObject()),
            ["parameters"] = new JsonArray([.. route.Parameters.Select(Parameter)]),
            ["responses"] = responses,
        };
        if (route.Body is { } body)
        {
            operation["requestBody"] = Body(body, schemas);
        }

        return operation;
    }

    private static JsonObject Body(ApiBody body, JsonObject schemas)
    {
        JsonObject content = [];
        foreach (string mediaType in body.MediaTypes.DefaultIfEmpty("*/*"))
        {
            content[mediaType] = Media(body.Content, schemas);
        }

        return new JsonObject { ["description"] = body.Meaning, ["required"] = body.Content is null, ["content"] = content };
    }

    private static JsonObject Response(ApiRoute route, string meaning, JsonObject schemas)
    {
        JsonObject content = [];
        foreach (ApiOffer offer in route.Offers)
        {
            content[offer.MediaType] = Media(offer.Content, schemas);
        }

        return new JsonObject { ["description"] = meaning, ["content"] = content };
    }

    private static JsonObject Media(Type? content, JsonObject schemas)
    {
        if (content is null)
        {
            return [];
        }

        string name = NameOf(content);
        schemas[name] ??= SchemaOf(content);
        return new JsonObject { ["schema"] = Reference(name) };
    }

    private static JsonObject ProblemResponse(string meaning) => new()
    {
        ["description"] = meaning,
        ["content"] = new JsonObject { [Problem.MediaType] = new JsonObject { ["schema"] = Reference(ProblemName) } },
    };

    private static JsonObject Parameter(ApiParameter parameter) => new()
    {
        ["name"] = parameter.Name,
        ["in"] = parameter.Place.ToString().ToLowerInvariant(),
        ["required"] = parameter.IsInPath,
        ["description"] = $"{parameter.Meaning} Expected: {parameter.Rule}.",
        ["schema"] = parameter.WholeNumbers is { } range
            ? new JsonObject { ["type"] = "integer", ["minimum"] = range.Min, ["maximum"] = range.Max, ["default"] = Math.Min(ApiRoutes.PageItems, range.Max) }
            : new JsonObject { ["type"] = "string", ["pattern"] = parameter.Pattern },
    };

    private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/components/schemas/{name}" };

    private static JsonNode SchemaOf(Type type) => ApiJson.Options.GetJsonSchemaAsNode(type, Exporter);

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (context.PropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false) is not [DescriptionAttribute said])
        {
            return schema;
        }

        // "Anything" is the schema true, which cannot say more; an object without words means the same.
        JsonNode described = schema is JsonObject ? schema : new JsonObject();
        described["description"] = said.Description;
        return described;
    }
}
