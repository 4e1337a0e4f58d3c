using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Configuration;
using Pipeline.Host.Demo;
using Pipeline.Host.Runs;
using Pipeline.Host.Service;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Service;

/// <summary>What the daemon says of itself to whoever watches over the process.</summary>
public sealed class DaemonLifeTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void IsAlive_SilenceWithWork_IsLifeForThePatienceOnly()
    {
        var clock = new ManualTimeProvider();
        var heart = new Heartbeat(clock);
        clock.Advance(TimeSpan.FromDays(1));
        Assert.True(DaemonHealth.IsAlive(heart, TimeSpan.FromSeconds(60)), "Who waits for work is alive.");

        heart.Working("scan");
        clock.Advance(TimeSpan.FromSeconds(60));
        Assert.True(DaemonHealth.IsAlive(heart, TimeSpan.FromSeconds(60)));
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.False(DaemonHealth.IsAlive(heart, TimeSpan.FromSeconds(60)), "The supervisor would have built it anew by now.");

        heart.Beat();
        Assert.True(DaemonHealth.IsAlive(heart, TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task RunAsync_Drained_WasReadyMadeProgressAndCutNothing()
    {
        DemoCase demo = DemoCase.Of(seed: 1, small: true, _shell.PathOf("demo"));
        string study = new DemoLaboratory(demo).Prepare();
        using var drain = new Drain(TimeSpan.FromMinutes(1), TimeProvider.System);
        await using Daemon daemon = await Daemon.OpenAsync(
            demo.DaemonOptions(study),
            PipelineOptions.Default,
            new RunService(NullLogger<RunService>.Instance, TimeProvider.System),
            TimeProvider.System,
            NullLogger<Daemon>.Instance);
        Assert.False(daemon.Ready.IsCompleted);
        Task running = daemon.RunAsync(drain);
        await daemon.Ready.WaitAsync(Patience);
        Assert.True(daemon.MakesProgress);
        Assert.Equal("serving; 1 dataset with 0 files of spectra", daemon.Status);

        drain.Begin();
        await running.WaitAsync(Patience);
        Assert.Equal("stopping; 1 dataset with 0 files of spectra", daemon.Status);
        Assert.Empty(drain.CutOff);
        Assert.Empty(drain.Left);
    }
}
