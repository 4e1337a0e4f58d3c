using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Pipeline.Host.Http;
using Pipeline.Host.Http.Api;
using Xunit;

namespace Pipeline.Host.Tests.Http.Api;

/// <summary>The document says what is served, and what is served is as the document says.</summary>
public sealed class OpenApiDocumentTests(ServedDemo demo) : IClassFixture<ServedDemo>
{
    [Fact]
    public void Document_HasEveryRouteAndNoOther()
    {
        Assert.Equal("3.1.0", demo.Document["openapi"]!.GetValue<string>());
        string[] documented =
        [
            .. demo.Document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key} {path.Key}")),
        ];
        Assert.Equal(demo.World.Server.Routes.Select(route => $"{route.Method.ToLowerInvariant()} {route.Pattern}"), documented);
    }

    [Fact]
    public void Document_NamesEveryOperationOnceAndDescribesEveryParameter()
    {
        JsonObject[] operations =
        [
            .. demo.Document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => operation.Value!.AsObject())),
        ];
        string[] ids = [.. operations.Select(operation => operation["operationId"]!.GetValue<string>())];
        Assert.Equal(ids, ids.Distinct());
        foreach ((string path, JsonNode operation) in demo.Document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(one => (path.Key, one.Value!))))
        {
            JsonArray parameters = operation["parameters"]!.AsArray();
            string[] inPath = [.. parameters.Where(one => one!["in"]!.GetValue<string>() == "path").Select(one => $"{{{one!["name"]!.GetValue<string>()}}}")];
            Assert.Equal(path.Split('/').Where(part => part.StartsWith('{')), inPath);
            Assert.All(parameters, one => Assert.NotEmpty(one!["description"]!.GetValue<string>()));
        }
    }

    [Fact]
    public void Document_DescribesEveryField()
    {
        var bare = new List<string>();
        foreach ((string name, JsonNode? schema) in demo.Document["components"]!["schemas"]!.AsObject())
        {
            // What a model says of itself is its own file's form (decision 0016).
            Collect(schema!, name, bare);
        }

        Assert.Equal([], bare.Where(place => !place.Contains(".description.", StringComparison.Ordinal)));

        static void Collect(JsonNode schema, string place, List<string> bare)
        {
            foreach ((string name, JsonNode? property) in (schema as JsonObject)?["properties"]?.AsObject() ?? [])
            {
                if (property is not JsonObject words || words["description"] is null)
                {
                    bare.Add($"{place}.{name}");
                    continue;
                }

                Collect(words, $"{place}.{name}", bare);
                Collect(words["items"] ?? new JsonObject(), $"{place}.{name}", bare);
            }
        }
    }

    [Fact]
    public async Task Answers_OfEveryRoute_AreAsTheDocumentSays()
    {
        int looked = 0;
        ApiRoute[] routes = [.. demo.World.Server.Routes.Where(route => route.Method == HttpMethod.Get.Method)];
        foreach (ApiRoute route in routes)
        {
            foreach (ApiOffer offer in route.Offers)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, demo.Filled(route.Pattern));
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(offer.MediaType));
                using HttpResponseMessage answer = await demo.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                Assert.Equal((route.Pattern, 200), (route.Pattern, (int)answer.StatusCode));
                Assert.Equal((route.Pattern, offer.MediaType), (route.Pattern, answer.Content.Headers.ContentType!.MediaType));
                JsonNode media = demo.Document["paths"]![route.Pattern]!["get"]!["responses"]!["200"]!["content"]![offer.MediaType]!;
                Assert.Equal(offer.Content is not null, media["schema"] is not null);
                if (media["schema"] is { } schema)
                {
                    Assert.Equal([], SchemaCheck.Findings(demo.Document, schema, JsonNode.Parse(await answer.Content.ReadAsStringAsync())));
                    looked++;
                }
            }
        }

        Assert.Equal(routes.Count(route => route.Offers.Any(offer => offer.Content is not null)), looked);
    }

    [Theory]
    [InlineData("/v1/nothing", 404)]
    [InlineData("/v1/datasets/nothing", 404)]
    [InlineData("/v1/datasets?limit=0", 400)]
    [InlineData("/v1/datasets/../x", 404)]
    public async Task Problems_AreAsTheDocumentSays(string path, int status)
    {
        using HttpResponseMessage answer = await demo.Client.GetAsync(path);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(Problem.MediaType, answer.Content.Headers.ContentType!.MediaType);
        JsonNode problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal([], SchemaCheck.Findings(demo.Document, demo.Document["components"]!["schemas"]!["Problem"], problem));
        Assert.Equal(status, problem["status"]!.GetValue<int>());
    }

    [Fact]
    public async Task NotReady_IsAsTheDocumentSays()
    {
        await using HttpWorld starting = await HttpWorld.OpenAsync();
        using HttpResponseMessage answer = await starting.Client.GetAsync("/ready");
        Assert.Equal(503, (int)answer.StatusCode);
        JsonNode? schema = demo.Document["paths"]!["/ready"]!["get"]!["responses"]!["503"]!["content"]!["application/json"]!["schema"];
        Assert.Equal([], SchemaCheck.Findings(demo.Document, schema, JsonNode.Parse(await answer.Content.ReadAsStringAsync())));
    }
}
