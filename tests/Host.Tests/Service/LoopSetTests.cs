using Pipeline.Host.Service;
using Xunit;

namespace Pipeline.Host.Tests.Service;

public sealed class LoopSetTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task WaitAsync_LoopsThatComeAndGo_EndsWithTheLast()
    {
        using var loops = new LoopSet(CancellationToken.None);
        TaskCompletionSource first = new(), second = new();
        Task begun = loops.Begin(_ => first.Task);
        Task<Task?> over = loops.WaitAsync();
        _ = loops.Begin(_ => second.Task);
        first.SetResult();
        await begun.WaitAsync(Patience);
        Assert.False(over.IsCompleted);
        second.SetResult();
        Assert.Null(await over.WaitAsync(Patience));

        bool hasBegun = false;
        await loops.Begin(_ => Task.FromResult(hasBegun = true)).WaitAsync(Patience);
        Assert.False(hasBegun, "What is over stays over.");
    }

    [Fact]
    public async Task WaitAsync_OneFails_EndsTheOthersAndSaysWhichCameFirst()
    {
        using var loops = new LoopSet(CancellationToken.None);
        TaskCompletionSource failing = new();
        _ = loops.Begin(end => Task.Delay(Timeout.InfiniteTimeSpan, end));
        _ = loops.Begin(_ => failing.Task);
        Task<Task?> over = loops.WaitAsync();
        failing.SetException(new InvalidOperationException("first"));
        Task failed = (await over.WaitAsync(Patience))!;
        Assert.Equal("first", (await Assert.ThrowsAsync<InvalidOperationException>(() => failed)).Message);
    }

    [Fact]
    public async Task Cut_EndsAllLoops()
    {
        using var cut = new CancellationTokenSource();
        using var loops = new LoopSet(cut.Token);
        _ = loops.Begin(end => Task.Delay(Timeout.InfiniteTimeSpan, end));
        Task<Task?> over = loops.WaitAsync();
        await cut.CancelAsync();
        Assert.True((await over.WaitAsync(Patience))!.IsCanceled);
    }
}
