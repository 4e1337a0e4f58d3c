using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Pipeline.Host.Cli;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>The daemon's disk is full for a while: it pauses, says so, stays calm, goes on by itself, and nothing is lost.</summary>
[Trait("speed", "slow")]
public sealed class DiskFullTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ITestOutputHelper _output;
    private readonly KillScenario _scenario = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-disk-").FullName;
    private readonly string _settings;

    public DiskFullTests(ITestOutputHelper output)
    {
        _output = output;
        Directory.CreateDirectory(Inbox);
        string study = Path.Combine(_folder, "study.json");
        File.WriteAllText(study, KillScenario.Study);
        _settings = Path.Combine(_folder, "settings.json");
        File.WriteAllText(
            _settings,
            $$"""
            { "Pipeline": {
                "Data": "{{Data}}", "Memory": "256 MiB", "DiskReserve": "8 MiB",
                "Folders": [ { "Path": "{{Inbox}}", "Dataset": "{{KillScenario.Dataset}}", "QuietPeriod": "200 ms", "ScanEvery": "500 ms" } ],
                "Studies": [ { "Name": "{{KillScenario.StudyName}}", "Dataset": "{{KillScenario.Dataset}}", "Study": "{{study}}", "RunAfterReferences": 1 } ] } }
            """);
    }

    private string Inbox => Path.Combine(_folder, "inbox");

    private string Data => Path.Combine(_folder, "data");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [RootFact]
    public async Task Serve_DiskFullWhileFilesArrive_PausesAndGoesOnByItself()
    {
        // Aim: a full disk is a pause, not an end. Method: half of the files, then a filler that leaves nothing, then the
        // other half; the space comes back, and everything must end as in a run that never met a full disk.
        using ServedProcess undisturbed = await RunToEndAsync(Path.Combine(_folder, "calm"));
        using var disk = new SmallDisk(Data, mebibytes: 64);
        using ServedProcess daemon = ServedProcess.Serve(_settings, ("Pipeline__Http__Listen", "http://127.0.0.1:0"));
        Assert.True(await daemon.WaitForAsync(IsReady, Patience) >= 0, daemon.Said);
        using HttpClient http = await ClientAsync(daemon);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), await HealthAsync(http));
        Drop(_scenario.Good.Where((_, i) => i % 2 == 0));
        Assert.True(await daemon.WaitForAsync(line => line.Contains("samples predicted", StringComparison.Ordinal), Patience) >= 0, daemon.Said);

        int said = daemon.Lines.Length;
        disk.Fill();
        var full = Stopwatch.StartNew();
        Drop(_scenario.Good.Where((_, i) => i % 2 == 1).Append(_scenario.Bad));
        int paused = await daemon.WaitForAsync(IsPause, TimeSpan.FromSeconds(10), said);
        double pauseSeconds = full.Elapsed.TotalSeconds;
        Say($"disk-full pause_s {(paused >= 0 ? pauseSeconds : double.NaN):F2} limit_s 2");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable), await HealthAsync(http));
        Assert.Contains("\"diskFull\"", await (await http.GetAsync("/ready")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        TimeSpan cpuBefore = daemon.CpuTime;
        int linesBefore = daemon.Lines.Length;
        await daemon.WaitForExitAsync(TimeSpan.FromSeconds(10));
        Assert.False(daemon.HasExited, $"The daemon ended by itself with a full disk:\n{daemon.Said}");
        double cpuShare = (daemon.CpuTime - cpuBefore).TotalSeconds / 10;
        int linesPerMinute = (daemon.Lines.Length - linesBefore) * 6;
        Say($"disk-full cpu_share_while_full {cpuShare:F3} lines_per_minute {linesPerMinute}");

        disk.Free();
        var free = Stopwatch.StartNew();
        int resumed = await daemon.WaitForAsync(line => line.Contains(" new samples, ", StringComparison.Ordinal), Patience, linesBefore);
        double resumeSeconds = free.Elapsed.TotalSeconds;
        Say($"disk-full resume_s {(resumed >= 0 ? resumeSeconds : double.NaN):F2} limit_s 10");
        await WaitForEndAsync(daemon, Data);
        Say($"disk-full caught_up_s {free.Elapsed.TotalSeconds:F2}");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), await HealthAsync(http));
        TimeSpan stop = await daemon.TerminateAsync(TimeSpan.FromSeconds(30));
        Say($"disk-full stop_s {stop.TotalSeconds:F2} exit {daemon.ExitCode}");

        Assert.Equal(ExitCode.Done, daemon.ExitCode);
        AssertSame(Path.Combine(_folder, "calm"), Data);
        Assert.Multiple(
            () => Assert.True(resumed >= 0 && resumeSeconds <= 10, $"The daemon took files again after {resumeSeconds:F1} s."),
            () => Assert.True(cpuShare < 0.1, $"With a full disk the daemon used {cpuShare:P0} of a core."),
            () => Assert.True(linesPerMinute <= 60, $"With a full disk the daemon wrote {linesPerMinute} lines a minute:\n{daemon.Said}"),
            () => Assert.True(paused >= 0 && pauseSeconds <= 2, $"No line within 2 s says that the daemon pauses because of its disk:\n{daemon.Said}"));
    }

    [RootFact]
    public async Task Serve_DiskFullWhileTheStudyWritesItsResults_TriesAgainWhenThereIsSpace()
    {
        // Aim: a study that met the full disk does not wait for new files. Method: everything is taken, the last search runs,
        // and only then the disk fills; no file comes afterwards.
        using ServedProcess undisturbed = await RunToEndAsync(Path.Combine(_folder, "calm"));
        using var disk = new SmallDisk(Data, mebibytes: 64);
        Drop(_scenario.Good.Where(file => !file.Name.StartsWith("references", StringComparison.Ordinal)).Append(_scenario.Bad));
        using ServedProcess daemon = ServedProcess.Serve(_settings);
        bool AreAllTaken() => daemon.Lines.Count(line => line.Text.Contains(": Spectra from ", StringComparison.Ordinal)) == 12;
        while (!AreAllTaken())
        {
            Assert.True(daemon.Age < Patience && !daemon.HasExited, daemon.Said);
            await Task.Delay(50);
        }

        Drop([All(_scenario)]);
        Assert.True(
            await daemon.WaitForAsync(line => line.Contains($"on {KillScenario.ReferenceCount} samples", StringComparison.Ordinal), Patience) >= 0,
            daemon.Said);
        disk.Fill();
        await daemon.WaitForExitAsync(TimeSpan.FromSeconds(5));
        Assert.False(daemon.HasExited, daemon.Said);
        disk.Free();
        var free = Stopwatch.StartNew();
        bool isPredicted = await daemon.WaitForAsync(
            line => line.Contains($"{KillScenario.PredictedCount} samples predicted", StringComparison.Ordinal), Patience) >= 0;
        double seconds = free.Elapsed.TotalSeconds;
        Say($"disk-full study_resume_s {(isPredicted ? seconds : double.NaN):F2} limit_s 10");
        await daemon.TerminateAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(ExitCode.Done, daemon.ExitCode);
        Assert.Equal(
            ServedData.Predictions(Path.Combine(_folder, "calm"), KillScenario.StudyName), ServedData.Predictions(Data, KillScenario.StudyName));
        Assert.True(seconds <= 10, $"The study went on {seconds:F0} s after the space came back:\n{daemon.Said}");

        // One table, so that one search takes them all.
        static DroppedFile All(KillScenario scenario)
        {
            byte[][] tables =
            [
                .. scenario.Good.Where(
                    file => file.Name.StartsWith("references-", StringComparison.Ordinal)).DistinctBy(file => file.Digest).Select(file => file.Bytes),
            ];
            int head = Array.IndexOf(tables[0], (byte)'\n') + 1;
            return new DroppedFile("references.csv", [.. tables[0], .. tables.Skip(1).SelectMany(table => table[head..])], IsSlow: false);
        }
    }

    [RootFact]
    public async Task Serve_SigtermWhileTheDiskIsFull_StopsInTimeAndTheNextStartGoesOn()
    {
        using ServedProcess undisturbed = await RunToEndAsync(Path.Combine(_folder, "calm"));
        using var disk = new SmallDisk(Data, mebibytes: 64);
        using (ServedProcess daemon = ServedProcess.Serve(_settings))
        {
            Assert.True(await daemon.WaitForAsync(IsReady, Patience) >= 0, daemon.Said);
            Drop(_scenario.Good.Take(6));
            Assert.True(await daemon.WaitForAsync(line => line.Contains(" new samples, ", StringComparison.Ordinal), Patience) >= 0, daemon.Said);
            disk.Fill();
            Drop(_scenario.Good.Skip(6).Append(_scenario.Bad));
            await daemon.WaitForExitAsync(TimeSpan.FromSeconds(3));
            TimeSpan stop = await daemon.TerminateAsync(TimeSpan.FromSeconds(30));
            Say($"disk-full sigterm_stop_s {stop.TotalSeconds:F2} exit {daemon.ExitCode} limit_s 30");
            Assert.Equal(ExitCode.Done, daemon.ExitCode);
        }

        disk.Free();
        using ServedProcess again = ServedProcess.Serve(_settings);
        await WaitForEndAsync(again, Data);
        await again.TerminateAsync(TimeSpan.FromSeconds(30));
        AssertSame(Path.Combine(_folder, "calm"), Data);
    }

    [RootFact]
    public async Task Serve_StartedOnAFullDisk_StaysAndBeginsWhenThereIsSpace()
    {
        using ServedProcess undisturbed = await RunToEndAsync(Path.Combine(_folder, "calm"));
        using var disk = new SmallDisk(Data, mebibytes: 64);
        disk.Fill();
        Drop(_scenario.Good.Add(_scenario.Bad));
        using ServedProcess daemon = ServedProcess.Serve(_settings);
        await daemon.WaitForExitAsync(TimeSpan.FromSeconds(5));
        if (daemon.HasExited)
        {
            // Refusing to begin is honest too, where it says why and a supervisor starts it again.
            Say($"disk-full start exits {daemon.ExitCode}: {daemon.Said}");
            Assert.NotEqual(ExitCode.Done, daemon.ExitCode);
            Assert.Contains("full", daemon.Said, StringComparison.OrdinalIgnoreCase);
            disk.Free();
            using ServedProcess again = ServedProcess.Serve(_settings);
            await WaitForEndAsync(again, Data);
            await again.TerminateAsync(TimeSpan.FromSeconds(30));
        }
        else
        {
            disk.Free();
            await WaitForEndAsync(daemon, Data);
            await daemon.TerminateAsync(TimeSpan.FromSeconds(30));
        }

        AssertSame(Path.Combine(_folder, "calm"), Data);
    }

    private static async Task<HttpClient> ClientAsync(ServedProcess daemon)
    {
        Match address = Match.Empty;
        Assert.True(await daemon.WaitForAsync(line => (address = Regex.Match(line, @"HTTP at (\S+/) ")).Success, Patience) >= 0, daemon.Said);
        return new HttpClient { BaseAddress = new Uri(address.Groups[1].Value), Timeout = Patience };
    }

    private static async Task<(HttpStatusCode Live, HttpStatusCode Ready)> HealthAsync(HttpClient http) =>
        ((await http.GetAsync("/live")).StatusCode, (await http.GetAsync("/ready")).StatusCode);

    private static bool IsReady(string line) => line.Contains("Daemon ready", StringComparison.Ordinal);

    private static bool IsPause(string line) =>
        line.Contains("pause", StringComparison.OrdinalIgnoreCase) && line.Contains("disk", StringComparison.OrdinalIgnoreCase);

    private async Task<ServedProcess> RunToEndAsync(string data)
    {
        Drop(_scenario.Good.Add(_scenario.Bad));
        ServedProcess process = ServedProcess.Serve(_settings, ("Pipeline__Data", data));
        await WaitForEndAsync(process, data);
        await process.TerminateAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(ExitCode.Done, process.ExitCode);
        foreach (string file in Directory.GetFiles(Inbox))
        {
            File.Delete(file);
        }

        return process;
    }

    /// <summary>The end: all names known, the bad file away, and predictions that the run on all references has made.</summary>
    private async Task WaitForEndAsync(ServedProcess process, string data)
    {
        var took = Stopwatch.StartNew();
        while (!IsAtEnd(data))
        {
            Assert.True(took.Elapsed < Patience && !process.HasExited, $"The daemon did not come to the end; it said:\n{process.Said}");
            await Task.Delay(50);
        }
    }

    private bool IsAtEnd(string data)
    {
        // The daemon works in this folder meanwhile; a file that is just being made or replaced means: not yet.
        try
        {
            ServedData served = ServedData.Read(data, KillScenario.Dataset);
            return served.Sources.Sum(source => source.Names.Length) == _scenario.Good.Length
                && served.Quarantined.Length == 1
                && ServedData.Predictions(data, KillScenario.StudyName) is not null
                && File.ReadLines(Path.Combine(data, "studies", KillScenario.StudyName, "predictions.csv")).Count() == KillScenario.PredictedCount + 1
                && ServedData.CalibrationCount(data, KillScenario.StudyName) == KillScenario.ReferenceCount;
        }
        catch (Exception early) when (early is IOException or SqliteException)
        {
            return false;
        }
    }

    private static void AssertSame(string expected, string actual)
    {
        Assert.Equal(ServedData.Leaderboard(expected, KillScenario.StudyName), ServedData.Leaderboard(actual, KillScenario.StudyName));
        Assert.Equal(ServedData.Predictions(expected, KillScenario.StudyName), ServedData.Predictions(actual, KillScenario.StudyName));
        ServedData one = ServedData.Read(expected, KillScenario.Dataset);
        ServedData other = ServedData.Read(actual, KillScenario.Dataset);
        Assert.Equal(Digests(one), Digests(other));
        Assert.Equal(one.SampleIds.Order(StringComparer.Ordinal), other.SampleIds.Order(StringComparer.Ordinal));
        Assert.Equal(Assert.Single(one.Quarantined).Bytes, Assert.Single(other.Quarantined).Bytes);

        static IEnumerable<string> Digests(ServedData data) => data.Sources.Select(source => source.Digest.ToString()).Order(StringComparer.Ordinal);
    }

    private void Drop(IEnumerable<DroppedFile> files)
    {
        foreach (DroppedFile file in files)
        {
            File.WriteAllBytes(Path.Combine(Inbox, file.Name), file.Bytes);
        }
    }

    private void Say(FormattableString line) => _output.WriteLine(FormattableString.Invariant(line));
}
