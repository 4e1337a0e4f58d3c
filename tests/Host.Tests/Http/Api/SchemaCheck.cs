using System.Text.Json.Nodes;

namespace Pipeline.Host.Tests.Http.Api;

/// <summary>Says where a value is not what a JSON schema claims; knows the words that our schemas use, and refuses others.</summary>
/// <remarks>Stricter than the standard: a property that the schema does not name is a finding, for then the document keeps something back.</remarks>
internal static class SchemaCheck
{
    private static readonly string[] Words = ["type", "properties", "required", "items", "description", "$ref", "format", "pattern"];

    public static List<string> Findings(JsonNode document, JsonNode? schema, JsonNode? value)
    {
        var findings = new List<string>();
        Look(document, schema, value, "$", findings);
        return findings;
    }

    private static void Look(JsonNode document, JsonNode? schema, JsonNode? value, string place, List<string> findings)
    {
        if (schema is JsonValue always && always.TryGetValue(out bool isAnything))
        {
            if (!isAnything)
            {
                findings.Add($"{place}: nothing is allowed");
            }

            return;
        }

        JsonObject words = schema!.AsObject();
        findings.AddRange(words.Select(word => word.Key).Except(Words).Select(word => $"{place}: the schema's word '{word}' is unknown"));
        if (words["$ref"]?.GetValue<string>() is { } reference)
        {
            JsonNode? target = reference[2..].Split('/').Aggregate((JsonNode?)document, (node, part) => node?[part]);
            if (target is null)
            {
                findings.Add($"{place}: {reference} leads nowhere");
                return;
            }

            Look(document, target, value, place, findings);
            return;
        }

        string[] types = words["type"] switch
        {
            JsonArray several => [.. several.Select(one => one!.GetValue<string>())],
            { } one => [one.GetValue<string>()],
            _ => [],
        };
        string kind = KindOf(value);
        if (types.Length > 0 && !types.Contains(kind) && !(kind == "integer" && types.Contains("number")))
        {
            findings.Add($"{place}: expected {string.Join(" or ", types)}, found {kind}");
            return;
        }

        if (types.Length == 0 && words["properties"] is null)
        {
            // A schema that asks for nothing takes anything.
            return;
        }

        if (value is JsonObject found)
        {
            LookAtProperties(document, words, found, place, findings);
        }
        else if (value is JsonArray items && words["items"] is { } item)
        {
            for (int i = 0; i < items.Count; i++)
            {
                Look(document, item, items[i], $"{place}[{i}]", findings);
            }
        }
    }

    private static void LookAtProperties(JsonNode document, JsonObject words, JsonObject value, string place, List<string> findings)
    {
        JsonObject properties = words["properties"]?.AsObject() ?? [];
        findings.AddRange((words["required"]?.AsArray() ?? [])
            .Select(name => name!.GetValue<string>())
            .Where(name => !value.ContainsKey(name))
            .Select(name => $"{place}.{name} is missing"));
        foreach ((string name, JsonNode? one) in value)
        {
            if (!properties.ContainsKey(name))
            {
                findings.Add($"{place}.{name} is not in the schema");
            }
            else
            {
                Look(document, properties[name], one, $"{place}.{name}", findings);
            }
        }
    }

    private static string KindOf(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "object",
        JsonArray => "array",
        JsonValue one when one.TryGetValue(out bool _) => "boolean",
        JsonValue one when one.TryGetValue(out string? _) => "string",
        JsonValue one when one.TryGetValue(out long _) => "integer",
        _ => "number",
    };
}
