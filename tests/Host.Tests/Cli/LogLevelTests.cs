using Pipeline.Host.Tests.Reliability;
using Xunit;

namespace Pipeline.Host.Tests.Cli;

/// <summary>Which lines a command logs is decided by the settings alone: real processes, since the program itself makes its log.</summary>
public class LogLevelTests
{
    private const string Line = "DBG Planned ";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("Debug", true)]
    [InlineData("Information", false)]
    public async Task Search_LevelOfTheEnvironment_DecidesWhatIsLogged(string level, bool isLogged)
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table(samples: 30, variables: 20));
        using ServedProcess search = ServedProcess.Start(
            ["search", data, "-r", "protein", "--out", shell.PathOf("out")], ("Serilog__MinimumLevel__Default", level));
        int found = await search.WaitForAsync(line => line.Contains(Line, StringComparison.Ordinal), Patience);
        Assert.True(await search.WaitForExitAsync(Patience));
        Assert.Equal(isLogged, found >= 0);
    }
}
