using System.Threading.Channels;
using Pipeline.Host.Cli;
using Pipeline.Host.Platform;
using Pipeline.Host.Service;
using Xunit;

namespace Pipeline.Host.Tests.Platform;

public sealed class ServiceReportsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Drain _drain = new(TimeSpan.FromMinutes(1), TimeProvider.System);
    private readonly Channel<ServiceReport> _said = Channel.CreateUnbounded<ServiceReport>();
    private readonly TaskCompletionSource _ready = new();
    private volatile bool _makesProgress = true;

    public void Dispose() => _drain.Dispose();

    [Fact]
    public async Task Reports_FromStartToStop_RaiseTheCheckPointWhileItTakesTime()
    {
        ServiceReports reports = Begin();
        Assert.Equal((ServiceStage.Starting, 1), await NextAsync());
        Assert.Equal((ServiceStage.Starting, 2), await NextAsync());
        reports.Watch(_ready.Task, () => _makesProgress);
        _ready.SetResult();
        Assert.Equal((ServiceStage.Running, 0), await FirstOtherAsync(ServiceStage.Starting));

        _drain.Begin();
        Assert.Equal((ServiceStage.Stopping, 1), await NextAsync());
        Assert.Equal((ServiceStage.Stopping, 2), await NextAsync());

        await reports.StopAsync(ExitCode.Cut);
        await FirstOtherAsync(ServiceStage.Stopping);
        Assert.Equal(ExitCode.Cut, _last.ExitCode);
        Assert.Equal(ServiceStage.Stopped, _last.Stage);
    }

    [Fact]
    public async Task Reports_ADrainThatHangs_AsksForNoMoreTime()
    {
        _makesProgress = false;
        ServiceReports reports = Begin();
        reports.Watch(_ready.Task, () => _makesProgress);
        _drain.Begin();
        Assert.Equal((ServiceStage.Stopping, 1), await FirstOtherAsync(ServiceStage.Starting));
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        Assert.Equal(0, _said.Reader.Count);

        _makesProgress = true;
        Assert.Equal((ServiceStage.Stopping, 2), await NextAsync());
        await reports.StopAsync(ExitCode.Done);
    }

    [Fact]
    public async Task Reports_AStartThatFails_EndWithItsExitCode()
    {
        ServiceReports reports = Begin();
        Assert.Equal((ServiceStage.Starting, 1), await NextAsync());
        await reports.StopAsync(ExitCode.Storage);
        await FirstOtherAsync(ServiceStage.Starting);
        Assert.Equal((ServiceStage.Stopped, ExitCode.Storage), (_last.Stage, _last.ExitCode));
    }

    private ServiceReport _last;

    private ServiceReports Begin() => new(report => _said.Writer.TryWrite(report), _drain, TimeProvider.System);

    private async Task<(ServiceStage Stage, int CheckPoint)> NextAsync()
    {
        _last = await _said.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        return (_last.Stage, _last.CheckPoint);
    }

    private async Task<(ServiceStage Stage, int CheckPoint)> FirstOtherAsync(ServiceStage than)
    {
        while (await NextAsync() is var next)
        {
            if (next.Stage != than)
            {
                return next;
            }
        }

        throw new InvalidOperationException("No further report.");
    }
}
