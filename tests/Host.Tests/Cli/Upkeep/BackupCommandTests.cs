using System.Globalization;
using Pipeline.Engine.Identity;
using Pipeline.Host.Cli;
using Pipeline.Host.Demo;
using Pipeline.Host.Tests.Reliability;
using Pipeline.Host.Tests.Upkeep;
using Pipeline.Host.Tests.Upkeep.Backups;
using Xunit;

namespace Pipeline.Host.Tests.Cli.Upkeep;

[Collection(LaboratoryData.Collection)]
public sealed class BackupCommandTests(LaboratoryData laboratory) : IDisposable
{
    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(120);

    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task BackupAndRestore_DataAtRest_SayWhatTheyDid()
    {
        string data = laboratory.CopyTo(_shell.PathOf("data"));
        CommandResult made = await _shell.RunAsync("backup", _shell.PathOf("monday"), "--data", data);
        Assert.Equal((ExitCode.Done, ""), (made.Code, made.Error));
        Assert.Matches(@"(?m)^source\s+3\s", made.Output);
        Assert.Matches(@"(?m)^\d+ files, .*, as of \d{4}-.* UTC, in .* s, to .*monday\.$", made.Output);

        CommandResult verified = await _shell.RunAsync("restore", _shell.PathOf("monday"), "--verify");
        Assert.Equal((ExitCode.Done, ""), (verified.Code, verified.Error));
        Assert.StartsWith("Every digest holds: ", verified.Output, StringComparison.Ordinal);

        CommandResult restored = await _shell.RunAsync("restore", _shell.PathOf("monday"), "--data", _shell.PathOf("again"), "--verify");
        Assert.Equal((ExitCode.Done, ""), (restored.Code, restored.Error));
        Assert.StartsWith("Restored ", restored.Output, StringComparison.Ordinal);
        Assert.Equal(ServedData.Leaderboard(data, DemoCase.Response), ServedData.Leaderboard(_shell.PathOf("again"), DemoCase.Response));
    }

    [Fact]
    public async Task Backup_SourceDamagedBefore_IsMadeAndTheShellHears()
    {
        string data = laboratory.CopyTo(_shell.PathOf("data"));
        string source = Directory.GetFiles(Path.Combine(data, "datasets", "wheat", "sources"))[0];
        BackupMakerTests.FlipBit(source);
        CommandResult made = await _shell.RunAsync("backup", _shell.PathOf("monday.tar"), "--data", data);
        Assert.Equal(ExitCode.Data, made.Code);
        Assert.Contains(Path.GetFileName(source), made.Error, StringComparison.Ordinal);
        CommandResult verified = await _shell.RunAsync("restore", _shell.PathOf("monday.tar"), "--verify");
        Assert.Equal(ExitCode.Done, verified.Code);
        Assert.Contains(Path.GetFileName(source), verified.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_NeitherDataNorVerify_SaysWhatToName()
    {
        CommandResult result = await _shell.RunAsync("restore", _shell.Folder);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("--data DIR", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_DamagedBackup_AnswersWithTheCodeOfBadData()
    {
        string data = laboratory.CopyTo(_shell.PathOf("data"));
        await _shell.RunAsync("backup", _shell.PathOf("monday"), "--data", data);
        BackupMakerTests.FlipBit(_shell.PathOf("monday/state.db"));
        CommandResult result = await _shell.RunAsync("restore", _shell.PathOf("monday"), "--verify");
        Assert.Equal(ExitCode.Data, result.Code);
        Assert.Contains("state.db", result.Error, StringComparison.Ordinal);
    }

    // The drill: a daemon of its own under load, one backup while it takes its first files and searches, one while files stream in.
    // Both are restored; what they hold is a part of what the daemon held at its end, and daemons that go on from them, with the
    // same inbox, end with the same leaderboard, predictions and quarantine, byte by byte.
    [Fact]
    public async Task Drill_BackupsUnderLoad_GoOnToTheSameBytes()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        DemoCase demo = DemoCase.Of(seed: 1, small: true, _shell.PathOf("laboratory"));
        var files = new DemoLaboratory(demo);
        string study = files.Prepare();
        using (ServedProcess daemon = ServedProcess.Serve(Settings("first", demo.Data, demo.Inbox, study)))
        {
            Assert.True(await daemon.WaitForAsync(line => line.StartsWith("Serving.", StringComparison.Ordinal), PatienceMax) >= 0, daemon.Said);
            files.DropSpoiltText("spoilt.csv", demo.Measured(0, 5));
            files.DropArrow("first.arrow", demo.Measured(0, 30));
            files.DropText("second.csv", demo.Measured(30, 30));
            files.DropReferences("references.csv");
            await UntilAsync(() => Directory.GetFiles(demo.Data, "*.arrow", SearchOption.AllDirectories).Length > 0, daemon);
            await BackUpAsync(demo.Data, "early");
            Assert.True(await daemon.WaitForAsync(line => line.Contains(": searched ", StringComparison.Ordinal), PatienceMax) >= 0, daemon.Said);
            for (int i = 0; i < 10; i++)
            {
                files.DropText($"more-{i}.csv", demo.Measured(60 + (3 * i), 3));
                if (i == 4)
                {
                    await BackUpAsync(demo.Data, "late.tar");
                }
            }

            await UntilAsync(() => PredictedCount(demo.Data) == 30, daemon);
            await daemon.TerminateAsync(PatienceMax);
            Assert.Equal(ExitCode.Done, daemon.ExitCode);
        }

        ServedData end = ServedData.Read(demo.Data, "wheat");
        foreach (string backup in new[] { "early", "late.tar" })
        {
            string restored = _shell.PathOf("restored-" + backup);
            CommandResult result = await _shell.RunAsync("restore", _shell.PathOf(backup), "--data", restored);
            Assert.Equal((ExitCode.Done, ""), (result.Code, result.Error));
            ServedData then = ServedData.Read(restored, "wheat");
            Assert.Subset(end.SampleIds.ToHashSet(), then.SampleIds.ToHashSet());
            Assert.All(then.Sources, source => Assert.Equal(source.Digest, Fingerprint.OfBytes(then.Bytes(source.Digest))));
            Assert.Subset(end.Sources.Select(one => one.Digest).ToHashSet(), then.Sources.Select(one => one.Digest).ToHashSet());
            if (backup == "late.tar")
            {
                Assert.Equal(end.ReferenceCount, then.ReferenceCount);
                Assert.Equal(end.Quarantined.Single().Bytes, then.Quarantined.Single().Bytes);
                Assert.Equal(LeaderboardOf(demo.Data), LeaderboardOf(restored));
            }

            using ServedProcess again = ServedProcess.Serve(Settings(backup, restored, demo.Inbox, study));
            await UntilAsync(() => PredictedCount(restored) == 30, again);
            await again.TerminateAsync(PatienceMax);
            Assert.Equal(ServedData.Predictions(demo.Data, DemoCase.Response), ServedData.Predictions(restored, DemoCase.Response));
            Assert.Equal(LeaderboardOf(demo.Data), LeaderboardOf(restored));
            ServedData now = ServedData.Read(restored, "wheat");
            Assert.Equal(end.SampleIds.Order(StringComparer.Ordinal), now.SampleIds.Order(StringComparer.Ordinal));
            Assert.Equal(end.Quarantined.Single().Bytes, now.Quarantined.Single().Bytes);
        }
    }

    private static int PredictedCount(string data) =>
        ServedData.Predictions(data, DemoCase.Response) is { } bytes ? bytes.Count(one => one == (byte)'\n') - 1 : 0;

    private static byte[] LeaderboardOf(string data) =>
        File.ReadAllBytes(Directory.GetFiles(Path.Combine(data, "studies"), "leaderboard.csv", SearchOption.AllDirectories).Single());

    private static async Task UntilAsync(Func<bool> condition, ServedProcess daemon)
    {
        TimeSpan until = daemon.Age + PatienceMax;
        while (!condition())
        {
            Assert.True(daemon.Age < until && !daemon.HasExited, daemon.Said);
            await Task.Delay(20);
        }
    }

    private async Task BackUpAsync(string data, string name)
    {
        CommandResult made = await _shell.RunAsync("backup", _shell.PathOf(name), "--data", data);
        Assert.Equal((ExitCode.Done, ""), (made.Code, made.Error));
    }

    private string Settings(string name, string data, string inbox, string study) => _shell.Write(
        name + ".json",
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            { "Pipeline": {
                "Data": "{{data}}",
                "Folders": [ { "Path": "{{inbox}}", "Dataset": "wheat", "QuietPeriod": "200 ms", "ScanEvery": "500 ms" } ],
                "Studies": [ { "Name": "{{DemoCase.Response}}", "Dataset": "wheat", "Study": "{{study}}", "RunAfterReferences": 60 } ] } }
            """));
}
