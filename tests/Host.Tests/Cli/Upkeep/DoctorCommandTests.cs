using System.Globalization;
using System.Text.Json;
using Pipeline.Host.Cli;
using Pipeline.Host.Demo;
using Pipeline.Host.Tests.Reliability;
using Pipeline.Host.Tests.Upkeep;
using Pipeline.Host.Tests.Upkeep.Backups;
using Xunit;

namespace Pipeline.Host.Tests.Cli.Upkeep;

[Collection(LaboratoryData.Collection)]
public sealed class DoctorCommandTests(LaboratoryData laboratory) : IDisposable
{
    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(60);

    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task Doctor_WarningsOnly_AnswersZeroAndSaysEachInALine()
    {
        CommandResult result = await _shell.RunAsync("doctor", "--settings", Settings(laboratory.CopyTo(_shell.PathOf("data"))));
        Assert.Equal((ExitCode.Done, ""), (result.Code, result.Error));
        Assert.Contains("ok       settings: Watched folders: 1, studies: 1. ", result.Output, StringComparison.Ordinal);
        Assert.Contains(
            "warning  quarantine: 1 of dataset wheat could not be read.\n         → Each has its reason in ",
            result.Output,
            StringComparison.Ordinal);
        Assert.Matches(@"(?m)^\d+ checks, 0 problems, \d warnings?\.$", result.Output);
    }

    [Fact]
    public async Task Doctor_SettingsWrong_AnswersTwo()
    {
        string settings = Settings(_shell.PathOf("data"), extra: "\"Foldrs\": 1, ");
        CommandResult result = await _shell.RunAsync("doctor", "--settings", settings);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("problem  settings: ", result.Output, StringComparison.Ordinal);
        CommandResult absent = await _shell.RunAsync("doctor", "--settings", _shell.PathOf("nowhere.json"));
        Assert.Equal(ExitCode.Usage, absent.Code);
        Assert.Contains("cannot be read", absent.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_DataAlone_DoesNotMissFolders()
    {
        CommandResult result = await _shell.RunAsync("doctor", "--data", laboratory.CopyTo(_shell.PathOf("data")));
        Assert.Equal((ExitCode.Done, ""), (result.Code, result.Error));
        Assert.Contains("ok       settings: No watched folders are named", result.Output, StringComparison.Ordinal);
        Assert.Contains("ok       dataset wheat: Sources: 3", result.Output, StringComparison.Ordinal);
        CommandResult nothing = await _shell.RunAsync("doctor");
        Assert.Equal(ExitCode.Usage, nothing.Code);
        Assert.Contains("found no watched folder", nothing.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_DataDamagedAsJson_AnswersThree()
    {
        string data = laboratory.CopyTo(_shell.PathOf("data"));
        string settings = Settings(data, extra: "\"Foldrs\": 1, ");
        BackupMakerTests.FlipBit(Directory.GetFiles(data, "arrays.arrow", SearchOption.AllDirectories).Single());
        CommandResult result = await _shell.RunAsync("doctor", "--settings", settings, "--json");
        Assert.Equal((ExitCode.Data, ""), (result.Code, result.Error));
        using var report = JsonDocument.Parse(result.Output);
        Assert.Equal("problem", report.RootElement.GetProperty("level").GetString());
        JsonElement damage = Assert.Single(
            report.RootElement.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("isDamage").GetBoolean());
        Assert.Equal("model of protein", damage.GetProperty("check").GetString());
        Assert.Contains("backup", damage.GetProperty("mend").GetString(), StringComparison.Ordinal);
    }

    // The daemon works on while it is examined, and the examination leaves no file behind.
    [Fact]
    public async Task Doctor_DaemonRuns_NamesItAndDoesNotDisturbIt()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string data = laboratory.CopyTo(_shell.PathOf("data"));
        string settings = Settings(data);
        using ServedProcess daemon = ServedProcess.Serve(settings);
        Assert.True(await daemon.WaitForAsync(line => line.StartsWith("Serving.", StringComparison.Ordinal), PatienceMax) >= 0, daemon.Said);
        string[] before = Files(data);
        CommandResult result = await _shell.RunAsync("doctor", "--settings", settings);
        Assert.Equal((ExitCode.Done, ""), (result.Code, result.Error));
        Assert.Equal(before, Files(data));
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"Runs: process {daemon.Id} holds the lock"), result.Output, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(_shell.PathOf("inbox/letter.txt"), "No table at all.");
        Assert.True(await daemon.WaitForAsync(line => line.Contains("letter.txt is in quarantine", StringComparison.Ordinal), PatienceMax) >= 0, daemon.Said);
        await daemon.TerminateAsync(PatienceMax);
        Assert.Equal(ExitCode.Done, daemon.ExitCode);
    }

    /// <summary>All files but those that the daemon itself writes while nothing happens: intermediates, logs, its sign of life.</summary>
    private static string[] Files(string data) =>
    [
        .. LaboratoryData.Files(data).Where(file =>
            !file.StartsWith("cache/", StringComparison.Ordinal)
            && !file.StartsWith("logs/", StringComparison.Ordinal)
            && !file.StartsWith("alive", StringComparison.Ordinal)),
    ];

    private string Settings(string data, string extra = "")
    {
        string inbox = Directory.CreateDirectory(_shell.PathOf("inbox")).FullName;
        return _shell.Write(
            "settings.json",
            $$"""
            { "Pipeline": { {{extra}}
                "Data": "{{data}}",
                "Folders": [ { "Path": "{{inbox}}", "Dataset": "wheat", "QuietPeriod": "200 ms", "ScanEvery": "500 ms" } ],
                "Studies": [ { "Name": "{{DemoCase.Response}}", "Dataset": "wheat", "Study": "{{laboratory.StudyPath}}", "RunAfterReferences": 60 } ] } }
            """);
    }
}
