using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipeline.Host.Http.Api;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Http.Api;

/// <summary>What a daemon answers that has something to tell.</summary>
public sealed class ApiDispatcherTests(ServedDemo demo) : IClassFixture<ServedDemo>
{
    [Fact]
    public async Task Dataset_TellsAxisSamplesResponsesSources()
    {
        JsonNode dataset = await JsonAsync("/v1/datasets/wheat");
        Assert.Equal("nm", dataset["axis"]!["unit"]!.GetValue<string>());
        Assert.Equal(demo.World.Demo.Spectra.Chunk.Axis.Count, dataset["axis"]!["variables"]!.GetValue<int>());
        Assert.Equal((90, 4, 3), (dataset["samples"]!.GetValue<int>(), dataset["sources"]!.GetValue<int>(), dataset["quarantined"]!.GetValue<int>()));
        JsonNode protein = dataset["responses"]!.AsArray().Single(one => one!["name"]!.GetValue<string>() == "protein")!;
        Assert.Equal(60, protein["count"]!.GetValue<int>());
        Assert.Equal(dataset.ToJsonString(), Assert.Single((await JsonAsync("/v1/datasets"))["items"]!.AsArray())!.ToJsonString());
    }

    [Fact]
    public async Task Study_TellsItsLatestRun()
    {
        JsonNode study = await JsonAsync("/v1/studies/protein");
        Assert.Equal(("completed", 1), (study["latestRun"]!["state"]!.GetValue<string>(), study["latestRun"]!["id"]!.GetValue<int>()));
        Assert.Equal("protein", study["definition"]!["response"]!.GetValue<string>());
        Assert.Equal((60, true, true), (study["references"]!.GetValue<int>(), study["hasLeaderboard"]!.GetValue<bool>(), study["hasModel"]!.GetValue<bool>()));
        Assert.Null(study["refusal"]);
    }

    [Fact]
    public async Task Model_IsTheOneInTheResults()
    {
        JsonNode model = Assert.Single((await JsonAsync("/v1/models"))["items"]!.AsArray())!;
        JsonNode file = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(demo.Results, "model", "model.json")))!["model"]!;
        Assert.Equal(file["candidateKey"]!.GetValue<string>(), model["description"]!["candidateKey"]!.GetValue<string>());
        Assert.Equal(Path.GetFileName(demo.Results), model["run"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(null, "leaderboard.json")]
    [InlineData("application/json", "leaderboard.json")]
    [InlineData("text/csv", "leaderboard.csv")]
    [InlineData("text/csv;q=0.5, application/json;q=0.4", "leaderboard.csv")]
    [InlineData("text/*", "leaderboard.csv")]
    [InlineData("*/*", "leaderboard.json")]
    [InlineData("*/*;q=0.9, application/json;q=0", "leaderboard.csv")]
    public async Task Leaderboard_IsTheFileThatAcceptAsksFor(string? accept, string file)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/studies/protein/leaderboard");
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        using HttpResponseMessage answer = await demo.Client.SendAsync(request);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(demo.Results, file)), await answer.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/v1/studies/protein/report")]
    [InlineData("/v1/runs/1/report")]
    public async Task Report_IsTheFile_WithItsOwnStyleAndNothingElse(string path)
    {
        using HttpResponseMessage answer = await demo.Client.GetAsync(path);
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(demo.Results, "report.html")), await answer.Content.ReadAsByteArrayAsync());
        string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; style-src 'unsafe-inline';", policy, StringComparison.Ordinal);
        Assert.EndsWith("sandbox", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("script-src", policy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/xml")]
    [InlineData("application/json;q=0")]
    [InlineData("garbage")]
    public async Task Leaderboard_InAFormThatIsNot_IsRefusedWithWhatThereIs(string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/studies/protein/leaderboard");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using HttpResponseMessage answer = await demo.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotAcceptable, answer.StatusCode);
        Assert.Contains("application/json or text/csv", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task QuarantinedBytes_AreAnAttachmentAsTheyCame()
    {
        foreach (string digest in demo.Quarantined)
        {
            using HttpResponseMessage answer = await demo.Client.GetAsync($"/v1/quarantine/{digest}/bytes");
            Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.MediaType);
            Assert.Equal("attachment", answer.Content.Headers.ContentDisposition!.DispositionType);
            Assert.Contains("sandbox", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            byte[] bytes = await answer.Content.ReadAsByteArrayAsync();
            Assert.Equal(digest, Pipeline.Engine.Identity.Fingerprint.OfBytes(bytes).ToString());
            JsonNode entry = (await JsonAsync($"/v1/quarantine/{digest}"))["entries"]!.AsArray().Single()!;
            Assert.Equal(bytes.Length, entry["lengthBytes"]!.GetValue<int>());
            Assert.Contains("expected 4 fields", entry["message"]!.GetValue<string>(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/v1/quarantine", 3)]
    [InlineData("/v1/datasets/wheat/sources", 4)]
    [InlineData("/v1/datasets", 1)]
    public async Task Lists_PageByPage_GiveEveryItemOnce(string path, int count)
    {
        string[] whole = [.. (await JsonAsync(path))["items"]!.AsArray().Select(item => item!.ToJsonString())];
        Assert.Equal(count, whole.Length);
        foreach (int limit in new[] { 1, 2, count })
        {
            List<string> items = [];
            string? after = null;
            do
            {
                JsonNode page = await JsonAsync($"{path}?limit={limit}{(after is null ? "" : $"&after={after}")}");
                Assert.InRange(page["items"]!.AsArray().Count, 1, limit);
                items.AddRange(page["items"]!.AsArray().Select(item => item!.ToJsonString()));
                after = page["next"]?.GetValue<string>();
            }
            while (after is not null);

            Assert.Equal(whole, items);
        }
    }

    [Theory]
    [InlineData("/v1/datasets?limit=0", 400, "from 1 to 1000")]
    [InlineData("/v1/datasets?limit=1001", 400, "from 1 to 1000")]
    [InlineData("/v1/datasets?limit=one", 400, "from 1 to 1000")]
    [InlineData("/v1/datasets?limit=1&limit=2", 400, "once")]
    [InlineData("/v1/datasets?limt=1", 400, "Did you mean 'limit'?")]
    [InlineData("/v1/datasets?after=..%2F..", 400, "'after'")]
    [InlineData("/v1/quarantine?after=wheat", 400, "'after'")]
    [InlineData("/live?a=b", 400, "none here")]
    [InlineData("/v1/dataset", 404, "Did you mean '/v1/datasets'?")]
    [InlineData("/v1/datasets/weat", 404, "Did you mean 'wheat'?")]
    [InlineData("/v1/studies/protien", 404, "There are: protein.")]
    [InlineData("/v1/studies/protien/leaderboard", 404, "Did you mean 'protein'?")]
    [InlineData("/v1/quarantine/0000000000000000000000000000000000000000000000000000000000000000", 404, "3 entries")]
    [InlineData("/v1/quarantine/0000000000000000000000000000000000000000000000000000000000000000/bytes", 404, "3 entries")]
    public async Task Question_ThatHasNoAnswer_IsToldWhatThereIs(string path, int status, string mention)
    {
        using HttpResponseMessage answer = await demo.Client.GetAsync(path);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(mention, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    [InlineData("BREW")]
    public async Task Method_ThatIsNotTaken_IsToldWhichAre(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/v1/datasets");
        using HttpResponseMessage answer = await demo.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["GET", "HEAD"], answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task Head_OfEveryRoute_TellsTheLengthWhereItIsKnownAndSendsNothing()
    {
        // A stream of events has no length, and there is no HEAD of what is only changed.
        IEnumerable<ApiRoute> routes = demo.World.Server.Routes.Where(
            route => route.Method == HttpMethod.Get.Method && route.Offers[0].MediaType != "text/event-stream");
        foreach (ApiRoute route in routes)
        {
            string answer = await demo.World.AskRawAsync($"HEAD {demo.Filled(route.Pattern)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);

            // Predictions become JSON row by row, so their length is known at the end only.
            Assert.Equal(route.Id != "getPredictions", answer.Contains("\r\nContent-Length: ", StringComparison.Ordinal));
            Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Metrics_AreTheDocumentedInstrumentsUnderTheDocumentedNames()
    {
        // Aim: a name in the guide's table and the rule below it give the name on the wire. The rule is written here once more.
        string guide = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "OPERATING.md"));
        string[] expected =
        [
            .. Regex.Matches(guide, @"^\| `(pipeline\.[a-z.]+)` \| (\S+) \| (counter|gauge) \|", RegexOptions.Multiline)
                .Select(row => $"{Name(row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value)} {row.Groups[3].Value}")
                .Order(StringComparer.Ordinal),
        ];
        using HttpResponseMessage answer = await demo.Client.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Dictionary<string, Family> families = PrometheusReader.Read(await answer.Content.ReadAsStringAsync());
        Assert.Equal(expected, families.Select(one => $"{one.Key} {one.Value.Type}").Order(StringComparer.Ordinal));
        Assert.All(families.Values, family => Assert.NotEmpty(family.Help));
        Assert.Equal(3, families["pipeline_sources_total"].Series["dataset=wheat outcome=spectra"]);
        Assert.Equal(3, families["pipeline_sources_total"].Series["dataset=wheat outcome=quarantined"]);
        Assert.Equal(4, families["pipeline_dataset_sources"].Series["dataset=wheat"]);
        Assert.Equal(1, families["pipeline_runs_total"].Series["outcome=completed study=protein"]);
        Assert.Equal(30, families["pipeline_predictions_total"].Series["study=protein"]);
        Assert.Equal(1, families["pipeline_search_progress_ratio"].Series[""], 9);
        Assert.True(families["pipeline_disk_free_bytes"].Series[""] > 0);

        static string Name(string name, string unit, string kind)
        {
            string suffix = unit switch { "By" => "_bytes", "s" => "_seconds", "1" => "_ratio", _ => "" };
            name = name.Replace('.', '_');
            return (name.EndsWith(suffix, StringComparison.Ordinal) ? name : name + suffix) + (kind == "counter" ? "_total" : "");
        }
    }

    private async Task<JsonNode> JsonAsync(string path) => JsonNode.Parse(await demo.Client.GetStringAsync(path))!;
}
