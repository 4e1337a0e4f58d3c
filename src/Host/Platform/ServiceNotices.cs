using System.Globalization;
using Microsoft.Extensions.Logging;
using Pipeline.Host.Service;
using Pipeline.Host.Telemetry;

namespace Pipeline.Host.Platform;

/// <summary>What the service manager is told of a daemon: that it is ready, what it does, that it lives, that it stops.</summary>
/// <remarks>
/// The protocol of <c>sd_notify</c>. The sign of life is given at half of the manager's time, and only while every loop of the
/// daemon makes progress; while it drains and makes progress, the manager is asked for more time, again and again. Without a
/// manager there is nothing to do. One loop on the pool: a process whose pool is stuck gives no sign of life either.
/// </remarks>
internal sealed class ServiceNotices
{
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(1);

    // Longer than a look, cut and dispose together take.
    private static readonly TimeSpan Extension = TimeSpan.FromSeconds(15);

    private readonly NotifySocket _socket;
    private readonly TimeSpan? _watchdog;
    private readonly Func<string> _status;
    private readonly Func<bool> _makesProgress;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;

    // Written by RunAsync.
    private bool _isReadySaid;
    private bool _isStoppingSaid;
    private bool _isDeafnessSaid;
    private string _statusSaid = "";
    private long _signOfLifeAt;

    /// <summary>Notices for one manager.</summary>
    /// <param name="socket">Where it listens.</param>
    /// <param name="watchdog">How long it waits for a sign of life; null where it does not.</param>
    /// <param name="status">One line for people.</param>
    /// <param name="makesProgress">Whether all loops do.</param>
    /// <param name="clock">Time.</param>
    /// <param name="log">The log.</param>
    public ServiceNotices(
        NotifySocket socket, TimeSpan? watchdog, Func<string> status, Func<bool> makesProgress, TimeProvider clock, ILogger log)
    {
        _socket = socket;
        _watchdog = watchdog;
        _status = status;
        _makesProgress = makesProgress;
        _clock = clock;
        _log = log;
    }

    /// <summary>The manager's time from its variables, or null where it expects no sign of life from this process.</summary>
    public static TimeSpan? WatchdogOf(string? microseconds, string? processId) =>
        (processId is null or "" || processId == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
        && long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0
            ? TimeSpan.FromMicroseconds(number)
            : null;

    /// <summary>Tells the manager until the end.</summary>
    /// <param name="ready">Ends when the daemon is at work.</param>
    /// <param name="drain">How the daemon ends.</param>
    /// <param name="end">Ends the notices.</param>
    public async Task RunAsync(Task ready, Drain drain, CancellationToken end)
    {
        await Task.Yield();
        _signOfLifeAt = _clock.GetTimestamp();
        while (!end.IsCancellationRequested)
        {
            Tell(ready.IsCompletedSuccessfully, drain.Stop.IsCancellationRequested);
            await WaitAsync(ready, drain, end);
        }

        if (drain.Stop.IsCancellationRequested)
        {
            Tell(isReady: false, isStopping: true);
        }
    }

    private TimeSpan Period => _watchdog / 4 is { } quarter && quarter < LookPeriod ? quarter : LookPeriod;

    private void Tell(bool isReady, bool isStopping)
    {
        List<string> lines = [];
        if (isReady && !_isReadySaid)
        {
            _isReadySaid = true;
            lines.Add("READY=1");
        }

        bool makesProgress = _makesProgress();
        if (isStopping)
        {
            if (!_isStoppingSaid)
            {
                _isStoppingSaid = true;
                lines.Add("STOPPING=1");
            }

            if (makesProgress)
            {
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"EXTEND_TIMEOUT_USEC={Extension.TotalMicroseconds:F0}"));
            }
        }

        string status = _status().ReplaceLineEndings(" ");
        if (status != _statusSaid)
        {
            _statusSaid = status;
            lines.Add("STATUS=" + status);
        }

        // Looked at every quarter at least, so that a sign comes between a quarter and a half of the manager's time.
        if (_watchdog is { } watchdog && makesProgress && _clock.GetElapsedTime(_signOfLifeAt) >= watchdog / 2 - Period)
        {
            _signOfLifeAt = _clock.GetTimestamp();
            lines.Add("WATCHDOG=1");
        }

        if (lines.Count > 0 && !_socket.Send(string.Join('\n', lines)) && !_isDeafnessSaid)
        {
            _isDeafnessSaid = true;
            _log.ServiceManagerDeaf();
        }
    }

    private async Task WaitAsync(Task ready, Drain drain, CancellationToken end)
    {
        using var next = CancellationTokenSource.CreateLinkedTokenSource(end, drain.Stop.IsCancellationRequested ? CancellationToken.None : drain.Stop);
        Task pause = Task.Delay(Period, _clock, next.Token);
        await Task.WhenAny(_isReadySaid || ready.IsCompleted ? [pause] : [pause, ready]);
        await next.CancelAsync();
    }
}
