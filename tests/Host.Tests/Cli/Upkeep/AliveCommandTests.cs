using Pipeline.Host.Cli;
using Pipeline.Host.Platform;
using Xunit;

namespace Pipeline.Host.Tests.Cli.Upkeep;

public sealed class AliveCommandTests : IDisposable
{
    private readonly CommandHarness _shell = new();

    private string SignPath => _shell.PathOf(LifeSign.FileName);

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task Alive_AfterASign_IsDone()
    {
        using var end = new CancellationTokenSource();
        Task giving = LifeSign.GiveAsync(_shell.Folder, () => true, TimeProvider.System, end.Token);
        while (!File.Exists(SignPath))
        {
            await Task.Delay(10, end.Token);
        }

        await end.CancelAsync();
        await giving;
        CommandResult result = await _shell.RunAsync("alive", "--data", _shell.Folder);
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.Matches("last sign of life [0-9]+ s ago", result.Output);
    }

    [Fact]
    public async Task Alive_OldSign_SaysWhatToDo()
    {
        await File.WriteAllBytesAsync(SignPath, []);
        File.SetLastWriteTimeUtc(SignPath, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-2));
        CommandResult result = await _shell.RunAsync("alive", "--data", _shell.Folder);
        Assert.Equal(ExitCode.NotAlive, result.Code);
        Assert.Contains("It has ended or hangs", result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, (await _shell.RunAsync("alive", "--data", _shell.Folder, "--within", "5 min")).Code);
    }

    [Fact]
    public async Task Alive_NoSignAtAll_IsNotAlive()
    {
        CommandResult result = await _shell.RunAsync("alive", "--data", _shell.Folder);
        Assert.Equal(ExitCode.NotAlive, result.Code);
        Assert.Contains("No daemon has given", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("1 s")]
    public async Task Alive_WrongTime_IsRefused(string within) =>
        Assert.Equal(ExitCode.Usage, (await _shell.RunAsync("alive", "--data", _shell.Folder, "--within", within)).Code);

    [Fact]
    public async Task Give_NoProgress_GivesNoSign()
    {
        using var end = new CancellationTokenSource();
        bool wasAsked = false;
        Task giving = LifeSign.GiveAsync(
            _shell.Folder,
            () =>
            {
                wasAsked = true;
                return false;
            },
            TimeProvider.System,
            end.Token);
        while (!Volatile.Read(ref wasAsked))
        {
            await Task.Delay(10, end.Token);
        }

        await end.CancelAsync();
        await giving;
        Assert.False(File.Exists(SignPath));
    }
}
