using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Datasets;
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
            ImmutableDictionary<string, DatasetStore> stores = _watched.Stores;
            int sources = stores.Values.Sum(store => store.Manifest.Chunks.Length);
            string text = string.Create(
                CultureInfo.InvariantCulture,
                $"{doing}; {stores.Count} dataset{(stores.Count == 1 ? "" : "s")} with {sources} file{(sources == 1 ? "" : "s")} of spectra");
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
    /// <param name="beside">A further loop under the same supervision: the one that brings new settings.</param>
    /// <exception cref="Exception">A loop has failed for good before the drain; the others are stopped.</exception>
    public async Task RunAsync(Drain drain, Func<Heartbeat, CancellationToken, Task>? beside = null)
    {
        ArgumentNullException.ThrowIfNull(drain);
        using var loops = new LoopSet(drain.Cut);
        (_drain, _loops) = (drain, loops);
        _health.Work();
        await using CancellationTokenRegistration draining = drain.Stop.UnsafeRegister(_ => _health.Drain(), null);
        await using CancellationTokenRegistration closing = drain.Stop.UnsafeRegister(_ => _intake!.Close(), null);
        if (!_state.WasClosedCleanly)
        {
            _log.Recovered();
        }

        _log.DaemonReady(_watched.Folders.Length, _studies.Count, Path.GetFullPath(_options.DataPath));
        foreach (FolderLoop folder in _watched.Folders)
        {
            Begin(folder, drain, loops);
        }

        _ = loops.Begin(end => SuperviseAsync(StudiesLoop, StudyPatience, (heartbeat, cut) => RunStudiesAsync(heartbeat, drain, cut), end));
        if (beside is not null)
        {
            _ = loops.Begin(end => SuperviseAsync("settings", TimeSpan.Zero, (heartbeat, cut) => RunBesideAsync(beside, heartbeat, drain, cut), end));
        }

        // All loops are waited for; then the one that failed first says why.
        Task? failed = await loops.WaitAsync();
        _intake!.Close();
        foreach (string cutOff in await _intake.EmptyAsync(drain.Cut))
        {
            drain.NoteCut(cutOff);
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
            TellReady();
            return loop(heartbeat, cut);
        };

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

    private static async Task RunBesideAsync(Func<Heartbeat, CancellationToken, Task> beside, Heartbeat heartbeat, Drain drain, CancellationToken cut)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(drain.Stop, cut);

        // Safe: it holds nothing that a drain would have to finish.
        try
        {
            await beside(heartbeat, stop.Token);
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
