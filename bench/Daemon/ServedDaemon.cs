using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Host.Tests.Reliability;

namespace Pipeline.DaemonBench;

/// <summary>A daemon in a process of its own over a fresh data folder, with one watched folder, asked over HTTP.</summary>
/// <remarks>Settings beyond those of the scenario are the program's defaults. Disposed, it is killed where it still runs.</remarks>
internal sealed class ServedDaemon : IDisposable
{
    /// <summary>The dataset that the watched folder fills.</summary>
    public const string Dataset = "bench";

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private readonly HttpClient _http;

    private ServedDaemon(ServedProcess process, HttpClient http, string inbox)
    {
        Process = process;
        _http = http;
        Inbox = inbox;
    }

    /// <summary>The process.</summary>
    public ServedProcess Process { get; }

    /// <summary>The watched folder.</summary>
    public string Inbox { get; }

    /// <summary>Starts a daemon below a folder; it listens when this returns.</summary>
    /// <param name="folder">Data, settings and inbox lie in it.</param>
    /// <param name="change">Changes the settings below <c>Pipeline</c>.</param>
    public static async Task<ServedDaemon> StartAsync(string folder, Action<JsonObject>? change = null)
    {
        string inbox = Directory.CreateDirectory(Path.Combine(folder, "inbox")).FullName;
        var settings = new JsonObject
        {
            ["Data"] = Path.Combine(folder, "data"),
            ["Folders"] = new JsonArray(new JsonObject { ["Path"] = inbox, ["Dataset"] = Dataset }),
        };
        change?.Invoke(settings);
        string path = Path.Combine(folder, "settings.json");
        await File.WriteAllTextAsync(path, new JsonObject { ["Pipeline"] = settings }.ToJsonString());
        ServedProcess process = ServedProcess.Serve(
            path, ("Pipeline__Http__Listen", "http://127.0.0.1:0"), ("Serilog__MinimumLevel__Default", "Warning"));
        int line = await process.WaitForAsync(text => text.StartsWith("Serving.", StringComparison.Ordinal), StartPatience);
        if (line < 0)
        {
            throw new InvalidOperationException($"The daemon does not start:\n{process.Said}");
        }

        string address = process.Lines[line].Text.Split(' ').First(word => word.StartsWith("http", StringComparison.Ordinal));
        return new ServedDaemon(process, new HttpClient { BaseAddress = new Uri(address) }, inbox);
    }

    /// <summary>A metric as it stands, the sum of its series; 0 where there is none yet.</summary>
    public async Task<double> MetricAsync(string name)
    {
        string text = await _http.GetStringAsync(new Uri("metrics", UriKind.Relative));
        return text.Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is '{' or ' ')
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>Waits until a metric has reached a value; how long that took, or null where patience ends first.</summary>
    public async Task<TimeSpan?> WhenAsync(string metric, double value, Stopwatch since, TimeSpan patience)
    {
        while (since.Elapsed < patience)
        {
            if (await MetricAsync(metric) >= value)
            {
                return since.Elapsed;
            }

            await Task.Delay(LookEvery);
        }

        return null;
    }

    /// <summary>The digests of all sources of the dataset.</summary>
    public async Task<HashSet<string>> SourcesAsync()
    {
        HashSet<string> digests = [];
        string? after = "";
        while (after is not null)
        {
            string page = await _http.GetStringAsync(new Uri($"v1/datasets/{Dataset}/sources?limit=1000{(after.Length > 0 ? "&after=" : "")}{after}", UriKind.Relative));
            using JsonDocument document = JsonDocument.Parse(page);
            digests.UnionWith(document.RootElement.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("digest").GetString()!));
            after = document.RootElement.TryGetProperty("next", out JsonElement next) ? next.GetString() : null;
        }

        return digests;
    }

    public void Dispose()
    {
        _http.Dispose();
        Process.Dispose();
    }
}
