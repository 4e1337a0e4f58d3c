using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Pipeline.DaemonBench.Scenarios;

/// <summary>A storm of edits of the settings file, every second one wrong, while files arrive and studies run.</summary>
/// <remarks>
/// Each edit replaces the file, asks by SIGHUP, and is answered when the metric of its kind has risen. Valid edits change the
/// drain, and let folders come and go beside the two that must never be disturbed. Handles and memory are compared at rest,
/// under the first settings: after a tenth of the edits and after all of them.
/// </remarks>
internal sealed class ReloadScenario : IScenario
{
    private const string Bulk = "bulk";
    private const int StudySamples = 4;
    private const int Variables = 100;
    private const int EditsPerStudyFile = 5;
    private const string StudyText =
        """
        { "response": "protein", "pretreatments": ["raw", "snv", "sg(7,2,1)"], "models": ["pls(10)", "ridge"], "subsets": ["full", "top(20)"], "folds": "random(8, seed 0)" }
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly string[] Guests = ["guest-a", "guest-b", "guest-c"];
    private readonly Claims _claims = new();

    public string Name => "reload";

    public string Usage => "[--edits N] [--seed N] [--folder DIR]";

    public IReadOnlyList<string> Missed => _claims.Missed;

    // Each makes the settings wrong in another way.
    private static Func<string, string>[] Spoilers =>
    [
        text => text[..(text.Length / 2)],
        text => text.Replace("\"Memory\"", "\"Memry\"", StringComparison.Ordinal),
        text => text.Replace("\"200 ms\"", "\"soon\"", StringComparison.Ordinal),
        text => text.Replace("\"256 MiB\"", "\"900000 GiB\"", StringComparison.Ordinal),
        text => text.Replace($"\"Dataset\":\"{Bulk}\"", "\"Dataset\":\"../out\"", StringComparison.Ordinal),
        text => text.Replace("\"delete\"", "\"burn\"", StringComparison.Ordinal),
    ];

    public async IAsyncEnumerable<string> RunAsync(string folder, ScenarioArguments arguments)
    {
        int edits = arguments.Number("--edits", 1000);
        var random = new Random(arguments.Number("--seed", 2026));
        var laboratory = new Laboratory(folder, Laboratory.Study, Bulk);
        foreach (string guest in Guests)
        {
            Directory.CreateDirectory(Path.Combine(folder, guest));
        }

        using ServedDaemon daemon = await ServedDaemon.StartAsync(folder, settings =>
        {
            settings["Memory"] = "256 MiB";
            settings["Drain"] = "20 s";
            laboratory.Configure(settings, "delete", StudyText, runAfterReferences: 5 * StudySamples);
        });
        string original = await File.ReadAllTextAsync(daemon.SettingsPath);
        ProcessSight before = default;
        List<double> answers = [];
        for (int i = 0; i < edits; i++)
        {
            if (i == edits / 10)
            {
                before = await RestAsync(daemon, laboratory, original);
            }

            Drop(laboratory, i);
            bool isValid = i % 2 == 0;
            string text = Edited(original, folder, i, random);
            answers.Add(await EditAsync(daemon, isValid ? text : Spoilers[i / 2 % Spoilers.Length](text), isValid ? "applied" : "refused"));
            _claims.Hold((await daemon.StatusAsync("ready")).Status == 200, "/ready stays 200");
        }

        ProcessSight after = await RestAsync(daemon, laboratory, original);
        double runs = await daemon.MetricAsync("pipeline_runs_total");
        await laboratory.CheckAsync(daemon, _claims);
        _claims.Hold(await daemon.MetricAsync("pipeline_rebuilds_total") == 0, "no loop is built anew", daemon.Process.Said);
        _claims.Hold(runs > 0, "studies run meanwhile");
        _claims.Hold(after.HandleCount <= before.HandleCount + 2, "no handles are left behind", $"{before.HandleCount}, then {after.HandleCount}");
        _claims.Hold(after.AnonymousBytes <= before.AnonymousBytes + (48L << 20), "no memory is left behind", $"{before.AnonymousBytes >> 20} MiB, then {after.AnonymousBytes >> 20} MiB");
        await daemon.Process.TerminateAsync(TimeSpan.FromSeconds(60));
        _claims.Hold(daemon.Process.ExitCode == 0, "it stops cleanly", daemon.Process.Said);
        await Laboratory.CheckDoctorAsync(daemon, _claims);
        yield return "| edits | of them wrong | answered after (median, max) | files | runs of the study | handles at rest | anonymous memory at rest | claims |";
        yield return "|---|---|---|---|---|---|---|---|";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"| {edits} | {edits / 2} | {Figures.MedianAndMax(answers, "s")} | {laboratory.DroppedCount} | {runs:0} | {before.HandleCount} → {after.HandleCount} | {before.AnonymousBytes >> 20} → {after.AnonymousBytes >> 20} MiB | {_claims.Count - Missed.Count} of {_claims.Count} held |");
    }

    private static void Drop(Laboratory laboratory, int number)
    {
        string stem = $"B{number:00000}";
        laboratory.Drop(Bulk, stem + ".csv", LabFiles.Spectra(stem, number, 1, Variables, isArrow: false, hasReferences: false), 1);
        if (number % EditsPerStudyFile == 0)
        {
            string study = $"P{number:00000}";
            laboratory.Drop(Laboratory.Study, study + ".csv", LabFiles.Spectra(study, number, StudySamples, Variables, isArrow: false, hasReferences: true), StudySamples);
        }
    }

    /// <summary>The settings with another drain, and with some of the guests, each a little different every time.</summary>
    private static string Edited(string original, string folder, int number, Random random)
    {
        JsonNode settings = JsonNode.Parse(original)!;
        settings["Pipeline"]!["Drain"] = string.Create(CultureInfo.InvariantCulture, $"{1000 + number} ms");
        foreach (string guest in Guests.Where(_ => random.Next(2) == 0))
        {
            settings["Pipeline"]!["Folders"]!.AsArray().Add(new JsonObject
            {
                ["Path"] = Path.Combine(folder, guest),
                ["Dataset"] = guest,
                ["Recursive"] = random.Next(2) == 0,
            });
        }

        return settings.ToJsonString();
    }

    /// <summary>Replaces the settings and waits for the answer; how long that took.</summary>
    private async Task<double> EditAsync(ServedDaemon daemon, string text, string result)
    {
        string series = $"pipeline_settings_reloads_total{{result=\"{result}\"}}";
        double count = await SeriesAsync(daemon, series);
        await File.WriteAllTextAsync(daemon.SettingsPath + ".new", text);
        File.Move(daemon.SettingsPath + ".new", daemon.SettingsPath, overwrite: true);
        var since = Stopwatch.StartNew();
        daemon.Signal("HUP");
        bool isAnswered = false;
        while (!isAnswered && since.Elapsed < Patience && !daemon.Process.HasExited)
        {
            isAnswered = await SeriesAsync(daemon, series) > count;
            if (!isAnswered)
            {
                await Task.Delay(25);
            }
        }

        _claims.Hold(isAnswered, $"each edit is {result} as it must be", daemon.Process.Said + "\n" + text);
        return since.Elapsed.TotalSeconds;
    }

    private static async Task<double> SeriesAsync(ServedDaemon daemon, string series)
    {
        string text = (await daemon.StatusAsync("metrics")).Text;
        string? line = text.Split('\n').FirstOrDefault(one => one.StartsWith(series, StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until all is taken under the first settings and nothing moves; what the process holds then.</summary>
    private async Task<ProcessSight> RestAsync(ServedDaemon daemon, Laboratory laboratory, string original)
    {
        await EditAsync(daemon, original, "applied");
        _claims.Hold(await laboratory.IsTakenAsync(daemon, Patience), "everything is taken", daemon.Process.Said);
        ProcessSight least = default;
        for (int i = 0; i < 20; i++)
        {
            await daemon.Process.WaitForExitAsync(TimeSpan.FromMilliseconds(250));
            if (ProcessSight.Of(daemon.Process.Id) is { } sight && (i == 0 || sight.HandleCount <= least.HandleCount))
            {
                least = sight;
            }
        }

        return least;
    }
}
