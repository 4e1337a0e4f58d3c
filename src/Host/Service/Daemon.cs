using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipeline.Engine;
using Pipeline.Engine.Cache.Disk;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Configuration;
using Pipeline.Host.Datasets;
using Pipeline.Host.Inbox;
using Pipeline.Host.Runs;
using Pipeline.Host.State;
using Pipeline.Host.Telemetry;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Service;

/// <summary>The running product: watched folders fill datasets, references start studies, models predict what is new.</summary>
/// <remarks>
/// One loop per folder (they may change: <c>Daemon.Reload.cs</c>) and one for all studies, each under a supervisor that builds it anew when it fails or hangs, and ends
/// the process when that does not help. A source that joins its dataset goes through the arrival flow at once
/// (ingest, pretreat) and wakes the studies of that dataset; studies run one after the other and share cache and budget.
/// Everything that matters is on the disk before it counts, so a kill costs at most the units in work, which run again. While
/// the disk is full, nothing is taken and nothing begun. Stopping is a drain (<c>Daemon.Drain.cs</c>): sources and units in hand
/// are finished up to a limit; what was cut off, and what was not begun, goes on at the next start.
/// </remarks>
public sealed partial class Daemon : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    // A file is read, parsed and treated at this rate at least, or its folder counts as hung.
    private const double ReadBytesPerSecondMin = 1 << 20;

    private readonly ILogger _log;
    private readonly DaemonMemory _shares;
    private readonly RunMemory _memory;
    private readonly MemoryBudget _arrivals;
    private readonly StateDatabase _state;
    private readonly DaemonHealth _health;
    private readonly List<BoundStudyRunner> _studies = [];
    private readonly IStorage _storage = new LocalStorage();
    private readonly Action<DaemonEvent>? _happened;
    private readonly TimeProvider _clock;
    private readonly DaemonOptions _options;
    private readonly PipelineOptions _process;

    // Set once by AssembleAsync.
    private DiskGuard? _disk;
    private Meters? _meters;
    private IntakeDoor? _intake;

    // Written by the study loop.
    private volatile Heartbeat? _studyHeart;

    // A wake-up says "look again"; one that waits stands for all that come meanwhile.
    private readonly Channel<bool> _wakeUps = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private Daemon(
        DaemonOptions options,
        PipelineOptions process,
        RunMemory memory,
        StateDatabase state,
        TimeProvider clock,
        ILogger log,
        Action<DaemonEvent>? happened)
    {
        _options = options;
        _process = process;
        _shares = DaemonMemory.Of(process);
        _arrivals = new MemoryBudget(memory.Limits with { BudgetBytesMax = _shares.ArrivalBytes });
        _memory = memory;
        _state = state;
        _clock = clock;
        _health = new DaemonHealth(clock);
        _log = log;
        _happened = happened;
    }

    /// <summary>The memory for what arrives.</summary>
    internal MemoryBudget Arrivals => _arrivals;

    /// <summary>What may be looked at while it works.</summary>
    internal DaemonSight Sight => new(this, Path.GetFullPath(_options.DataPath), () => _watched, _studies, _state, _memory.Cache, _storage, _disk!, _health)
    {
        Intake = _intake!,
        Meters = _meters!,
    };

    /// <summary>Opens a daemon over a data folder, which it takes for itself; recovers what a crash left behind.</summary>
    /// <param name="options">What to watch and to search.</param>
    /// <param name="process">Memory and threads.</param>
    /// <param name="runs">The application's work.</param>
    /// <param name="clock">Time.</param>
    /// <param name="log">The log.</param>
    /// <param name="happened">Told of everything that happens, from several threads; must return at once.</param>
    /// <param name="progress">Told how far a search is.</param>
    /// <exception cref="StageException">A study cannot be read, or the data folder is in use or damaged.</exception>
    public static async Task<Daemon> OpenAsync(
        DaemonOptions options,
        PipelineOptions process,
        RunService runs,
        TimeProvider clock,
        ILogger<Daemon> log,
        Action<DaemonEvent>? happened = null,
        IProgress<RunProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        string data = Path.GetFullPath(options.DataPath);
        DaemonMemory shares = DaemonMemory.Of(process);
        Limits limits = shares.Limits(process);
        StateDatabase state = HostSchema.Open(data, new LocalStorage(), limits, clock);
        RunMemory memory = RunMemory.Within(limits, clock, new DiskTier(RunMemory.CacheFolder(data), limits, clock));
        var daemon = new Daemon(options, process, memory, state, clock, log, happened);

        // Whatever has been opened must be free again when a later part refuses.
        try
        {
            await daemon.AssembleAsync(data, runs, progress);
            return daemon;
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _intake?.Dispose();
            _meters?.Dispose();
            _disk?.Dispose();
            await DisposePartsAsync();
        }
        finally
        {
            // Whatever else goes wrong, the next start must find a state that was closed.
            await _state.DisposeAsync();
        }
    }

    private async Task DisposePartsAsync()
    {
        await _memory.DisposeAsync();
        foreach (FolderLoop folder in _watched.Folders)
        {
            folder.Dispose();
        }

        foreach (DatasetStore store in _opened.Values)
        {
            store.Dispose();
        }
    }

    private async Task AssembleAsync(string data, RunService runs, IProgress<RunProgress>? progress)
    {
        _disk = new DiskGuard(_storage, data, _memory.Limits.DiskFreeBytesMin, _clock, change => Tell(change, data));
        var results = new ResultStore(_state, _storage, _memory.Limits);
        results.RemoveOrphans();
        LeftOvers.Remove(_storage, Path.Combine(data, "studies"), depth: 3);
        LeftOvers.Remove(_storage, data, depth: 0);
        _datasets = _options.Datasets;
        ImmutableArray<FolderLoop> folders = [.. await OpenAsync(_options.Folders)];
        await OpenAsync(_datasets);
        _watched = new WatchedSet(folders, StoresOf(folders));
        _meters = new Meters(this, _memory, _arrivals, _state, _disk, () => _watched.Stores.Values);
        _intake = new IntakeDoor(() => _watched.Stores, _arrivals, _disk, _shares.FileBytesMax, IngestedAsync, _clock);

        foreach (BoundStudyOptions study in _options.Studies)
        {
            var context = new StudyContext(
                data, _opened[study.Dataset], _state, results, _storage, runs, _process, _memory, _log, new BeatingProgress(this, progress));
            _studies.Add(new BoundStudyRunner(study, context));
        }
    }

    // Between planning and the last file of the results no word is said, and a flow has watches of its own.
    private TimeSpan StudyPatience => 10 * TimeSpan.FromSeconds(_memory.Limits.StallSecondsMin);

    private Task SuperviseAsync(string name, TimeSpan patience, Func<Heartbeat, CancellationToken, Task> loop, CancellationToken stop)
    {
        RebuildPolicy policy = RebuildPolicy.Of(_memory.Limits);
        policy = policy with { Patience = policy.Patience > patience ? policy.Patience : patience };
        return Supervisor.RunAsync(name, Heard(name, policy.Patience, loop), policy, _clock, Rebuilt, stop);

        void Rebuilt(Rebuild rebuild)
        {
            _log.LoopRebuilt(rebuild.Why, rebuild.Name, rebuild.Number);
            _health.Rebuilt(rebuild.Name);
            _meters?.CountRebuild(rebuild.Name);
        }
    }

    private InboxOptions InboxOf(FolderOptions folder) => new()
    {
        Path = Path.GetFullPath(folder.Path),
        Patterns = [folder.Pattern],
        IsRecursive = folder.IsRecursive,
        QuietPeriod = folder.QuietPeriod,
        RescanPeriod = folder.ScanEvery,
        EmptyPeriod = TimeSpan.FromTicks(Math.Max(TimeSpan.FromMinutes(10).Ticks, folder.QuietPeriod.Ticks)),
        FileBytesMax = _shares.FileBytesMax,
        Finished = folder.Afterwards switch
        {
            "move" => FinishedSource.Move,
            "delete" => FinishedSource.Delete,
            _ => FinishedSource.Leave,
        },
        IngestedAsync = IngestedAsync,
        ReserveAsync = async (bytes, cancellation) => await _arrivals.ReserveAsync(DaemonMemory.CopiesPerFile * bytes, cancellation),
        HoldAsync = _disk!.WaitForSpaceAsync,
        Failed = failure => _disk.Report(failure),
        Notice = message => _log.FolderNotice(folder.Name, message),
    };

    /// <summary>Everything that follows from a source whose fate is new, however it came.</summary>
    private async ValueTask IngestedAsync(IngestOutcome outcome)
    {
        if (outcome.Kind == IngestKind.Quarantined)
        {
            _log.SourceQuarantined(outcome.Dataset, outcome.Path, outcome.Message);
        }
        else if (outcome.Kind != IngestKind.Refused)
        {
            _log.SourceIngested(outcome.Dataset, outcome.Kind.ToString(), outcome.Path, outcome.NewSamples, outcome.NewReferences);
        }

        if (outcome.Kind == IngestKind.Spectra)
        {
            // Treating ahead saves time and nothing else; the study will say what is wrong, if it needs these spectra.
            try
            {
                await PretreatAsync(outcome);
            }
            catch (StageException failed)
            {
                _log.ArrivalFailed(outcome.Dataset, outcome.Path, failed.Message);
            }
            catch (OutOfMemoryException failed)
            {
                // Treating ahead is the first thing to do without when memory is short.
                _log.ArrivalFailed(outcome.Dataset, outcome.Path, failed.Message);
            }
        }

        Happened(new DaemonEvent.SourceIngested(outcome));
        if (outcome.Kind is IngestKind.Spectra or IngestKind.References || outcome.Superseded is not null)
        {
            _wakeUps.Writer.TryWrite(true);
        }
    }

    /// <summary>The first two blocks, at arrival: every study of the dataset finds the new chunk treated.</summary>
    private async Task PretreatAsync(IngestOutcome outcome)
    {
        DatasetStore store = _opened[outcome.Dataset];
        DatasetChunk? arrived = store.Manifest.Chunks.FirstOrDefault(chunk => chunk.Source.Digest == outcome.Digest);
        BoundStudyRunner[] studies = [.. _studies.Where(study => study.DatasetName == outcome.Dataset)];
        if (arrived is null || studies.Length == 0 || _drain is { Stop.IsCancellationRequested: true })
        {
            return;
        }

        SpectralChunk chunk = store.ReadChunk(arrived);
        chunk = chunk.On(store.Manifest.Axis ?? chunk.Axis);
        ImmutableArray<PretreatmentChain> chains =
            [.. studies.SelectMany(study => ArrivalFlow.ChainsOf(study.Study, chunk.Axis)).DistinctBy(chain => chain.Notation)];
        // Ahead of time, so only while no search needs the memory: the search treats the chunk itself then.
        if (!_memory.Budget.TryReserve(2 * chunk.SizeBytes, out MemoryLease? room))
        {
            return;
        }

        room.Dispose();
        await new ArrivalFlow(_memory.Cache, _memory.Budget, _memory.Limits).RunAsync([chunk], chains, CancellationToken.None);
    }

    private async Task RunStudiesAsync(Heartbeat heartbeat, CancellationToken cut, CancellationToken stop)
    {
        _studyHeart = heartbeat;

        // At the start everything is looked at once: a run that was cut off goes first. A look at a dataset that has not changed
        // costs nothing, so one is taken from time to time, whatever may have been missed.
        _wakeUps.Writer.TryWrite(true);
        Task? wakeUp = null;
        while (true)
        {
            await _disk!.WaitForSpaceAsync(stop);
            _wakeUps.Reader.TryRead(out _);
            foreach (BoundStudyRunner study in _studies)
            {
                stop.ThrowIfCancellationRequested();
                heartbeat.Working($"study {study.Name}");
                (_studyAtWork, _progress) = (study.Name, null);
                await UpdateAsync(study, cut, stop);
            }

            _studyAtWork = null;
            heartbeat.Idle();

            // Kept until it ends: a new wait for every look would pile up.
            wakeUp = wakeUp is { IsCompleted: false } ? wakeUp : _wakeUps.Reader.WaitToReadAsync(stop).AsTask();
            await Task.WhenAny(wakeUp, Task.Delay(RetryAfter, _clock, stop));
            stop.ThrowIfCancellationRequested();
        }
    }

    private async Task UpdateAsync(BoundStudyRunner study, CancellationToken cut, CancellationToken stop)
    {
        // A disk that fails now may work later; nothing is lost, and nothing half-written is believed.
        try
        {
            foreach (DaemonEvent happened in await study.UpdateAsync(cut, stop))
            {
                Tell(happened);
            }
        }
        catch (OperationCanceledException stopped) when (stop.IsCancellationRequested)
        {
            TellStopped(study, stopped, _drain!);
        }
        catch (StageException failed) when (failed.Kind == FailureKind.Storage)
        {
            if (stop.IsCancellationRequested)
            {
                _drain!.NoteCut($"study '{study.Name}': the disk failed ({failed.Message})");
            }

            if (_disk!.Report(failed))
            {
                // The guard says so, and says when it goes on.
                _wakeUps.Writer.TryWrite(true);
                return;
            }

            _log.StudyStorageFailed(study.Name, failed.Message, (int)RetryAfter.TotalSeconds);
        }
        catch (OutOfMemoryException)
        {
            // What the study held is free again, and what its units had is kept: a later look goes on with them.
            _log.StudyOutOfMemory(study.Name, (int)RetryAfter.TotalSeconds);
        }
    }

    private void Tell(DiskChange change, string data)
    {
        string free = change.FreeBytes < 0 ? "an unknown number of bytes" : ByteSize.Format(change.FreeBytes);
        if (change.IsFull)
        {
            _log.DiskFull(data, free, ByteSize.Format(2 * _memory.Limits.DiskFreeBytesMin));
        }
        else
        {
            _log.DiskFree(data, free);
        }

        Happened(new DaemonEvent.DiskChanged(change));
    }

    private void Happened(DaemonEvent happened)
    {
        _meters?.Count(happened);
        _happened?.Invoke(happened);
    }

    private void Tell(DaemonEvent happened)
    {
        switch (happened)
        {
            case DaemonEvent.StudyCompleted done:
                _log.StudyCompleted(done.Study, done.Result.Prepared.Bound.Set.Manifest.SampleCount, done.Result.Elapsed.TotalSeconds, done.Folder);
                break;
            case DaemonEvent.StudyRefused refused:
                _log.StudyRefused(refused.Study, refused.Message);
                break;
            case DaemonEvent.SpectraPredicted predicted:
                _log.SpectraPredicted(predicted.Study, predicted.Rows.Length, predicted.File);
                break;
        }

        Happened(happened);
    }

    /// <summary>A search is watched by its flow; meanwhile the loop's own heartbeat goes on.</summary>
    private sealed class BeatingProgress(Daemon daemon, IProgress<RunProgress>? inner) : IProgress<RunProgress>
    {
        public void Report(RunProgress value)
        {
            daemon._studyHeart?.Beat();
            daemon._meters?.Show(value);
            daemon._progress = value;
            inner?.Report(value);
        }
    }
}
