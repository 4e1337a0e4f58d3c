using Pipeline.Host.Configuration;
using Xunit;

namespace Pipeline.Host.Tests.Configuration;

/// <summary>That no way in which editors and people replace a file goes unseen, and that nothing else is seen.</summary>
public sealed class SettingsWatchTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task NextAsync_FileReplacedInEveryWay_IsToldOnceForEach()
    {
        string path = _shell.Write("s.json", "one");
        using var watch = new SettingsWatch(path, TimeProvider.System);
        Action[] edits =
        [
            () => File.WriteAllText(path, "two"),
            () => File.Move(_shell.Write("new", "three"), path, overwrite: true),
            () => File.Delete(path),
            () => File.WriteAllText(path, ""),
            () => File.AppendAllText(path, "four"),
            () => Directory.Move(Directory.CreateDirectory(_shell.PathOf("folder")).FullName, Deleted(path)),
        ];
        foreach (Action edit in edits)
        {
            Task<bool> next = NextAsync(watch);
            Assert.False(next.IsCompleted);
            edit();
            Assert.False(await next, "Nobody has asked.");
        }
    }

    [Fact]
    public async Task NextAsync_Asked_AnswersAtOnceAndOnceForAll()
    {
        using var watch = new SettingsWatch(null, TimeProvider.System);
        watch.Ask();
        watch.Ask();
        Assert.True(await NextAsync(watch));
        Task<bool> next = NextAsync(watch);
        watch.Ask();
        Assert.True(await next);
    }

    [Fact]
    public async Task NextAsync_FilesThatTheSettingsName_CountToo()
    {
        string token = _shell.Write("token", "one");
        using var watch = new SettingsWatch(_shell.Write("s.json", "{}"), TimeProvider.System);
        watch.Watch([token]);
        Task<bool> next = NextAsync(watch);
        await File.WriteAllTextAsync(token, "two");
        Assert.False(await next);

        // Same bytes written again are no change: the request comes first.
        next = NextAsync(watch);
        await File.WriteAllTextAsync(token, "two");
        watch.Watch([token]);
        await Task.Delay(3 * SettingsWatch.QuietFor);
        Assert.False(next.IsCompleted);
        watch.Ask();
        Assert.True(await next);
    }

    [Fact]
    public async Task NextAsync_Impatient_ComesWithoutAChange()
    {
        using var watch = new SettingsWatch(_shell.PathOf("missing"), TimeProvider.System);
        Assert.False(await watch.NextAsync(isImpatient: true, CancellationToken.None).WaitAsync(Patience));
    }

    [Fact]
    public async Task NextAsync_Stopped_Ends()
    {
        using var watch = new SettingsWatch(null, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        Task<bool> next = watch.NextAsync(isImpatient: false, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.WaitAsync(Patience));
    }

    private static Task<bool> NextAsync(SettingsWatch watch) => watch.NextAsync(isImpatient: false, CancellationToken.None).WaitAsync(Patience);

    private static string Deleted(string path)
    {
        File.Delete(path);
        return path;
    }
}
