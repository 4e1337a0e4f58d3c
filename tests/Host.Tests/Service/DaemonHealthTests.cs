using Pipeline.Engine.Storage;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Service;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Service;

public sealed class DaemonHealthTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly DaemonHealth _health;
    private readonly DiskGuard _disk = new(new LocalStorage(), Path.GetTempPath(), floorBytes: 1, TimeProvider.System);

    public DaemonHealthTests()
    {
        _health = new DaemonHealth(_clock);
        _health.Expect(["first"]);
        _health.Watch("first", new Heartbeat(_clock), TimeSpan.FromSeconds(60));
    }

    public void Dispose() => _disk.Dispose();

    [Fact]
    public void Reasons_OfADaemonThatWorks_AreNone() => Assert.Empty(_health.Reasons(_disk));

    [Fact]
    public void Ready_NotEveryLoopHasBegun_IsStarting()
    {
        var health = new DaemonHealth(_clock);
        health.Expect(["one", "two"]);
        health.Watch("one", new Heartbeat(_clock), TimeSpan.FromSeconds(60));
        health.Watch("one", new Heartbeat(_clock), TimeSpan.FromSeconds(60));
        Assert.False(health.Ready.IsCompleted);
        Assert.Equal("starting", Assert.Single(health.Reasons(_disk)).Code);
        health.Watch("two", new Heartbeat(_clock), TimeSpan.FromSeconds(60));
        Assert.True(health.Ready.IsCompleted);
        Assert.Empty(health.Reasons(_disk));
    }

    [Fact]
    public void Reasons_LoopBuiltAnew_IsSaidForAMinute()
    {
        _health.Rebuilt("studies");
        HealthReason reason = Assert.Single(_health.Reasons(_disk));
        Assert.Equal("loopRebuilt", reason.Code);
        Assert.Contains("'studies'", reason.Text, StringComparison.Ordinal);
        _clock.Advance(DaemonHealth.RebuiltFor);
        Assert.Empty(_health.Reasons(_disk));
    }

    [Fact]
    public void Reasons_LoopWithoutSignOfLife_IsSaidFromHalfOfItsPatienceOn()
    {
        var heartbeat = new Heartbeat(_clock);
        _health.Watch("folder a", heartbeat, TimeSpan.FromSeconds(60));
        heartbeat.Working("big.csv");
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Empty(_health.Reasons(_disk));
        _clock.Advance(TimeSpan.FromSeconds(1));
        HealthReason reason = Assert.Single(_health.Reasons(_disk));
        Assert.Equal(("loopStalled", true), (reason.Code, reason.Text.Contains("31 s at 'big.csv'", StringComparison.Ordinal)));
        heartbeat.Idle();
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(_health.Reasons(_disk));
    }

    [Fact]
    public void Reasons_LoopBuiltAnew_WatchesTheNewBody()
    {
        var hung = new Heartbeat(_clock);
        hung.Working("hangs");
        _health.Watch("studies", hung, TimeSpan.FromSeconds(60));
        _clock.Advance(TimeSpan.FromMinutes(2));
        _health.Watch("studies", new Heartbeat(_clock), TimeSpan.FromSeconds(60));
        Assert.Empty(_health.Reasons(_disk));
    }

    [Fact]
    public void Reasons_Draining_IsSaid()
    {
        _health.Drain();
        Assert.Equal("draining", Assert.Single(_health.Reasons(_disk)).Code);
    }
}
