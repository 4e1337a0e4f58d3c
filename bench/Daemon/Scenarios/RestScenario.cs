using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Pipeline.Stages.Numerics;

namespace Pipeline.DaemonBench.Scenarios;

/// <summary>Constant data and constant work, round after round: whatever grows then is left behind by something.</summary>
/// <remarks>
/// Everything the daemon knows is there before the first round, and one run of the study is complete. Each round does the same of
/// each part at the same time: known files into a folder, known batches and tables over HTTP, a run on demand, every GET, streams
/// that are dropped, a bad file tried again, edits of the settings that put a study's runner and a folder's loop in the place of
/// others and back, each with a wrong one. Then all is still, and the process is looked at: that is one point of the line.
/// Flat means, and was settled before the first run: over the second half of the time the slope of the anonymous memory at
/// still moments has a 95 % interval that includes 0, or is below 1 % of the memory in ten minutes; at still moments of the last
/// quarter the median of open handles is no greater than in the third, that of threads at most one greater, since the pool has
/// them come and go. <c>--without push,edits</c> leaves parts out, to find what makes it grow.
/// </remarks>
internal sealed class RestScenario : IScenario
{
    private const string Routine = "routine";
    private const string Arrow = "application/vnd.apache.arrow.stream";
    private const int Variables = 150;
    private const int StudyFiles = 60;
    private const int FileSamples = 2;
    private const int FilesPerRound = 20;
    private const int Batches = 4;
    private const int BatchRows = 8;
    private const string StudyText =
        """
        { "response": "protein", "pretreatments": ["raw", "snv", "sg(7,2,1)"], "models": ["pls(10)", "ridge"], "subsets": ["full", "top(20)"], "folds": "random(8, seed 0)" }
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StillAfter = TimeSpan.FromSeconds(1.5);
    private readonly Claims _claims = new();
    private readonly List<(double Seconds, ProcessSight Sight)> _sights = [];
    private readonly List<(double Seconds, ProcessSight Sight)> _still = [];
    private readonly Stopwatch _clock = new();

    // Set before the first round.
    private (string Name, byte[] Bytes)[] _files = [];
    private byte[][] _batches = [];
    private byte[] _table = [];
    private string _bad = "";
    private string _settings = "";

    public string Name => "rest";

    public string Usage => "[--seconds N] [--files N] [--budget MIB] [--without PART,PART] [--folder DIR]";

    public IReadOnlyList<string> Missed => _claims.Missed;

    public async IAsyncEnumerable<string> RunAsync(string folder, ScenarioArguments arguments)
    {
        int seconds = arguments.Number("--seconds", 600);
        var laboratory = new Laboratory(folder, Laboratory.Study, Routine);
        Directory.CreateDirectory(Path.Combine(folder, "guest"));
        using ServedDaemon daemon = await ServedDaemon.StartAsync(folder, settings =>
        {
            settings["Memory"] = string.Create(CultureInfo.InvariantCulture, $"{arguments.Number("--budget", 128)} MiB");
            settings["Drain"] = "20 s";
            settings["Http"] = new JsonObject { ["Requests"] = 2000 };
            laboratory.Configure(settings, "move", StudyText, runAfterReferences: StudyFiles * FileSamples);
        });
        _settings = await File.ReadAllTextAsync(daemon.SettingsPath);
        await FillAsync(daemon, laboratory, arguments.Number("--files", 300));
        (string Name, Func<int, Task> Do)[] parts =
        [
            ("files", round => DropAsync(laboratory, round)),
            ("push", _ => PushAsync(daemon)),
            ("runs", _ => RunAsync(daemon)),
            ("reads", _ => ReadAsync(daemon)),
            ("streams", _ => StreamAsync(daemon)),
            ("retries", _ => RetryAsync(daemon)),
            ("edits", round => EditAsync(daemon, folder, round)),
        ];
        HashSet<string> without = [.. arguments.Text("--without", "").Split(',', StringSplitOptions.RemoveEmptyEntries)];
        parts = [.. parts.Where(part => !without.Contains(part.Name))];

        yield return "| time | rounds | memory when still | handles | threads | load |";
        yield return "|---|---|---|---|---|---|";
        _clock.Start();
        using var over = new CancellationTokenSource();
        Task looks = Task.Run(() => LookAsync(daemon, over.Token));
        int said = 0;
        int rounds = 0;
        for (; _clock.Elapsed.TotalSeconds < seconds && !daemon.Process.HasExited; rounds++)
        {
            int round = rounds;
            await Task.WhenAll(parts.Select(part => Task.Run(() => part.Do(round))));
            ProcessSight still = await StillAsync(daemon);
            if (_clock.Elapsed.TotalSeconds >= (said + 1) * seconds / 10.0)
            {
                said++;
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {_clock.Elapsed.TotalSeconds:0} s | {rounds + 1} | {still.AnonymousBytes / 1048576.0:0.0} MiB | {still.HandleCount} | {still.ThreadCount} | {Machine.Load} |");
            }
        }

        await over.CancelAsync();
        await looks;
        _claims.Hold(await daemon.MetricAsync("pipeline_rebuilds_total") == 0, "no loop is built anew", daemon.Process.Said);
        await laboratory.CheckAsync(daemon, _claims);
        await daemon.Process.TerminateAsync(TimeSpan.FromSeconds(60));
        _claims.Hold(daemon.Process.ExitCode == 0, "it stops cleanly", daemon.Process.Said);
        yield return "";
        foreach (string line in Judge(seconds, rounds))
        {
            yield return line;
        }
    }

    private IEnumerable<string> Judge(int seconds, int rounds)
    {
        double half = seconds / 2.0;
        (double slope, double width, double mean) = Figures.Line([.. Later(_still, half).Select(one => (one.Seconds, (double)one.Sight.AnonymousBytes))]);
        string memory = Text(slope, width, mean);
        _claims.Hold(Math.Abs(slope) <= width || slope * 600 < 0.01 * mean, "memory is flat", memory);
        yield return $"Memory when still, second half: {memory} (95 %), {(slope + width) * seconds / Math.Max(1, rounds) / 1024:0.0} KiB a round at most.";
        (slope, width, mean) = Figures.Line([.. Later(_sights, half).Select(one => (one.Seconds, (double)one.Sight.AnonymousBytes))]);
        yield return $"Memory at all looks, second half: {Text(slope, width, mean)}.";
        double third = Middle(half, seconds * 0.75, one => one.HandleCount);
        double last = Middle(seconds * 0.75, double.MaxValue, one => one.HandleCount);
        _claims.Hold(last <= third, "handles are flat", string.Create(CultureInfo.InvariantCulture, $"{third}, then {last}"));
        double thirdThreads = Middle(half, seconds * 0.75, one => one.ThreadCount);
        double lastThreads = Middle(seconds * 0.75, double.MaxValue, one => one.ThreadCount);
        _claims.Hold(lastThreads <= thirdThreads + 1, "threads are flat", string.Create(CultureInfo.InvariantCulture, $"{thirdThreads}, then {lastThreads}"));
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"Third and last quarter: {third} and {last} handles, {thirdThreads} and {lastThreads} threads. {rounds} rounds; {_claims.Count - Missed.Count} of {_claims.Count} claims held.");
    }

    private static string Text(double slope, double width, double mean) => string.Create(
        CultureInfo.InvariantCulture, $"{600 * slope / 1048576:0.00} ± {600 * width / 1048576:0.00} MiB in ten minutes of {mean / 1048576:0.0} MiB, or {60000 * slope / mean:0.0} ± {60000 * width / mean:0.0} %");

    private static IEnumerable<(double Seconds, ProcessSight Sight)> Later(List<(double Seconds, ProcessSight Sight)> sights, double from) =>
        sights.Where(one => one.Seconds >= from);

    private double Middle(double from, double to, Func<ProcessSight, int> what) =>
        Figures.Quantile(_still.Where(one => one.Seconds >= from && one.Seconds < to).Select(one => (double)what(one.Sight)), 0.5);

    /// <summary>Everything that there will be: files of both datasets, batches, references, one bad file, and a complete run.</summary>
    private async Task FillAsync(ServedDaemon daemon, Laboratory laboratory, int files)
    {
        _files = [.. Enumerable.Range(0, files).Select(i => ($"R{i:0000}.csv", LabFiles.Spectra($"R{i:0000}", i, FileSamples, Variables, i % 2 == 1, hasReferences: false)))];
        foreach ((string name, byte[] bytes) in _files)
        {
            laboratory.Drop(Routine, name, bytes, FileSamples);
        }

        byte[] bad = LabFiles.Bad("bad", 1, Variables);
        _bad = Convert.ToHexStringLower(SHA256.HashData(bad));
        laboratory.DropBad(Routine, "bad.csv", bad);
        (string Stem, int Seed, int Samples)[] study = [.. Enumerable.Range(0, StudyFiles).Select(i => ($"S{i:000}", 1_000_000 + i, FileSamples))];
        foreach ((string stem, int seed, int samples) in study)
        {
            laboratory.Drop(Laboratory.Study, stem + ".csv", LabFiles.Spectra(stem, seed, samples, Variables, isArrow: false, hasReferences: false), samples);
        }

        _table = LabFiles.Table(study);
        laboratory.Drop(Laboratory.Study, "table.csv", _table, 0);
        var x = new Matrix(BatchRows, Variables);
        var random = new Random(1);
        for (int i = 0; i < BatchRows; i++)
        {
            foreach (ref double value in x.Row(i))
            {
                value = 0.5 + random.NextDouble();
            }
        }

        // The dataset has its axis by then, so that these fit it.
        _claims.Hold(await laboratory.IsTakenAsync(daemon, Patience), "everything is taken", daemon.Process.Said);
        _batches = [.. Enumerable.Range(0, Batches).Select(i => LabFiles.Batch($"H{i}", i, x))];
        foreach (byte[] batch in _batches)
        {
            string answer = await PostAsync(daemon, $"v1/datasets/{Routine}/batches", batch, Arrow);
            laboratory.NoteAcknowledged(Routine, (string)JsonNode.Parse(answer)!["acknowledged"]![0]!["digest"]!, BatchRows, batch.Length);
        }

        byte[]? ranked = await Laboratory.LeaderboardAsync(daemon, StudyFiles * FileSamples, Patience);
        _claims.Hold(ranked is not null, "the first run completes", daemon.Process.Said);
    }

    private async Task DropAsync(Laboratory laboratory, int round)
    {
        string inbox = laboratory.PathOf(Routine);
        string done = Path.Combine(inbox, "done");
        foreach (string old in Directory.Exists(done) ? Directory.GetFiles(done) : [])
        {
            File.Delete(old);
        }

        string[] dropped = [.. Enumerable.Range(round * FilesPerRound, FilesPerRound).Select(i => _files[i % _files.Length]).Select(file =>
        {
            string path = Path.Combine(inbox, file.Name);
            File.WriteAllBytes(path + ".part", file.Bytes);
            File.Move(path + ".part", path, overwrite: true);
            return path;
        })];
        var since = Stopwatch.StartNew();
        while (dropped.Any(File.Exists) && since.Elapsed < Patience)
        {
            await Task.Delay(100);
        }

        _claims.Hold(!dropped.Any(File.Exists), "known files are taken away");
    }

    private async Task PushAsync(ServedDaemon daemon)
    {
        for (int i = 0; i < Batches; i++)
        {
            await PostAsync(daemon, $"v1/datasets/{Routine}/batches", _batches[i], Arrow, i % 2 == 0 ? null : $"rest-{i}");
        }

        await PostAsync(daemon, $"v1/datasets/{Laboratory.Study}/sources?name=table.csv", _table, "text/csv");
    }

    private async Task RunAsync(ServedDaemon daemon)
    {
        long run = (long)JsonNode.Parse(await PostAsync(daemon, $"v1/studies/{Laboratory.Study}/runs", [], "application/json"))!["id"]!;
        var since = Stopwatch.StartNew();
        string state = "";
        while (state != "completed" && since.Elapsed < Patience)
        {
            await Task.Delay(50);
            state = (string)(await daemon.JsonAsync($"v1/runs/{run}"))["state"]!;
        }

        _claims.Hold(state == "completed", "runs on demand complete", state);
    }

    /// <summary>Every GET of the document that describes them, but streams.</summary>
    private async Task ReadAsync(ServedDaemon daemon)
    {
        JsonNode document = await daemon.JsonAsync("v1/openapi.json");
        long run = (long)(await daemon.JsonAsync("v1/runs"))["items"]![0]!["id"]!;
        foreach ((string path, JsonNode? methods) in document["paths"]!.AsObject())
        {
            if (methods!["get"] is null || path.EndsWith("/events", StringComparison.Ordinal))
            {
                continue;
            }

            string name = path.StartsWith("/v1/datasets", StringComparison.Ordinal) ? Routine : Laboratory.Study;
            string asked = path.Replace("{name}", name, StringComparison.Ordinal)
                .Replace("{digest}", _bad, StringComparison.Ordinal)
                .Replace("{id}", run.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            (int status, string text) = await daemon.StatusAsync(asked.TrimStart('/'));

            // A run that has just been asked for has no leaderboard yet, and the study may wait for it.
            _claims.Hold(status is 200 or 404 or 409, "every GET is answered", $"{asked}: {status} {text}");
        }

        (int none, _) = await daemon.StatusAsync("v1/nothing");
        _claims.Hold(none == 404, "what is not there is not found");
    }

    private async Task StreamAsync(ServedDaemon daemon)
    {
        byte[] some = new byte[256];
        for (int i = 0; i < 4; i++)
        {
            using HttpResponseMessage answer = await daemon.Http.GetAsync(new Uri("v1/events" + (i % 2 == 0 ? "" : "?after=1"), UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
            _claims.Hold(answer.IsSuccessStatusCode, "streams begin", answer.StatusCode.ToString());
            using Stream stream = await answer.Content.ReadAsStreamAsync();
            _ = await stream.ReadAsync(some);
            await Task.Delay(200);
        }
    }

    private async Task RetryAsync(ServedDaemon daemon)
    {
        using HttpResponseMessage answer = await daemon.Http.PostAsync(new Uri($"v1/quarantine/{_bad}/retry", UriKind.Relative), null);
        _claims.Hold((int)answer.StatusCode == 422, "a bad file stays bad", $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>A right edit and a wrong one.</summary>
    private async Task EditAsync(ServedDaemon daemon, string folder, int round)
    {
        JsonNode settings = JsonNode.Parse(_settings)!;
        JsonNode pipeline = settings["Pipeline"]!;
        if (round % 2 == 0)
        {
            pipeline["Drain"] = "21 s";
            pipeline["Studies"]![0]!["RunAfterReferences"] = (StudyFiles * FileSamples) + 1;
            pipeline["Folders"]!.AsArray().Add(new JsonObject { ["Path"] = Path.Combine(folder, "guest"), ["Dataset"] = "guest" });
        }

        string text = settings.ToJsonString();
        await EditAsync(daemon, text, "applied");
        await EditAsync(daemon, text.Replace("\"Memory\"", "\"Memry\"", StringComparison.Ordinal), "refused");
    }

    private async Task EditAsync(ServedDaemon daemon, string text, string result)
    {
        string series = $"pipeline_settings_reloads_total{{result=\"{result}\"}}";
        double count = await daemon.MetricAsync(series);
        await File.WriteAllTextAsync(daemon.SettingsPath + ".new", text);
        File.Move(daemon.SettingsPath + ".new", daemon.SettingsPath, overwrite: true);
        daemon.Signal("HUP");
        _claims.Hold(await daemon.WhenAsync(series, count + 1, Stopwatch.StartNew(), Patience) is not null, $"each edit is {result} as it must be", daemon.Process.Said);
    }

    private async Task<string> PostAsync(ServedDaemon daemon, string path, byte[] body, string type, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using HttpResponseMessage answer = await daemon.Http.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        _claims.Hold(answer.IsSuccessStatusCode, "what is posted is taken", $"{path}: {(int)answer.StatusCode} {text}");
        return text;
    }

    /// <summary>What the process holds when nothing moves: of some looks the one with the fewest handles.</summary>
    private async Task<ProcessSight> StillAsync(ServedDaemon daemon)
    {
        await Task.Delay(StillAfter);
        List<ProcessSight> sights = [];
        for (int i = 0; i < 5; i++)
        {
            await Task.Delay(100);
            if (ProcessSight.Of(daemon.Process.Id) is { } sight)
            {
                sights.Add(sight);
            }
        }

        ProcessSight still = sights.Count == 0 ? default : sights.MinBy(one => one.HandleCount);
        _claims.Hold(sights.Count > 0, "the process lives on", daemon.Process.Said);
        _still.Add((_clock.Elapsed.TotalSeconds, still));
        return still;
    }

    private async Task LookAsync(ServedDaemon daemon, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            if (ProcessSight.Of(daemon.Process.Id) is { } sight)
            {
                _sights.Add((_clock.Elapsed.TotalSeconds, sight));
            }

            await Task.Delay(200, CancellationToken.None);
        }
    }
}
