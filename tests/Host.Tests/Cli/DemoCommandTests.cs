using Pipeline.Host.Cli;
using Xunit;

namespace Pipeline.Host.Tests.Cli;

public class DemoCommandTests
{
    [Fact]
    public async Task Demo_Small_TellsTheWholeStory()
    {
        using var shell = new CommandHarness();
        CommandResult result = await shell.RunAsync("demo", "--small", "--out", shell.PathOf("demo"));
        Assert.True(result.Code == ExitCode.Done, result.Error);
        foreach (string part in new[]
        {
            "monday.arrow", "to quarantine", "half-written", "references.csv", "RMSECV", "aggregate", "30 samples", "intervals", "true protein",
        })
        {
            Assert.Contains(part, result.Output, StringComparison.Ordinal);
        }
    }
}
