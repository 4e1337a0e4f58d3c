using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Pipeline.Engine.State;
using Pipeline.Host.Cli;
using Pipeline.Host.Tests.Reliability;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Host.Tests.Service;

/// <summary>The daemon as a process that is told to stop in the middle of its work: how long it takes, what it answers, what it computes again.</summary>
[Trait("speed", "slow")]
public sealed partial class DrainProcessTests : IDisposable
{
    private const int SampleCount = 600;
    private const int VariableCount = 600;
    private const int PartSamples = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(30);

    private readonly ITestOutputHelper _output;
    private readonly CommandHarness _shell = new();

    public DrainProcessTests(ITestOutputHelper output)
    {
        _output = output;
        Directory.CreateDirectory(Inbox);
    }

    private string Inbox => _shell.PathOf("inbox");

    private string Data => _shell.PathOf("data");

    public void Dispose() => _shell.Dispose();

    [SignalFact]
    public async Task Serve_SigtermWhileItSearches_FinishesUnitsInHandAndComputesNoneAgain()
    {
        // Units of about half a second each, one at a time; the stop comes when some are done.
        string settings = Settings("""["raw", "snv", "msc", "sg(7,2,1)", "snv + sg(7,2,1)", "sg(15,2,1)"]""", folds: 20);
        int kept;
        using (ServedProcess daemon = await SearchingAsync(settings))
        {
            await UntilAsync(daemon, () => ResultCount() >= 2);
            TimeSpan took = await TerminateAsync(daemon);
            Assert.True(took <= StopMax, $"It took {took}.");
            Assert.Equal(ExitCode.Done, daemon.ExitCode);
            Match left = LeftLine().Match(daemon.Said);
            Assert.True(left.Success, daemon.Said);
            kept = int.Parse(left.Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.InRange(kept, 2, int.Parse(left.Groups[2].Value, CultureInfo.InvariantCulture) - 1);
            Assert.Equal(kept, ResultCount());
            Assert.Equal(0, RunningCount());
        }

        using ServedProcess again = ServedProcess.Serve(settings);
        Assert.True(await again.WaitForAsync(line => line.Contains("searched", StringComparison.Ordinal), Patience) >= 0, again.Said);
        Assert.DoesNotContain("was killed", again.Said, StringComparison.Ordinal);
        await TerminateAsync(again);
        Assert.Equal(ExitCode.Done, again.ExitCode);
        using JsonDocument run =
            JsonDocument.Parse(await File.ReadAllBytesAsync(Directory.GetFiles(Data, "provenance.json", SearchOption.AllDirectories).Single()));
        Assert.Equal(kept, Restored(run.RootElement));
    }

    [SignalFact]
    public async Task Serve_UnitsThatOutlastTheLimit_AreCutOffAndTheNextStartGoesOn()
    {
        string settings = Settings("""["raw"]""", folds: 400, drain: "200 ms");
        using (ServedProcess daemon = await SearchingAsync(settings))
        {
            await UntilAsync(daemon, () => RunningCount() > 0);
            TimeSpan took = await TerminateAsync(daemon);
            Assert.InRange(took.TotalSeconds, 0.2, 10);
            Assert.Equal(ExitCode.Cut, daemon.ExitCode);
            Assert.Contains("Cut off: ", daemon.Said, StringComparison.Ordinal);
        }

        await AssertSearchGoesOnAsync(settings);
    }

    [SignalFact]
    public async Task Serve_SecondSigterm_CutsTheDrainShort()
    {
        string settings = Settings("""["raw"]""", folds: 400);
        using ServedProcess daemon = await SearchingAsync(settings);
        await UntilAsync(daemon, () => RunningCount() > 0);
        Signal(daemon);
        Assert.True(await daemon.WaitForAsync(line => line.StartsWith("Stopping.", StringComparison.Ordinal), Patience) >= 0, daemon.Said);
        TimeSpan took = await TerminateAsync(daemon);
        Assert.InRange(took.TotalSeconds, 0, 10);
        Assert.Equal(ExitCode.Cut, daemon.ExitCode);
        Assert.Contains("Cut off: ", daemon.Said, StringComparison.Ordinal);
    }

    [SignalFact]
    public async Task Serve_SigtermBetweenTheResultsAndTheirCommit_CompletesTheRun()
    {
        // Results, model, the commit of the run and the predictions are one piece of work in hand.
        string settings = Settings("""["raw"]""", folds: 5);
        using (ServedProcess daemon = await SearchingAsync(settings))
        {
            Assert.True(await daemon.WaitForAsync(line => line.Contains("Search finished", StringComparison.Ordinal), Patience) >= 0, daemon.Said);
            await TerminateAsync(daemon);
            Assert.Equal(ExitCode.Done, daemon.ExitCode);
        }

        Assert.Equal(1, Count("SELECT COUNT(*) FROM run WHERE state = " + (int)RunState.Completed));
        Assert.Empty(ServedData.Temporaries(Data));
    }

    [SignalFact]
    public async Task Serve_SigtermWhileFilesAreTaken_FinishesTheOneInHandAndTakesEachOnce()
    {
        // The stop comes right after a commit, with others on their way; each start takes some, and none is lost or doubled.
        const int Files = 24;
        string settings = Settings("""["raw"]""", folds: 5);
        for (int start = 0; start < 3; start++)
        {
            await PutPartsAsync(start * Files / 3, Files / 3);
            using ServedProcess daemon = ServedProcess.Serve(settings);
            Assert.True(await daemon.WaitForAsync(line => line.Contains(" new samples", StringComparison.Ordinal), Patience) >= 0, daemon.Said);
            await TerminateAsync(daemon);
            Assert.Equal(ExitCode.Done, daemon.ExitCode);
            Assert.DoesNotContain("was killed", daemon.Said, StringComparison.Ordinal);
            Assert.Empty(ServedData.Temporaries(Data));
        }

        await AssertTakesAllAsync(settings, Files);
    }

    [StraceFact]
    public async Task Serve_SigtermWhileCommitsAreSlow_WaitsForThemAndLosesNothing()
    {
        // Every flush of the disk takes 200 ms, so the stop falls into one.
        await PutPartsAsync(0, 6);
        string settings = Settings("""["raw"]""", folds: 5);
        using (ServedProcess daemon = ServeWithSlowFlushes(settings))
        {
            Assert.True(await daemon.WaitForAsync(line => line.Contains(" new samples", StringComparison.Ordinal), Patience) >= 0, daemon.Said);
            TimeSpan took = await TerminateAsync(daemon);
            Assert.True(took <= StopMax, $"It took {took}.");
            Assert.Equal(ExitCode.Done, daemon.ExitCode);
        }

        await AssertTakesAllAsync(settings, 6);
    }

    [GeneratedRegex(@"Left: study 'protein': (\d+) of (\d+) units are done and kept")]
    private static partial Regex LeftLine();

    private static int Restored(JsonElement element) =>
        element.ValueKind != JsonValueKind.Object ? -1
        : element.TryGetProperty("restoredUnits", out JsonElement found) ? found.GetInt32()
        : element.EnumerateObject().Select(one => Restored(one.Value)).Max();

    private static ServedProcess ServeWithSlowFlushes(string settings) => ServedProcess.Launch(
        "strace",
        ["-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:delay_enter=200000", "dotnet", ServedProcess.Program, "serve", "--settings", settings]);

    private async Task PutPartsAsync(int first, int files)
    {
        for (int i = first; i < first + files; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(Inbox, $"part-{i:00}.csv"), Spectra(i * PartSamples, PartSamples));
        }
    }

    private async Task AssertTakesAllAsync(string settings, int files)
    {
        using ServedProcess last = ServedProcess.Serve(settings);
        Assert.True(await last.WaitForAsync(line => line.StartsWith("Serving.", StringComparison.Ordinal), Patience) >= 0, last.Said);
        await UntilAsync(last, () => ServedData.Read(Data, "wheat").Sources.Length == files);
        await TerminateAsync(last);
        Assert.Equal(ExitCode.Done, last.ExitCode);
        string[] ids = [.. ServedData.Read(Data, "wheat").SampleIds];
        Assert.Equal(files * PartSamples, ids.Length);
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    private async Task AssertSearchGoesOnAsync(string settings)
    {
        using ServedProcess again = ServedProcess.Serve(settings);
        Assert.True(await again.WaitForAsync(line => line.Contains("Search started", StringComparison.Ordinal), Patience) >= 0, again.Said);
        Signal(again);
        await TerminateAsync(again);
    }

    private async Task<ServedProcess> SearchingAsync(string settings)
    {
        await File.WriteAllTextAsync(Path.Combine(Inbox, "spectra.csv"), Spectra(0, SampleCount));
        ServedProcess daemon = ServedProcess.Serve(settings);
        Assert.True(await daemon.WaitForAsync(line => line.Contains("Search started", StringComparison.Ordinal), Patience) >= 0, daemon.Said);
        return daemon;
    }

    private static async Task UntilAsync(ServedProcess process, Func<bool> condition)
    {
        var took = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(took.Elapsed < Patience && !process.HasExited, process.Said);
            await Task.Delay(20);
        }
    }

    private async Task<TimeSpan> TerminateAsync(ServedProcess daemon)
    {
        TimeSpan took = await daemon.TerminateAsync(StopMax + TimeSpan.FromSeconds(5));
        _output.WriteLine($"stop_s {took.TotalSeconds:F2} exit {daemon.ExitCode}");
        return took;
    }

    private static void Signal(ServedProcess daemon)
    {
        using Process signal = Process.Start("kill", ["-TERM", daemon.Id.ToString(CultureInfo.InvariantCulture)]);
        signal.WaitForExit();
    }

    private long ResultCount() => Count("SELECT COUNT(*) FROM result");

    private long RunningCount() => Count("SELECT COUNT(*) FROM unit WHERE state = " + (int)UnitState.Running);

    private long Count(string sql)
    {
        SqliteLibrary.Use();
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Data, "state.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    private string Settings(string pretreatments, int folds, string drain = "25 s")
    {
        string study = _shell.Write(
            "study.json",
            $$"""
            { "response": "protein", "pretreatments": {{pretreatments}}, "models": ["ridge"], "nested": 0, "permutations": 0,
              "subsets": ["full", "regions(60,30;2)", "regions(40,20;2)"], "folds": "random({{folds}}, seed 0)" }
            """);
        return _shell.Write(
            "settings.json",
            $$"""
            { "Pipeline": {
                "Data": "{{Data}}", "Memory": "1 GiB", "Threads": "1", "Drain": "{{drain}}",
                "Folders": [ { "Path": "{{Inbox}}", "Dataset": "wheat", "QuietPeriod": "200 ms", "ScanEvery": "300 ms" } ],
                "Studies": [ { "Name": "protein", "Dataset": "wheat", "Study": "{{study}}", "RunAfterReferences": {{SampleCount}} } ] } }
            """);
    }

    private static string Spectra(int first, int count)
    {
        var text = new StringBuilder("sample_id,protein");
        for (int j = 0; j < VariableCount; j++)
        {
            text.Append(CultureInfo.InvariantCulture, $",{1100 + (2 * j)}");
        }

        text.Append('\n');
        for (int i = first; i < first + count; i++)
        {
            double y = 8 + (i * 7 % SampleCount * 0.05);
            text.Append(CultureInfo.InvariantCulture, $"S{i:0000},{y:F3}");
            for (int j = 0; j < VariableCount; j++)
            {
                double band = Math.Exp(-Math.Pow((j - 120) / 30.0, 2));
                double other = Math.Exp(-Math.Pow((j - 300) / 40.0, 2));
                text.Append(
                    CultureInfo.InvariantCulture,
                    $",{0.4 + (0.02 * y * band) + (0.1 * Math.Sin(i * 1.7) * other) + (0.002 * Math.Sin((i * 31) + (j * 17))):F6}");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>A fact that slows the disk down by strace, where that is installed.</summary>
    private sealed class StraceFactAttribute : FactAttribute
    {
        public StraceFactAttribute()
        {
            if (!File.Exists("/usr/bin/strace"))
            {
                Skip = "Needs strace, of the package of that name.";
            }
        }
    }
}
