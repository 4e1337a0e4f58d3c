using Pipeline.Engine;
using Pipeline.Host.Cli;
using Pipeline.Host.Demo;
using Pipeline.Host.Service;
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

    [Theory]
    [InlineData("inbox")]
    [InlineData("data")]
    public async Task Demo_FolderOfSomebodyElse_IsRefusedAndUntouched(string name)
    {
        using var shell = new CommandHarness();
        Directory.CreateDirectory(shell.PathOf(name));
        string file = shell.Write($"{name}/mine.txt", "mine");
        CommandResult result = await shell.RunAsync("demo", "--small", "--out", shell.Folder);
        Assert.Equal(ExitCode.Storage, result.Code);
        Assert.Contains("choose another --out", result.Error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public void Prepare_FolderOfAnEarlierDemonstration_IsMadeAnew()
    {
        using var shell = new CommandHarness();
        DemoCase demo = DemoCase.Of(1, small: true, shell.PathOf("demo"));
        new DemoLaboratory(demo).Prepare();
        string old = Path.Combine(demo.Inbox, "old.csv");
        File.WriteAllText(old, "old");
        new DemoLaboratory(demo).Prepare();
        Assert.False(File.Exists(old));
    }

    [Fact]
    public async Task Wait_StudyRefused_EndsWithItsMessage()
    {
        using var shell = new CommandHarness();
        var laboratory = new DemoLaboratory(DemoCase.Of(1, small: true, shell.PathOf("demo")));
        laboratory.Tell(new DaemonEvent.StudyRefused("protein", "too few samples"));
        StageException refused = await Assert.ThrowsAsync<StageException>(() => laboratory.WaitAsync<DaemonEvent.StudyCompleted>(
            _ => true, new TaskCompletionSource().Task, CancellationToken.None));
        Assert.Contains("too few samples", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wait_NothingHappens_SaysSoInsteadOfInterrupted()
    {
        using var shell = new CommandHarness();
        var laboratory = new DemoLaboratory(DemoCase.Of(1, small: true, shell.PathOf("demo")), TimeSpan.FromMilliseconds(1));
        StageException late = await Assert.ThrowsAsync<StageException>(() => laboratory.WaitAsync<DaemonEvent.StudyCompleted>(
            _ => true, new TaskCompletionSource().Task, CancellationToken.None));
        Assert.Contains("in vain", late.Message, StringComparison.Ordinal);
    }
}
