using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Host.Tests.Reliability;
using Xunit;

namespace Pipeline.Host.Tests.Service;

/// <summary>The daemon as a process that is killed while one run works, one is paused and one waits.</summary>
[Trait("speed", "slow")]
public sealed class RunsProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task Serve_KilledWithRunsOfEveryState_GoesOnWithEachAsItWas()
    {
        Directory.CreateDirectory(_shell.PathOf("inbox"));
        _shell.Write("inbox/spectra.csv", Spectra(300, 300));
        string settings = Settings();
        DateTimeOffset begun;
        using (ServedProcess daemon = ServedProcess.Serve(settings, ("Pipeline__Http__Listen", "http://127.0.0.1:0")))
        {
            using HttpClient client = await ClientAsync(daemon);
            Assert.True(await daemon.WaitForAsync(line => line.Contains(" new samples", StringComparison.Ordinal), Patience) >= 0, daemon.Said);
            foreach (string study in (string[])["a", "b", "c", "d"])
            {
                using HttpResponseMessage asked = await client.PostAsync($"/v1/studies/{study}/runs", null);
                Assert.Equal(201, (int)asked.StatusCode);
            }

            await ChangeAsync(client, 2, "pause");
            await ChangeAsync(client, 4, "cancel");
            begun = (await UntilAsync(client, 1, run => run["progress"]?["unitsDone"]!.GetValue<int>() > 0))["begun"]!.GetValue<DateTimeOffset>();
            await daemon.KillAsync();
        }

        using (ServedProcess daemon = ServedProcess.Serve(settings, ("Pipeline__Http__Listen", "http://127.0.0.1:0")))
        {
            using HttpClient client = await ClientAsync(daemon);
            JsonNode first = await UntilAsync(client, 1, run => Text(run, "state") == "running" && run["progress"]?["unitsDone"]!.GetValue<int>() > 0);
            Assert.Equal(begun, first["begun"]!.GetValue<DateTimeOffset>());
            Assert.Equal(["paused", "queued", "cancelled"], [await StateAsync(client, 2), await StateAsync(client, 3), await StateAsync(client, 4)]);
            await ChangeAsync(client, 1, "cancel");
            await UntilAsync(client, 3, run => Text(run, "state") == "running");
            Assert.Equal(["cancelled", "paused"], [await StateAsync(client, 1), await StateAsync(client, 2)]);
            await daemon.KillAsync();
        }
    }

    private static async Task<HttpClient> ClientAsync(ServedProcess daemon)
    {
        const string Mark = "HTTP at ";
        int line = await daemon.WaitForAsync(said => said.StartsWith("Serving.", StringComparison.Ordinal), Patience);
        Assert.True(line >= 0, daemon.Said);
        string text = daemon.Lines[line].Text;
        return new HttpClient { BaseAddress = new Uri(text[(text.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length)..].Split(' ')[0]) };
    }

    private static async Task ChangeAsync(HttpClient client, int id, string what)
    {
        using HttpResponseMessage answer = await client.PostAsync($"/v1/runs/{id}/{what}", null);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    private static async Task<string> StateAsync(HttpClient client, int id) => Text((await client.GetFromJsonAsync<JsonNode>($"/v1/runs/{id}"))!, "state");

    private static async Task<JsonNode> UntilAsync(HttpClient client, int id, Func<JsonNode, bool> condition)
    {
        var took = Stopwatch.StartNew();
        while (true)
        {
            JsonNode run = (await client.GetFromJsonAsync<JsonNode>($"/v1/runs/{id}"))!;
            if (condition(run))
            {
                return run;
            }

            Assert.True(took.Elapsed < Patience, run.ToJsonString());
            await Task.Delay(20);
        }
    }

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private string Settings()
    {
        _shell.Write("study.json", """{ "response": "y", "pretreatments": ["raw", "snv", "msc", "sg(7,2,1)"], "models": ["pls(20)", "ridge"], "folds": "random(60, seed 0)", "nested": 0, "permutations": 0 }""");
        return _shell.Write("settings.json", new JsonObject
        {
            ["Pipeline"] = new JsonObject
            {
                ["Data"] = _shell.PathOf("data"),
                ["Threads"] = 1,
                ["Folders"] = new JsonArray(
                    new JsonObject { ["Path"] = _shell.PathOf("inbox"), ["Dataset"] = "d", ["QuietPeriod"] = "100 ms", ["ScanEvery"] = "1 s" }),
                ["Studies"] = new JsonArray([.. "abcd".Select(name => (JsonNode)new JsonObject
                {
                    ["Name"] = $"{name}", ["Dataset"] = "d", ["Study"] = _shell.PathOf("study.json"), ["RunAfterReferences"] = 1_000_000,
                })]),
            },
        }.ToJsonString());
    }

    private static string Spectra(int samples, int variables)
    {
        var text = new StringBuilder("sample_id,y");
        for (int j = 0; j < variables; j++)
        {
            text.Append(CultureInfo.InvariantCulture, $",{1000 + (2 * j)} nm");
        }

        text.Append('\n');
        for (int i = 0; i < samples; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"S{i:000},{10 + (i * 0.1):F2}");
            for (int j = 0; j < variables; j++)
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $",{0.4 + (0.02 * i * Math.Exp(-Math.Pow((j - 80) / 30.0, 2))) + (0.01 * Math.Sin((i * 31) + (j * 17))):F5}");
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}
