using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Engine;
using Pipeline.Host.Cli;
using Pipeline.Host.Platform;
using Pipeline.Host.Service;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Repository.Tests;

/// <summary>What the daemon is installed with agrees with what it does.</summary>
public class DeployTests
{
    private static readonly string UnitPath = Checkout.PathOf("deploy", "systemd", "pipeline.service");

    [Fact]
    public void Unit_WaitsLongerThanTheDrain()
    {
        TimeSpan ending = Drain.LimitDefault + Drain.GraceMax;
        Assert.True(ending <= TimeSpan.FromSeconds(30), $"A stop takes {ending} at most; the promise is 30 s.");
        Assert.True(Seconds("TimeoutStopSec") >= ending + TimeSpan.FromSeconds(15), "TimeoutStopSec must leave room above Pipeline:Drain.");
    }

    [Fact]
    public void Unit_IsWatchedAndStartedAgain()
    {
        // The manager's patience begins where the supervisor's ends: whoever is silent within its patience still counts as alive.
        Assert.True(Seconds("WatchdogSec") >= TimeSpan.FromSeconds(10 * Limits.Default.StallGraceSecondsMax), "WatchdogSec is shorter than a rebuild.");
        Assert.Equal("notify", Value("Type"));
        Assert.Equal("main", Value("NotifyAccess"));
        Assert.Equal("on-failure", Value("Restart"));
        Assert.Equal(ExitCode.Usage.ToString(CultureInfo.InvariantCulture), Value("RestartPreventExitStatus"));
        Assert.DoesNotContain("SuccessExitStatus", File.ReadAllText(UnitPath), StringComparison.Ordinal);
        Assert.True(Seconds("WatchdogSec") > LifeSign.Period);
    }

    [Theory]
    [InlineData("ProtectSystem", "strict")]
    [InlineData("NoNewPrivileges", "true")]
    [InlineData("CapabilityBoundingSet", "")]
    [InlineData("PrivateTmp", "true")]
    [InlineData("User", "pipeline")]
    [InlineData("StateDirectory", "pipeline")]
    [InlineData("SystemCallArchitectures", "native")]
    public void Unit_MayDoNothingButItsWork(string key, string value) => Assert.Equal(value, Value(key));

    [Fact]
    public void Unit_DataLiesInItsStateDirectory()
    {
        Assert.Contains($"Pipeline__Data=/var/lib/{Value("StateDirectory")}", Value("Environment"), StringComparison.Ordinal);
        Assert.True(ByteSize.TryParse(Value("MemoryMax").Replace("G", " GiB", StringComparison.Ordinal), out long bytes) && bytes >= 1L << 30);
    }

    [Fact]
    public void Unit_NamesADocumentThatIsPublished()
    {
        string document = Value("Documentation")["file:///opt/pipeline/".Length..];
        Assert.True(File.Exists(Checkout.PathOf(document)));
        Assert.Matches($"Link=\"{Regex.Escape(document)}\" CopyToPublishDirectory=", File.ReadAllText(Checkout.PathOf("src", "Host", "Host.csproj")));
    }

    [Fact]
    public void Unit_LetsTheRuntimeCompile() =>
        Assert.DoesNotMatch(new Regex("^MemoryDenyWriteExecute", RegexOptions.Multiline), File.ReadAllText(UnitPath));

    [SystemdFact]
    public async Task Unit_SystemdFindsNothingWrong()
    {
        // The program is not installed here; everything else is as it ships.
        DirectoryInfo folder = Directory.CreateTempSubdirectory("pipeline-unit-");
        try
        {
            string copy = Path.Combine(folder.FullName, "pipeline.service");
            await File.WriteAllTextAsync(
                copy,
                Regex.Replace(await File.ReadAllTextAsync(UnitPath), "^ExecStart=.*$", "ExecStart=/bin/true", RegexOptions.Multiline));
            (int code, string said) = await AnalyzeAsync("verify", copy);
            Assert.True(code == 0 && said.Length == 0, said);
            (code, said) = await AnalyzeAsync("security", "--offline=yes", "--no-pager", "--threshold=20", copy);
            Assert.True(code == 0, said);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Container_IsNotRootHasNoHostAndStopsBySigterm()
    {
        string text = File.ReadAllText(Checkout.PathOf("deploy", "container", "Dockerfile"));
        Assert.Contains("\nFROM ${BASE}\n", text, StringComparison.Ordinal);
        Assert.Equal("10001:10001", Regex.Matches(text, @"^USER (\S+)$", RegexOptions.Multiline)[^1].Groups[1].Value);
        Assert.Contains("\nSTOPSIGNAL SIGTERM\n", text, StringComparison.Ordinal);
        Assert.Contains("\nVOLUME /var/lib/pipeline\n", text, StringComparison.Ordinal);
        Assert.Contains("\"alive\"", text, StringComparison.Ordinal);
    }

    private static string Value(string key)
    {
        Match line = Regex.Match(File.ReadAllText(UnitPath), $"^{key}=(.*)$", RegexOptions.Multiline);
        Assert.True(line.Success, $"The unit lacks {key}.");
        return line.Groups[1].Value;
    }

    private static TimeSpan Seconds(string key)
    {
        Match number = Regex.Match(Value(key), @"^(\d+)s$");
        Assert.True(number.Success, $"{key} is written in seconds.");
        return TimeSpan.FromSeconds(int.Parse(number.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    private static async Task<(int Code, string Said)> AnalyzeAsync(params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo("systemd-analyze", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        string said = (await output + error).Trim();
        await process.WaitForExitAsync();
        return (process.ExitCode, said);
    }

    /// <summary>A fact that asks systemd's own checker, where it is installed.</summary>
    private sealed class SystemdFactAttribute : FactAttribute
    {
        public SystemdFactAttribute()
        {
            if (!File.Exists("/usr/bin/systemd-analyze"))
            {
                Skip = "Needs systemd-analyze, of the package systemd.";
            }
        }
    }
}
