using Pipeline.Host.Service;
using Xunit;

namespace Pipeline.Host.Tests.Service;

public sealed class DrainTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Begin_StopsAtOnceAndCutsAtTheLimit()
    {
        using var drain = new Drain(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.False(drain.Stop.IsCancellationRequested);
        drain.Begin();
        Assert.True(drain.Stop.IsCancellationRequested);
        await CutAsync(drain);
        await drain.Overdue.WaitAsync(Patience);
    }

    [Fact]
    public void Begin_Twice_DoesNotCut()
    {
        using var drain = new Drain(TimeSpan.FromMinutes(1), TimeProvider.System);
        drain.Begin();
        drain.Begin();
        Assert.False(drain.Cut.IsCancellationRequested);
    }

    [Fact]
    public void CutNow_BeforeTheBeginning_StopsToo()
    {
        using var drain = new Drain(TimeSpan.FromMinutes(1), TimeProvider.System);
        drain.CutNow();
        drain.CutNow();
        Assert.True(drain.Stop.IsCancellationRequested && drain.Cut.IsCancellationRequested);
    }

    [Fact]
    public void Dispose_ThenBegin_ChangesNothing()
    {
        var drain = new Drain(TimeSpan.Zero, TimeProvider.System);
        drain.Dispose();
        drain.Begin();
        drain.CutNow();
        Assert.False(drain.Stop.IsCancellationRequested || drain.Cut.IsCancellationRequested);
    }

    [Fact]
    public void LeaveAndNoteCut_AreToldApart()
    {
        using var drain = new Drain(TimeSpan.Zero, TimeProvider.System);
        drain.Leave("one");
        drain.NoteCut("other");
        Assert.Equal("one", Assert.Single(drain.Left));
        Assert.Equal("other", Assert.Single(drain.CutOff));
    }

    private static async Task CutAsync(Drain drain)
    {
        var cut = new TaskCompletionSource();
        using CancellationTokenRegistration registration = drain.Cut.Register(() => cut.TrySetResult());
        await cut.Task.WaitAsync(Patience);
    }
}
