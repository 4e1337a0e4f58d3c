using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Pipeline.Host.Tests.Reliability;

namespace Pipeline.DaemonBench;

/// <summary>A daemon in a process of its own over a data folder, asked over HTTP.</summary>
/// <remarks>
/// Settings beyond those of the scenario are the program's defaults; where it names no folder, <see cref="Inbox"/> fills
/// <see cref="Dataset"/>. A second start over the same folder goes on with its data. Disposed, it is killed where it still runs.
/// </remarks>
internal sealed class ServedDaemon : IDisposable
{
    /// <summary>The dataset that the usual watched folder fills.</summary>
    public const string Dataset = "bench";

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private static readonly MediaTypeWithQualityHeaderValue Csv = new("text/csv");
    private readonly HttpClient _http = new();

    private ServedDaemon(ServedProcess process, string inbox, string settings)
    {
        Process = process;
        Inbox = inbox;
        SettingsPath = settings;
    }

    /// <summary>The process.</summary>
    public ServedProcess Process { get; }

    /// <summary>The usual watched folder.</summary>
    public string Inbox { get; }

    /// <summary>The settings file.</summary>
    public string SettingsPath { get; }

    /// <summary>Who asks; its address is known once the daemon listens.</summary>
    public HttpClient Http => _http;

    /// <summary>Starts a daemon below a folder; it listens when this returns.</summary>
    /// <param name="folder">Data, settings and inbox lie in it.</param>
    /// <param name="change">Changes the settings below <c>Pipeline</c>.</param>
    /// <param name="level">The least level of the log.</param>
    public static async Task<ServedDaemon> StartAsync(string folder, Action<JsonObject>? change = null, string level = "Warning")
    {
        ServedDaemon daemon = await LaunchAsync(folder, change, level);
        if (!await daemon.ListensAsync(StartPatience))
        {
            daemon.Dispose();
            throw new InvalidOperationException($"The daemon does not start:\n{daemon.Process.Said}");
        }

        return daemon;
    }

    /// <summary>Starts a daemon and does not wait for it.</summary>
    public static async Task<ServedDaemon> LaunchAsync(string folder, Action<JsonObject>? change = null, string level = "Warning")
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
            path, ("Pipeline__Http__Listen", "http://127.0.0.1:0"), ("Serilog__MinimumLevel__Default", level));
        return new ServedDaemon(process, inbox, path);
    }

    /// <summary>Waits until it listens; false where it is gone or patience ends.</summary>
    public async Task<bool> ListensAsync(TimeSpan patience)
    {
        int line = await Process.WaitForAsync(text => text.StartsWith("Serving.", StringComparison.Ordinal), patience);
        if (line >= 0)
        {
            _http.BaseAddress ??= new Uri(Process.Lines[line].Text.Split(' ').First(word => word.StartsWith("http", StringComparison.Ordinal)));
        }

        return line >= 0;
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

    /// <summary>An answer as JSON.</summary>
    public async Task<JsonNode> JsonAsync(string path) => JsonNode.Parse(await _http.GetStringAsync(new Uri(path, UriKind.Relative)))!;

    /// <summary>The status of an answer, and its text.</summary>
    public async Task<(int Status, string Text)> StatusAsync(string path)
    {
        using HttpResponseMessage answer = await _http.GetAsync(new Uri(path, UriKind.Relative));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The leaderboard of a study as CSV, or null before the first.</summary>
    public async Task<byte[]?> LeaderboardAsync(string study)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"v1/studies/{study}/leaderboard", UriKind.Relative));
        request.Headers.Accept.Add(Csv);
        using HttpResponseMessage answer = await _http.SendAsync(request);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsByteArrayAsync() : null;
    }

    /// <summary>The digests of all sources of the usual dataset.</summary>
    public async Task<HashSet<string>> SourcesAsync() => [.. (await ListAsync($"v1/datasets/{Dataset}/sources")).Select(item => (string)item["digest"]!)];

    /// <summary>All items of a list, page by page.</summary>
    public async Task<List<JsonNode>> ListAsync(string path)
    {
        List<JsonNode> items = [];
        string? after = "";
        while (after is not null)
        {
            JsonNode page = await JsonAsync($"{path}?limit=1000{(after.Length > 0 ? "&after=" : "")}{after}");
            items.AddRange(page["items"]!.AsArray().Select(item => item!));
            after = (string?)page["next"];
        }

        return items;
    }

    /// <summary>Sends a signal to the process, such as <c>TERM</c>.</summary>
    public void Signal(string name)
    {
        using Process kill = System.Diagnostics.Process.Start("kill", [$"-{name}", Process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        _http.Dispose();
        Process.Dispose();
    }
}
