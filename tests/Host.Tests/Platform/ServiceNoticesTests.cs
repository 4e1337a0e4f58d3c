using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Host.Platform;
using Pipeline.Host.Service;
using Xunit;

namespace Pipeline.Host.Tests.Platform;

public sealed class ServiceNoticesTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Drain _drain = new(TimeSpan.FromMinutes(1), TimeProvider.System);
    private readonly TaskCompletionSource _ready = new();
    private readonly CancellationTokenSource _end = new();
    private volatile bool _makesProgress = true;
    private volatile string _status = "serving";

    public void Dispose()
    {
        _drain.Dispose();
        _end.Dispose();
    }

    [LinuxFact]
    public async Task RunAsync_FromStartToStop_TellsEachThingInItsPlace()
    {
        using ManagerSocket manager = Listen();
        using NotifySocket socket = NotifySocket.Open(manager.Address)!;
        Task running = Notices(socket, TimeSpan.FromSeconds(0.4)).RunAsync(_ready.Task, _drain, _end.Token);
        await manager.WaitForAsync(line => line == "WATCHDOG=1", Patience);
        Assert.DoesNotContain("READY=1", manager.Lines);

        _ready.SetResult();
        await manager.WaitForAsync(line => line == "READY=1", Patience);
        _status = "serving\nmore";
        Assert.Equal("STATUS=serving more", await manager.WaitForAsync(line => line.StartsWith("STATUS=serving m", StringComparison.Ordinal), Patience));

        Assert.DoesNotContain(manager.Lines, line => line.StartsWith("EXTEND", StringComparison.Ordinal));
        _drain.Begin();
        await manager.WaitForAsync(line => line == "STOPPING=1", Patience);
        await manager.WaitForAsync(line => line == "EXTEND_TIMEOUT_USEC=15000000", Patience);
        await _end.CancelAsync();
        await running.WaitAsync(Patience);
        manager.TakeAll();
        Assert.Single(manager.Lines, line => line == "READY=1");
        Assert.Single(manager.Lines, line => line == "STOPPING=1");
        Assert.Single(manager.Lines, line => line == "STATUS=serving");
    }

    [LinuxFact]
    public async Task RunAsync_ALoopMakesNoProgress_GivesNoSignOfLifeAndAsksForNoTime()
    {
        using ManagerSocket manager = Listen();
        using NotifySocket socket = NotifySocket.Open(manager.Address)!;
        _makesProgress = false;
        _ready.SetResult();
        Task running = Notices(socket, TimeSpan.FromSeconds(0.2)).RunAsync(_ready.Task, _drain, _end.Token);
        await manager.WaitForAsync(line => line == "READY=1", Patience);

        // The status is looked at ten times as often as a sign of life would be due.
        for (int i = 0; i < 10; i++)
        {
            _status = i.ToString(CultureInfo.InvariantCulture);
            await manager.WaitForAsync(line => line == $"STATUS={_status}", Patience);
        }

        _drain.Begin();
        await manager.WaitForAsync(line => line == "STOPPING=1", Patience);
        Assert.DoesNotContain("WATCHDOG=1", manager.Lines);
        Assert.DoesNotContain(manager.Lines, line => line.StartsWith("EXTEND", StringComparison.Ordinal));

        _makesProgress = true;
        await manager.WaitForAsync(line => line == "WATCHDOG=1", Patience);
        await _end.CancelAsync();
        await running.WaitAsync(Patience);
    }

    [Fact]
    public void WatchdogOf_Variables_IsTheTimeForThisProcessOnly()
    {
        string self = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        Assert.Equal(TimeSpan.FromSeconds(30), ServiceNotices.WatchdogOf("30000000", null));
        Assert.Equal(TimeSpan.FromSeconds(30), ServiceNotices.WatchdogOf("30000000", self));
        Assert.Null(ServiceNotices.WatchdogOf("30000000", self + "1"));
        Assert.Null(ServiceNotices.WatchdogOf(null, self));
        Assert.Null(ServiceNotices.WatchdogOf("0", null));
        Assert.Null(ServiceNotices.WatchdogOf("soon", null));
    }

    private static ManagerSocket Listen() => new($"@notices-{Guid.NewGuid():N}");

    private ServiceNotices Notices(NotifySocket socket, TimeSpan watchdog) =>
        new(socket, watchdog, () => _status, () => _makesProgress, TimeProvider.System, NullLogger.Instance);
}
