using System.Diagnostics;
using Pipeline.Host.Cli;
using Xunit;

namespace Pipeline.Host.Tests.Cli;

/// <summary>The same bytes whatever the processor's vector width: real processes with instruction sets switched off.</summary>
public class VectorWidthTests
{
    [Theory]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX2")]
    public async Task Search_NarrowerVectors_GivesTheSameLeaderboardBytes(string switchedOff)
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table(samples: 30, variables: 60));
        CommandResult usual = await shell.RunAsync("search", data, "-r", "protein", "--out", shell.PathOf("usual"));
        Assert.Equal(ExitCode.Done, usual.Code);

        var start = new ProcessStartInfo("dotnet", [typeof(ExitCode).Assembly.Location, "search", data, "-r", "protein", "--out", shell.PathOf("narrow")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[switchedOff] = "0";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == ExitCode.Done, error);
        foreach (string name in new[] { "leaderboard.csv", "leaderboard.arrow", "leaderboard.json", "predictions.csv", "predictions.arrow", "report.html" })
        {
            Assert.Equal(
                await File.ReadAllBytesAsync(Path.Combine(shell.PathOf("usual"), name)),
                await File.ReadAllBytesAsync(Path.Combine(shell.PathOf("narrow"), name)));
        }
    }
}
