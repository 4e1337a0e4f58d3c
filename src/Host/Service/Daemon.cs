using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipeline.Engine;
using Pipeline.Engine.Cache.Disk;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Configuration;
using Pipeline.Host.Datasets;
using Pipeline.Host.Inbox;
using Pipeline.Host.Runs;
using Pipeline.Host.Runs.Queue;
using Pipeline.Host.Service.Studies;
using Pipeline.Host.State;
using Pipeline.Host.Telemetry;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Service;

/// <summary>The running product: watched folders fill datasets, references start studies, models predict what is new.</summary>
/// <remarks>
/// One loop per folder (they may change: <c>Daemon.Reload.cs</c>), one that looks at all studies, and one for each run at once, each
/// under a supervisor that builds it anew when it fails or hangs, and ends the process when that does not help. A source that joins
/// its dataset goes through the arrival flow at once (ingest, pretreat) and wakes the studies of that dataset; these ask for runs
/// and predict (<c>Daemon.Runs.cs</c>). Runs at the same time share cache, budget and threads.
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
    private readonly MemoryBudget _samples;
    private readonly RunQueue _queue;
    private readonly StudySet _studies;
    private readonly IStorage _storage = new LocalStorage();
    private readonly Action<DaemonEvent>? _happened;
    private readonly TimeProvider _clock;
    private readonly DateTimeOffset _started;
    private readonly DaemonOptions _options;
    private readonly PipelineOptions _process;

    // Set once by AssembleAsync.
    private DiskGuard? _disk;
    private Meters? _meters;
    private IntakeDoor? _intake;
    private Func<BoundStudyOptions, BoundStudyRunner?, BoundStudyRunner>? _makeStudy;
    private IProgress<RunProgress>? _onProgress;

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
        _samples = new MemoryBudget(memory.Limits with { BudgetBytesMax = _shares.SampleBytes });
        _memory = memory;
        _state = state;
        _queue = new RunQueue(state, memory.Limits, Cancelled);
        _studies = new StudySet((study, before) => _makeStudy!(study, before), _queue);
        _clock = clock;
        _started = clock.GetUtcNow();
        _health = new DaemonHealth(clock);
        _log = log;
        _happened = happened;
    }

    /// <summary>What may be looked at while it works.</summary>
    internal DaemonSight Sight => new(
        this,
        Path.GetFullPath(_options.DataPath),
        () => _watching,
        _studies,
        _queue,
        _state,
        _memory.Cache,
        _storage,
        _disk!,
        _health,
        [("arrivals", _arrivals), ("samples", _samples), ("work", _memory.Budget)],
        _arrivals,
        _started,
        _clock,
        () => [.. _watching.Folders.Select(folder => new FolderSight(folder.Options, folder.Watched?.LastScan))])
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
        RunMemory memory = RunMemory.Within(limits, process.Threads, clock, new DiskTier(RunMemory.CacheFolder(data), limits, clock));
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
        foreach (FolderLoop folder in _watching.Folders)
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
        _watching = new WatchedSet(folders, StoresOf(folders));
        _meters = new Meters(this, _memory, _arrivals, _state, _disk, () => _watching.Stores.Values);
        _intake = new IntakeDoor(() => _watching.Stores, _arrivals, _disk, _shares.FileBytesMax, one => IngestedAsync([one]), _clock);

        // Runs at the same time share the threads; how many a run has never changes a result.
        PipelineOptions share = _process with { Threads = Math.Max(1, _process.Threads / _options.RunsAtOnce) };
        _onProgress = progress;
        _makeStudy = (study, before) => new BoundStudyRunner(
            study, new StudyContext(data, _opened[study.Dataset], _state, results, _storage, runs, share, _memory, _samples, _queue, _log), before);
        await _studies.ReplaceAsync(_options.Studies);
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

            // Counted before it shows, so that whoever sees it finds it counted.
            _meters?.CountRebuild(rebuild.Name);
            _health.Rebuilt(rebuild.Name);
        }
    }

    private InboxOptions InboxOf(FolderOptions folder) => new()
    {
        Path = Path.GetFullPath(folder.Path),
        Patterns = [.. folder.Pattern.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).DefaultIfEmpty("*")],
        Reader = folder.Reader,
        Marker = folder.Marker,
        IsRecursive = folder.IsRecursive,
        QuietPeriod = folder.QuietPeriod,
        RescanPeriod = folder.ScanEvery,
        EmptyPeriod = TimeSpan.FromTicks(Math.Max(TimeSpan.FromMinutes(10).Ticks, folder.QuietPeriod.Ticks)),
        FileBytesMax = _shares.FileBytesMax,
        GroupBytesMax = _shares.GroupBytesMax,
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
        Scanned = report => _meters?.Show(folder.Name, report),
        Notice = message => _log.FolderNotice(folder.Name, message),
    };

    /// <summary>Everything that follows from sources whose fate is new, however they came.</summary>
    private async ValueTask IngestedAsync(ImmutableArray<IngestOutcome> outcomes)
    {
        foreach (IngestOutcome outcome in outcomes)
        {
            if (outcome.Kind == IngestKind.Quarantined)
            {
                _log.SourceQuarantined(outcome.Dataset, outcome.Path, outcome.Message);
            }
            else if (outcome.Kind != IngestKind.Refused)
            {
                _log.SourceIngested(outcome.Dataset, outcome.Kind.ToString(), outcome.Path, outcome.NewSamples, outcome.NewReferences);
            }
        }

        foreach (IGrouping<string, IngestOutcome> arrived in outcomes.Where(one => one.Kind == IngestKind.Spectra).GroupBy(one => one.Dataset))
        {
            // Treating ahead saves time and nothing else; the study will say what is wrong, if it needs these spectra.
            try
            {
                await PretreatAsync(arrived.Key, [.. arrived.Select(one => one.Digest)]);
            }
            catch (StageException failed)
            {
                _log.ArrivalFailed(arrived.Key, arrived.First().Path, failed.Message);
            }
            catch (OutOfMemoryException failed)
            {
                // Treating ahead is the first thing to do without when memory is short.
                _log.ArrivalFailed(arrived.Key, arrived.First().Path, failed.Message);
            }
        }

        foreach (IngestOutcome outcome in outcomes)
        {
            Happened(new DaemonEvent.SourceIngested(outcome));
            if (outcome.Kind is IngestKind.Spectra or IngestKind.References || outcome.Superseded is not null)
            {
                _wakeUps.Writer.TryWrite(true);
            }
        }
    }

    /// <summary>The first two blocks, at arrival: every study of the dataset finds the new chunks treated.</summary>
    private async Task PretreatAsync(string dataset, HashSet<Fingerprint> digests)
    {
        DatasetStore store = _opened[dataset];
        DatasetManifest manifest = store.Manifest;
        BoundStudyRunner[] studies = [.. _studies.Present.Where(study => study.DatasetName == dataset)];
        if (studies.Length == 0 || _drain is { Stop.IsCancellationRequested: true })
        {
            return;
        }

        // New chunks stand at the end, but for those that took an earlier one's place.
        List<SpectralChunk> chunks = [];
        for (int k = manifest.Chunks.Length - 1; k >= 0 && digests.Count > 0; k--)
        {
            if (digests.Remove(manifest.Chunks[k].Source.Digest))
            {
                SpectralChunk chunk = store.ReadChunk(manifest.Chunks[k]);
                chunks.Add(chunk.On(manifest.Axis ?? chunk.Axis));
            }
        }

        // Ahead of time, so only while no search needs the memory: the search treats the chunks itself then.
        if (chunks.Count == 0 || !_memory.Budget.TryReserve(2 * chunks.Max(chunk => chunk.SizeBytes), out MemoryLease? room))
        {
            return;
        }

        room.Dispose();
        ImmutableArray<PretreatmentChain> chains =
            [.. studies.SelectMany(study => ArrivalFlow.ChainsOf(study.Study, chunks[0].Axis)).DistinctBy(chain => chain.Notation)];
        await new ArrivalFlow(_memory.Cache, _memory.Budget, _memory.Limits).RunAsync(chunks, chains, CancellationToken.None);
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
        _ = RememberAsync(change.IsFull ? "disk full" : "disk free", data, $"{free} free");
    }

    /// <summary>Writes down that something happened, if the disk allows it; the log has it in any case.</summary>
    private async Task RememberAsync(string kind, string subject, string text)
    {
        try
        {
            await _state.CommitAsync(transaction => transaction.Tell(kind, subject, text));
        }
        catch (Exception unable) when (unable is StageException { Kind: FailureKind.Storage } or ObjectDisposedException)
        {
        }
    }

    private void Happened(DaemonEvent happened)
    {
        _meters?.Count(happened);
        _happened?.Invoke(happened);
    }

    private void Tell(DaemonEvent? happened)
    {
        switch (happened)
        {
            case null:
                return;
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
}
