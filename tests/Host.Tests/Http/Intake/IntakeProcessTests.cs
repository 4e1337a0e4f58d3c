using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipeline.Engine.Identity;
using Pipeline.Host.Demo;
using Pipeline.Host.Tests.Reliability;
using Xunit;

namespace Pipeline.Host.Tests.Http.Intake;

/// <summary>Data over HTTP into a daemon that is a process of its own, and is killed.</summary>
public sealed class IntakeProcessTests : IDisposable
{
    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task Acknowledged_ThenKilled_IsThereAndAnsweredTheSameAgain()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        DemoCase demo = DemoCase.Of(seed: 1, small: true, _shell.PathOf("demo"));
        string data = _shell.PathOf("data");
        string settings = _shell.Write("settings.json", $$"""{ "Pipeline": { "Data": "{{data}}", "Memory": "256 MiB", "Datasets": [ { "Name": "wheat" } ] } }""");
        byte[] body = ArrowBody.Of(demo.Measured(0, 10), demo.Measured(10, 10));
        using ServedProcess killed = ServedProcess.Serve(settings, ("Pipeline__Http__Listen", "http://127.0.0.1:0"));
        using HttpClient first = await ClientAsync(killed);
        using HttpResponseMessage answer = await first.SendAsync(
            ArrowBody.Request(body, key: "k", isLines: true), HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        JsonNode acknowledged = JsonNode.Parse((await lines.ReadLineAsync())!)!;
        await killed.KillAsync();

        ServedData kept = ServedData.Read(data, "wheat");
        string digest = acknowledged["digest"]!.GetValue<string>();
        Assert.Contains(digest, kept.Sources.Select(source => source.Digest.ToString()));
        Assert.All(kept.Sources, source => Assert.Equal(source.Digest, Fingerprint.OfBytes(kept.Bytes(source.Digest))));
        Assert.Equal(0, kept.SampleIds.Length % 10);

        using ServedProcess again = ServedProcess.Serve(settings, ("Pipeline__Http__Listen", "http://127.0.0.1:0"));
        using HttpClient second = await ClientAsync(again);
        using HttpResponseMessage rest = await second.SendAsync(ArrowBody.Request(body, key: "k"));
        JsonNode[] acks = await BatchIntakeTests.AcksAsync(rest);
        Assert.Equal("true", rest.Headers.GetValues("Idempotency-Replayed").Single());
        Assert.Equal(acknowledged.ToJsonString(), acks[0].ToJsonString());
        Assert.Equal(2, acks.Length);
        Assert.Empty(ServedData.Temporaries(data));
        Assert.Equal(20, ServedData.Read(data, "wheat").SampleIds.Distinct().Count());
        await again.TerminateAsync(HttpWorld.Patience);
        Assert.Equal(0, again.ExitCode);
    }

    private static async Task<HttpClient> ClientAsync(ServedProcess daemon)
    {
        int line = await daemon.WaitForAsync(said => said.StartsWith("Serving. HTTP at ", StringComparison.Ordinal), HttpWorld.Patience);
        Assert.True(line >= 0, daemon.Said);
        return new HttpClient { BaseAddress = new Uri(Regex.Match(daemon.Lines[line].Text, "http://[0-9.:]+").Value), Timeout = HttpWorld.Patience };
    }
}
