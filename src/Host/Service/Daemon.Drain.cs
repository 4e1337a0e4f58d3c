using System.Globalization;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Configuration;
using Pipeline.Host.Inbox;
using Pipeline.Host.Runs;
using Pipeline.Host.Telemetry;

namespace Pipeline.Host.Service;

// How the daemon comes to its end, and what it says of itself to whoever watches over the process.
public sealed partial class Daemon
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Set once by RunAsync.
    private volatile Drain? _drain;

    // Written by the study loop and its progress.
    private volatile string? _studyAtWork;
    private volatile RunProgress? _progress;

    /// <summary>Ends when every loop has begun its first round: the folders are being scanned, the studies looked at.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Whether every loop either waits for work or has said within its patience that it goes on.</summary>
    public bool MakesProgress => _health.MakesProgress;

    /// <summary>What the daemon is at, in one line for people.</summary>
    public string Status
    {
        get
        {
            string doing = _drain is { Stop.IsCancellationRequested: true } ? "stopping"
                : _disk?.IsFull == true ? "paused, the disk is full"
                : "serving";
            int sources = _stores.Values.Sum(store => store.Manifest.Chunks.Length);
            string text = string.Create(
                CultureInfo.InvariantCulture,
                $"{doing}; {_stores.Count} dataset{(_stores.Count == 1 ? "" : "s")} with {sources} file{(sources == 1 ? "" : "s")} of spectra");
            return _studyAtWork is { } study && _progress is { } progress
                ? string.Create(CultureInfo.InvariantCulture, $"{text}; study {study}: {progress.UnitsDone} of {progress.UnitsTotal} units")
                : text;
        }
    }

    /// <summary>Runs until it is stopped, which cuts off what is in hand; it is done again at the next start.</summary>
    /// <exception cref="Exception">A loop has failed for good; the others are stopped.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        using var drain = new Drain(TimeSpan.Zero, _clock);
        await using CancellationTokenRegistration stopping = stop.UnsafeRegister(_ => drain.CutNow(), null);
        await RunAsync(drain);
    }

    /// <summary>Runs until it is drained.</summary>
    /// <param name="drain">Ends it, and hears what was cut off.</param>
    /// <exception cref="Exception">A loop has failed for good before the drain; the others are stopped.</exception>
    public async Task RunAsync(Drain drain)
    {
        ArgumentNullException.ThrowIfNull(drain);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(drain.Cut);
        _drain = drain;
        _health.Work();
        await using CancellationTokenRegistration draining = drain.Stop.UnsafeRegister(_ => _health.Drain(), null);
        if (!_state.WasClosedCleanly)
        {
            _log.Recovered();
        }

        _log.DaemonReady(_folders.Count, _studies.Count, Path.GetFullPath(_options.DataPath));
        List<Task> loops =
        [
            .. _folders.Select(folder => SuperviseAsync(
                $"folder {folder.Options.Name}",
                TimeSpan.FromSeconds(folder.Inbox.FileBytesMax / ReadBytesPerSecondMin),
                (heartbeat, cut) => WatchAsync(folder.Options, folder.Inbox, heartbeat, drain, cut),
                end.Token)),
            SuperviseAsync("studies", StudyPatience, (heartbeat, cut) => RunStudiesAsync(heartbeat, drain, cut), end.Token),
        ];
        Task? failed = null;
        while (loops.Count > 0)
        {
            Task ended = await Task.WhenAny(loops);
            loops.Remove(ended);
            if (!ended.IsCompletedSuccessfully)
            {
                // All loops are waited for; then the one that failed first says why.
                failed ??= ended;
                await end.CancelAsync();
            }
        }

        if (failed is not null && !drain.Stop.IsCancellationRequested)
        {
            await failed;
        }

        if (failed?.Exception is { InnerException: { } defect })
        {
            // Whoever stops the daemon hears of it, and the next start does the work again.
            drain.NoteCut($"a loop failed while it stopped ({defect.Message})");
        }

        foreach (string work in drain.Left)
        {
            _log.LeftForNextStart(work);
        }

        foreach (string work in drain.CutOff)
        {
            _log.CutOff(work);
        }

        if (drain.CutOff.IsEmpty)
        {
            _log.DaemonStopped();
        }
    }

    /// <summary>Notes a loop's heartbeat; once each has one, the daemon is ready.</summary>
    private Func<Heartbeat, CancellationToken, Task> Heard(string name, TimeSpan patience, Func<Heartbeat, CancellationToken, Task> loop) =>
        (heartbeat, cut) =>
        {
            _health.Watch(name, heartbeat, patience);
            if (_health.LoopCount == _folders.Count + 1)
            {
                _ready.TrySetResult();
            }

            return loop(heartbeat, cut);
        };

    private async Task WatchAsync(FolderOptions folder, InboxOptions inbox, Heartbeat heartbeat, Drain drain, CancellationToken cut)
    {
        using var watched = new WatchedFolder(inbox, _stores[folder.Dataset], _state, _storage, _clock);

        // Safe: between two files nothing is in hand, and a file that was cut off lies in its folder and is taken at the next start.
        try
        {
            await watched.RunAsync(heartbeat, drain.Stop, cut);
        }
        catch (OperationCanceledException) when (drain.Stop.IsCancellationRequested)
        {
            foreach (string file in watched.InHand)
            {
                drain.NoteCut($"file '{file}' was being taken");
            }
        }
    }

    private async Task RunStudiesAsync(Heartbeat heartbeat, Drain drain, CancellationToken cut)
    {
        // Safe: a study that was stopped has said so; all others were not at work.
        try
        {
            await RunStudiesAsync(heartbeat, cut, drain.Stop);
        }
        catch (OperationCanceledException) when (drain.Stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>Says how far a search came that is stopped by a drain.</summary>
    private void TellStopped(BoundStudyRunner study, OperationCanceledException stopped, Drain drain)
    {
        string kept = _progress is { } progress && progress.UnitsTotal > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{progress.UnitsDone} of {progress.UnitsTotal} units are done and kept")
            : "no unit was begun";
        if (stopped.CancellationToken == drain.Stop)
        {
            drain.Leave($"study '{study.Name}': {kept}; the others run at the next start");
        }
        else
        {
            drain.NoteCut($"study '{study.Name}': {kept}; units were in work");
        }
    }
}
