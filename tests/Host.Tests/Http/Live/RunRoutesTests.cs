using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Host.Service;
using Xunit;

namespace Pipeline.Host.Tests.Http.Live;

/// <summary>What can be asked of runs over HTTP.</summary>
public class RunRoutesTests
{
    [Fact]
    public async Task Runs_NobodyTakesThem_ArePausedResumedRankedAndCancelled()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        using HttpResponseMessage asked = await world.Client.PostAsync("/v1/studies/protein/runs", null);
        Assert.Equal((HttpStatusCode.Created, "/v1/runs/1"), (asked.StatusCode, asked.Headers.Location!.OriginalString));
        JsonNode run = JsonNode.Parse(await asked.Content.ReadAsStringAsync())!;
        Assert.Equal(("queued", "demand", 0), (Text(run, "state"), Text(run, "trigger"), run["priority"]!.GetValue<int>()));

        using HttpResponseMessage again = await world.Client.PostAsync("/v1/studies/protein/runs", Json("""{ "priority": 5 }"""));
        Assert.Equal((HttpStatusCode.OK, "/v1/runs/1"), (again.StatusCode, again.Headers.Location!.OriginalString));
        Assert.Equal(5, JsonNode.Parse(await again.Content.ReadAsStringAsync())!["priority"]!.GetValue<int>());

        Assert.Equal((200, "paused"), await ChangeAsync(world, "pause"));
        Assert.Equal((200, "paused"), await ChangeAsync(world, "pause"));
        using HttpResponseMessage held = await world.Client.PostAsync("/v1/studies/protein/runs", null);
        Assert.Equal(HttpStatusCode.Conflict, held.StatusCode);
        Assert.Contains("/v1/runs/1/resume", await held.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal((200, "queued"), await ChangeAsync(world, "resume"));
        using HttpResponseMessage ranked = await world.Client.PatchAsync("/v1/runs/1", Json("""{ "priority": -3 }"""));
        Assert.Equal(-3, JsonNode.Parse(await ranked.Content.ReadAsStringAsync())!["priority"]!.GetValue<int>());
        Assert.Equal((200, "cancelled"), await ChangeAsync(world, "cancel"));
        Assert.Equal((200, "cancelled"), await ChangeAsync(world, "cancel"));

        JsonNode study = JsonNode.Parse(await world.Client.GetStringAsync("/v1/studies/protein"))!;
        Assert.Equal(("cancelled", 1), (Text(study["latestRun"]!, "state"), study["latestRun"]!["id"]!.GetValue<int>()));

        using HttpResponseMessage refused = await world.Client.PostAsync("/v1/runs/1/resume", null);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("Run 1 is cancelled", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await world.Client.PostAsync("/v1/runs/7/pause", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await world.Client.PostAsync("/v1/studies/protien/runs", null)).StatusCode);
    }

    [Theory]
    [InlineData("""{ "priority": 11 }""")]
    [InlineData("""{ "priority": "high" }""")]
    [InlineData("""{ "prio": 1 }""")]
    [InlineData("{")]
    [InlineData("null")]
    public async Task Ask_BodyThatIsWrong_IsRefusedAndAsksNothing(string body)
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        using HttpResponseMessage refused = await world.Client.PostAsync("/v1/studies/protein/runs", Json(body));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Empty((await ListAsync(world, "")).AsArray());
    }

    [Fact]
    public async Task Runs_ThatHaveEnded_TellWhereTheyComeFromAndGiveTheSameBytesAgain()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        Task running = world.Run();
        world.Laboratory.DropArrow("all.arrow", world.Demo.Measured(0, 60));
        world.Laboratory.DropReferences("references.csv");
        await world.Laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, running, CancellationToken.None).WaitAsync(HttpWorld.Patience);
        byte[] before = await world.Client.GetByteArrayAsync("/v1/studies/protein/leaderboard");

        JsonNode first = await EndedAsync(world, 1);
        Assert.Equal(("completed", "references"), (Text(first, "state"), Text(first, "trigger")));
        Assert.Equal(first["progress"]!["unitsTotal"]!.GetValue<int>(), first["progress"]!["unitsDone"]!.GetValue<int>());
        Assert.Equal(["ingest", "pretreat", "split", "train", "aggregate"], first["progress"]!["blocks"]!.AsArray().Select(block => Text(block!, "name")));
        Assert.Equal("random(5, seed 0)", Text(first["provenance"]!, "foldScheme"));
        Assert.Equal(64, Text(first["provenance"]!, "key").Length);

        using HttpResponseMessage asked = await world.Client.PostAsync("/v1/studies/protein/runs", null);
        Assert.Equal(HttpStatusCode.Created, asked.StatusCode);
        JsonNode second = await EndedAsync(world, 2);
        Assert.Equal("completed", Text(second, "state"));
        Assert.Equal(Text(first["provenance"]!, "key"), Text(second["provenance"]!, "key"));
        Assert.Equal(before, await world.Client.GetByteArrayAsync("/v1/studies/protein/leaderboard"));

        Assert.Equal([2, 1], (await ListAsync(world, "")).AsArray().Select(run => run!["id"]!.GetValue<int>()));
        Assert.Equal([1], (await ListAsync(world, "?after=2")).AsArray().Select(run => run!["id"]!.GetValue<int>()));
        Assert.Empty((await ListAsync(world, "?state=failed")).AsArray());
        Assert.Equal(2, (await ListAsync(world, "?study=protein&state=completed")).AsArray().Count);

        JsonNode status = JsonNode.Parse(await world.Client.GetStringAsync("/v1/status"))!;
        Assert.Equal(
            ("serving", "idle", 2),
            (Text(status, "state"), Text(status["studies"]![0]!, "state"), status["studies"]![0]!["latestRun"]!.GetValue<int>()));
        Assert.Equal("run completed", Text(status["events"]![0]!, "kind"));
        Assert.NotNull(status["folders"]![0]!["lastScan"]);
        Assert.NotNull(status["datasets"]![0]!["lastArrival"]);
    }

    [Fact]
    public async Task Events_OfARun_ComeOverHttpFromTheOneOnThatTheClientHadLast()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        using (HttpResponseMessage asked = await world.Client.PostAsync("/v1/studies/protein/runs", null))
        {
            Assert.Equal(HttpStatusCode.Created, asked.StatusCode);
        }

        long last;
        using (HttpResponseMessage answer = await world.Client.GetAsync("/v1/runs/1/events", HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
            (last, string data) = await NextAsync(answer);
            Assert.Contains("\"kind\":\"run queued\",\"subject\":\"run/1\"", data, StringComparison.Ordinal);
        }

        Assert.Equal((200, "paused"), await ChangeAsync(world, "pause"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events");
        request.Headers.TryAddWithoutValidation("Last-Event-ID", $"{last}");
        using HttpResponseMessage again = await world.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Contains("run paused", (await NextAsync(again)).Data, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await world.Client.GetAsync("/v1/runs/9/events")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await world.Client.GetAsync("/v1/events?after=x")).StatusCode);
    }

    private static async Task<(long Id, string Data)> NextAsync(HttpResponseMessage answer)
    {
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        long id = 0;
        while (true)
        {
            string line = await reader.ReadLineAsync().WaitAsync(HttpWorld.Patience) ?? throw new EndOfStreamException();
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = long.Parse(line[4..], System.Globalization.CultureInfo.InvariantCulture);
            }
            else if (id > 0 && line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return (id, line);
            }
        }
    }

    private static async Task<JsonNode> EndedAsync(HttpWorld world, int id)
    {
        using var patience = new CancellationTokenSource(HttpWorld.Patience);
        while (true)
        {
            JsonNode run = (await world.Client.GetFromJsonAsync<JsonNode>($"/v1/runs/{id}", patience.Token))!;
            if (run["ended"] is not null && !run["inWork"]!.GetValue<bool>())
            {
                return run;
            }

            await Task.Delay(20, patience.Token);
        }
    }

    private static async Task<(int Status, string State)> ChangeAsync(HttpWorld world, string what)
    {
        using HttpResponseMessage answer = await world.Client.PostAsync($"/v1/runs/1/{what}", null);
        return ((int)answer.StatusCode, Text(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!, "state"));
    }

    private static async Task<JsonNode> ListAsync(HttpWorld world, string query) =>
        JsonNode.Parse(await world.Client.GetStringAsync($"/v1/runs{query}"))!["items"]!;

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
