using Pipeline.Host.Service;

namespace Pipeline.Host.Platform;

/// <summary>Tells the service control manager of Windows of one run of the daemon, from its start to its exit code.</summary>
/// <remarks>
/// While the service starts or drains, and makes progress, each report raises the check point, by which the manager sees that it may
/// wait longer. One loop on the pool; <see cref="Watch"/> and <see cref="StopAsync"/> may come from any thread.
/// </remarks>
internal sealed class ServiceReports
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // Longer than a look, cut and dispose together take.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Action<ServiceReport> _say;
    private readonly Drain _drain;
    private readonly TimeProvider _clock;
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _telling;

    // Set once by Watch; before that the data are being opened.
    private volatile Func<bool>? _makesProgress;

    /// <summary>Begins to tell that the service starts.</summary>
    /// <param name="say">Tells the manager; called by one thread at a time.</param>
    /// <param name="drain">How the service ends.</param>
    /// <param name="clock">Time.</param>
    public ServiceReports(Action<ServiceReport> say, Drain drain, TimeProvider clock)
    {
        _say = say;
        _drain = drain;
        _clock = clock;
        _telling = TellAsync();
    }

    /// <summary>The daemon is open: from <paramref name="ready"/> on the service runs.</summary>
    /// <param name="ready">Ends when the daemon is at work.</param>
    /// <param name="makesProgress">Whether all its loops do.</param>
    public void Watch(Task ready, Func<bool> makesProgress)
    {
        _makesProgress = makesProgress;
        ready.ContinueWith(_ => _ready.TrySetResult(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    /// <summary>The last word; the manager may end the process after it.</summary>
    public async Task StopAsync(int exitCode)
    {
        _end.TrySetResult();
        await _telling;
        _say(new ServiceReport(ServiceStage.Stopped, exitCode, 0, TimeSpan.Zero));
    }

    private async Task TellAsync()
    {
        await Task.Yield();
        int checkPoint = 0;
        ServiceStage told = 0;
        while (!_end.Task.IsCompleted)
        {
            ServiceStage stage = _drain.Stop.IsCancellationRequested ? ServiceStage.Stopping
                : _ready.Task.IsCompleted ? ServiceStage.Running
                : ServiceStage.Starting;
            if (stage == ServiceStage.Running)
            {
                if (told != stage)
                {
                    _say(new ServiceReport(stage, 0, 0, TimeSpan.Zero));
                }
            }
            else if (told != stage || _makesProgress?.Invoke() != false)
            {
                checkPoint = told == stage ? checkPoint + 1 : 1;
                _say(new ServiceReport(stage, 0, checkPoint, Patience));
            }

            told = stage;
            await WaitAsync(stage);
        }
    }

    private async Task WaitAsync(ServiceStage stage)
    {
        using var next = CancellationTokenSource.CreateLinkedTokenSource(stage == ServiceStage.Stopping ? CancellationToken.None : _drain.Stop);
        Task pause = Task.Delay(Period, _clock, next.Token);
        await Task.WhenAny(stage == ServiceStage.Starting ? [pause, _end.Task, _ready.Task] : [pause, _end.Task]);
        await next.CancelAsync();
    }
}
