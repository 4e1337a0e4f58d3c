using System.Globalization;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Configuration;
using Pipeline.Host.Inbox;
using Pipeline.Host.Telemetry;

namespace Pipeline.Host.Service;

// How the daemon comes to its end, and what it says of itself to whoever watches over the process.
public sealed partial class Daemon
{
    // Set once by RunAsync.
    private volatile Drain? _drain;

    /// <summary>Ends when every loop has begun its first round: the folders are being scanned, the studies looked at.</summary>
    public Task Ready => _health.Ready;

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
            return text + string.Concat(_queue.InHand.Select(hand => hand.Progress is { } progress
                ? string.Create(CultureInfo.InvariantCulture, $"; study {hand.Run.Study}: {progress.UnitsDone} of {progress.UnitsTotal} units")
                : ""));
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
        _health.Expect(_folders.Count + 1 + _options.RunsAtOnce);
        await using CancellationTokenRegistration draining = drain.Stop.UnsafeRegister(_ => _health.Drain(), null);
        if (!_state.WasClosedCleanly)
        {
            _log.Recovered();
        }

        _log.DaemonReady(_folders.Count, _studies.Present.Count, Path.GetFullPath(_options.DataPath));
        List<Task> loops =
        [
            .. _folders.Select(folder => SuperviseAsync(
                $"folder {folder.Options.Name}",
                TimeSpan.FromSeconds(folder.Inbox.FileBytesMax / ReadBytesPerSecondMin),
                (heartbeat, cut) => WatchAsync(folder.Options, folder.Inbox, heartbeat, drain, cut),
                end.Token)),
            SuperviseAsync("studies", StudyPatience, (heartbeat, cut) => LookAtStudiesAsync(heartbeat, drain, cut), end.Token),
            .. Enumerable.Range(0, _options.RunsAtOnce).Select(slot => SuperviseAsync(
                RunsLoop(slot), StudyPatience, (heartbeat, cut) => RunQueueAsync(slot, heartbeat, drain, cut), end.Token)),
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

    private string RunsLoop(int slot) => _options.RunsAtOnce == 1 ? "runs" : string.Create(CultureInfo.InvariantCulture, $"runs {slot + 1}");

    /// <summary>Notes a loop's heartbeat; once each has one, the daemon is ready.</summary>
    private Func<Heartbeat, CancellationToken, Task> Heard(string name, TimeSpan patience, Func<Heartbeat, CancellationToken, Task> loop) =>
        (heartbeat, cut) =>
        {
            _health.Watch(name, heartbeat, patience);
            return loop(heartbeat, cut);
        };

    private async Task WatchAsync(FolderOptions folder, InboxOptions inbox, Heartbeat heartbeat, Drain drain, CancellationToken cut)
    {
        using var watched = new WatchedFolder(inbox, _stores[folder.Dataset], _state, _storage, _clock);
        _watched[folder.Name] = watched;

        // Safe: between two files nothing is in hand, and a file that was cut off lies in its folder and is taken at the next start.
        try
        {
            await watched.RunAsync(heartbeat, drain.Stop, cut);
        }
        catch (OperationCanceledException) when (drain.Stop.IsCancellationRequested)
        {
            if (watched.InHand is { } file)
            {
                drain.NoteCut($"file '{file}' was being taken");
            }
        }
    }
}
