using System.Text.Json.Nodes;
using Xunit;

namespace Pipeline.Host.Tests.Http.Api;

/// <summary>That the check of the others' schemas finds what is wrong.</summary>
public class SchemaCheckTests
{
    private const string Schema = """
        { "type": "object", "required": ["a"], "properties": {
            "a": { "type": "string" }, "b": { "type": ["integer", "null"] }, "c": { "type": "array", "items": { "type": "number" } }, "d": true, "f": { "description": "anything" } } }
        """;

    [Theory]
    [InlineData("""{ "a": "x", "b": null, "c": [1, 2.5], "d": { "any": 1 }, "f": { "any": 1 } }""", 0)]
    [InlineData("""{ "a": "x", "b": 3 }""", 0)]
    [InlineData("""{ "b": 3 }""", 1)]
    [InlineData("""{ "a": 1 }""", 1)]
    [InlineData("""{ "a": "x", "b": 1.5 }""", 1)]
    [InlineData("""{ "a": "x", "c": [1, "2", null] }""", 2)]
    [InlineData("""{ "a": "x", "e": 1 }""", 1)]
    [InlineData("""[]""", 1)]
    public void Findings_AreCounted(string value, int count) =>
        Assert.Equal(count, SchemaCheck.Findings(new JsonObject(), JsonNode.Parse(Schema), JsonNode.Parse(value)).Count);

    [Theory]
    [InlineData("""{ "oneOf": [] }""")]
    [InlineData("""{ "$ref": "#/components/schemas/Nothing" }""")]
    public void Findings_SchemaThatIsNotUnderstood_IsAFinding(string schema) =>
        Assert.NotEmpty(SchemaCheck.Findings(new JsonObject(), JsonNode.Parse(schema), JsonNode.Parse("1")));
}
