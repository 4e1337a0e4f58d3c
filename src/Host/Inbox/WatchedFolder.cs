using System.IO.Enumeration;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Datasets;

namespace Pipeline.Host.Inbox;

/// <summary>A folder whose files join a dataset once they are finished.</summary>
/// <remarks>
/// A full scan is the truth, events are hints. A file is read when it is quiet, copied durably, and looked at again: where it
/// has changed meanwhile the copy is dropped. Files are told apart by their bytes, never by name or time. A file is released
/// (moved, deleted) only when its bytes and the manifest are durable. Scans go one at a time, with one copy in flight; any
/// thread may ask for one. Links are not followed. Not responsible for who else reads the dataset.
/// </remarks>
public sealed class WatchedFolder : IDisposable
{
    // Events come in bursts; one scan answers them together. Scanning takes a fifth of the time at most.
    private const int ScanShare = 4;

    // So many failures in a row are the disk's, not a file's; the files behind them come first in the next scan.
    private const int FailuresInARowMax = 8;
    private static readonly TimeSpan HintDelay = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly InboxOptions _options;
    private readonly DatasetStore _store;
    private readonly IStorage _storage;
    private readonly TimeProvider _time;
    private readonly SettleRule _settle;
    private readonly SeenFiles _seen;
    private readonly FolderHints _hints;
    private readonly Dictionary<string, string> _told = new(StringComparer.Ordinal);

    // Files whose bytes are safe and whose release failed; kept in memory only, for a stamp alone must not outlive the process.
    private readonly Dictionary<string, (FileStamp Stamp, Fingerprint Digest)> _unreleased = new(StringComparer.Ordinal);
    private string? _lastTaken;
    private bool _isMissing;
    private Heartbeat? _heartbeat;
    private volatile FolderScan? _lastScan;

    /// <summary>A folder that feeds a dataset; nothing happens before the first scan.</summary>
    public WatchedFolder(InboxOptions options, DatasetStore store, StateDatabase state, IStorage storage, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(store);
        _options = options.Validate() with { Path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Path)) };
        _store = store;
        _storage = storage;
        _time = time;
        _settle = new SettleRule(time);
        _seen = new SeenFiles(state, $"{store.Manifest.Name}:{_options.Path}");
        _hints = new FolderHints(_options.Path, _options.IsRecursive);
    }

    /// <summary>The file that is being taken, or that was when the folder was cut off; null otherwise.</summary>
    public string? InHand { get; private set; }

    /// <summary>What the latest scan has found; null before the first. Any thread may ask.</summary>
    public FolderScan? LastScan => _lastScan;

    /// <summary>Scans until it is cancelled: at events, when a waiting file may be quiet, and every rescan period.</summary>
    /// <remarks>Ends with <see cref="OperationCanceledException"/>, or at once where it is cancelled beforehand.</remarks>
    /// <param name="cancellation">Ends it, also within a file.</param>
    /// <param name="heartbeat">Told what the folder is working on, so that a scan that hangs is seen.</param>
    public Task RunAsync(CancellationToken cancellation, Heartbeat? heartbeat = null) => RunAsync(heartbeat, cancellation, cancellation);

    /// <inheritdoc cref="RunAsync(CancellationToken, Heartbeat?)"/>
    /// <param name="heartbeat">Told what the folder is working on, so that a scan that hangs is seen.</param>
    /// <param name="cancellation">Ends it before the next file.</param>
    /// <param name="cut">Ends it within a file, too.</param>
    public async Task RunAsync(Heartbeat? heartbeat, CancellationToken cancellation, CancellationToken cut)
    {
        await Task.Yield();
        _heartbeat = heartbeat;
        while (!cancellation.IsCancellationRequested)
        {
            await HoldAsync(cancellation);
            _hints.Reset();
            heartbeat?.Working($"scan of '{_options.Path}'");
            if (_options.UsesEvents && _storage.FolderExists(_options.Path) && !_hints.Renew())
            {
                Tell("events", $"The system gives no events for '{_options.Path}'; it is looked at every {_options.RescanPeriod.TotalSeconds:0.#} s.");
            }

            long started = _time.GetTimestamp();
            ScanReport report = await ScanAsync(cancellation, cut);
            _lastScan = new FolderScan(report, _time.GetUtcNow());
            TimeSpan rest = ScanShare * _time.GetElapsedTime(started);
            if (report.IsComplete || report.Failure is not null)
            {
                TimeSpan delay = report.WaitingCount > 0 && _options.QuietPeriod < _options.RescanPeriod
                    ? _options.QuietPeriod
                    : _options.RescanPeriod;
                heartbeat?.Idle();
                await PauseAsync(delay, rest > HintDelay ? rest : HintDelay, cancellation);
            }
        }
    }

    /// <summary>Looks at every file once and takes those that are finished.</summary>
    /// <returns>What was found; a disk that fails is a value here.</returns>
    public Task<ScanReport> ScanAsync(CancellationToken cancellation = default) => ScanAsync(cancellation, cancellation);

    private async Task<ScanReport> ScanAsync(CancellationToken cancellation, CancellationToken cut)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            return await ScanOnceAsync(cancellation, cut);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hints.Dispose();
        _gate.Dispose();
    }

    private async Task<ScanReport> ScanOnceAsync(CancellationToken cancellation, CancellationToken cut)
    {
        if (!_storage.FolderExists(_options.Path))
        {
            return Missing();
        }

        if (_isMissing)
        {
            _isMissing = false;
            _options.Notice?.Invoke($"The folder '{_options.Path}' is back.");
        }

        var files = new List<StoredEntry>();
        try
        {
            Collect(_options.Path, 0, files);
        }
        catch (StageException refused) when (refused.Kind == FailureKind.Storage)
        {
            // Nothing is concluded from half a listing; the next scan begins anew.
            return _storage.FolderExists(_options.Path) ? new ScanReport { Failure = refused.ToFailure() } : Missing();
        }

        var report = new ScanReport { ListedCount = files.Count };
        int first = _lastTaken is null ? 0 : files.FindIndex(f => f.Path == _lastTaken) + 1;
        int failuresInARow = 0;
        foreach (StoredEntry file in files.Skip(first).Concat(files.Take(first)))
        {
            cancellation.ThrowIfCancellationRequested();
            if (_options.Finished == FinishedSource.Leave
                && _seen.Find(file.Path, file.Stamp) is { } digest && _store.Knows(digest))
            {
                continue;
            }

            if (!_settle.IsSettled(file.Path, file.Stamp, file.Stamp.LengthBytes == 0 ? _options.EmptyPeriod : _options.QuietPeriod))
            {
                report = report with { WaitingCount = report.WaitingCount + 1 };
                continue;
            }

            if (report.ReadCount == _options.FilesPerScanMax || failuresInARow == FailuresInARowMax)
            {
                // The others are looked at all the same, so that their quiet time runs.
                report = report with { IsComplete = false };
                continue;
            }

            await HoldAsync(cancellation);
            _heartbeat?.Working(file.Path);
            report = report with { ReadCount = report.ReadCount + 1 };
            _lastTaken = file.Path;
            InHand = file.Path;
            try
            {
                await TakeAsync(file, cut);
                failuresInARow = 0;
            }
            catch (StageException refused) when (refused.Kind == FailureKind.Storage)
            {
                // Every step of taking a file may be repeated. This one waits anew, so that it cannot hold up the others.
                _options.Failed?.Invoke(refused);
                _settle.Restart(file.Path);
                failuresInARow++;
                if (report.Failure is null)
                {
                    TellOfDisk(refused);
                    report = report with { Failure = refused.ToFailure(), IsComplete = false };
                }
            }

            InHand = null;
        }

        if (report.IsComplete)
        {
            _lastTaken = null;
        }

        return await FinishAsync(files, report);
    }

    private async ValueTask HoldAsync(CancellationToken cancellation)
    {
        if (_options.HoldAsync is { } hold)
        {
            _heartbeat?.Idle();
            await hold(cancellation);
        }
    }

    private async ValueTask<IDisposable?> RoomForAsync(StagedSource staged, CancellationToken cancellation)
    {
        if (_options.ReserveAsync is not { } reserve)
        {
            return null;
        }

        // Whoever waits for memory is not hung; a copy that is not going to be read goes.
        _heartbeat?.Idle();
        try
        {
            IDisposable room = await reserve(staged.LengthBytes, cancellation);
            _heartbeat?.Working(staged.Path);
            return room;
        }
        catch
        {
            _store.Discard(staged);
            throw;
        }
    }

    private ScanReport Missing()
    {
        if (!_isMissing)
        {
            _isMissing = true;
            _settle.Clear();
            _hints.Break();
            _options.Notice?.Invoke(
                $"The folder '{_options.Path}' is not there. Its files count as unreachable, not as deleted; check the share or the disk.");
        }

        return new ScanReport { IsFolderMissing = true };
    }

    private async Task<ScanReport> FinishAsync(List<StoredEntry> files, ScanReport report)
    {
        var present = files.Select(f => f.Path).ToHashSet(StringComparer.Ordinal);
        _settle.Keep(present);
        foreach (string gone in _unreleased.Keys.Where(path => !present.Contains(path)).ToList())
        {
            _unreleased.Remove(gone);
        }

        // A file that has failed waits; only when nothing waits any more is the cause gone.
        if (report is { Failure: null, WaitingCount: 0 })
        {
            _told.Remove("storage");
        }

        foreach (string gone in _told.Keys.Where(
            key => Path.IsPathFullyQualified(key) && !present.Contains(key) && _storage.Stamp(key) is null && !_storage.FolderExists(key)).ToList())
        {
            _told.Remove(gone);
        }

        // A ledger that cannot be written costs time after a restart and nothing else.
        try
        {
            if (_storage.FolderExists(_options.Path))
            {
                _seen.Keep(present);
            }

            await _seen.SaveAsync();
            return report;
        }
        catch (StageException refused) when (refused.Kind == FailureKind.Storage)
        {
            _options.Failed?.Invoke(refused);
            return report with { Failure = report.Failure ?? refused.ToFailure() };
        }
    }

    private void Collect(string folder, int depth, List<StoredEntry> files)
    {
        IReadOnlyList<StoredEntry> entries;
        try
        {
            entries = _storage.List(folder);
        }
        catch (StageException refused) when (refused.Kind == FailureKind.Storage && depth > 0)
        {
            // One folder that is closed, or has just gone, does not hide the others.
            Tell(folder, refused.Message);
            return;
        }

        foreach (StoredEntry entry in entries)
        {
            string name = Path.GetFileName(entry.Path);
            if (name.StartsWith('.') || files.Count == _options.FilesTrackedMax)
            {
                continue;
            }

            if (entry.IsFolder)
            {
                if (_options.IsRecursive && depth < _options.FolderDepthMax && !IsOurs(entry.Path))
                {
                    Collect(entry.Path, depth + 1, files);
                }
            }
            else if (IsWanted(entry, name))
            {
                files.Add(entry);
                if (files.Count == _options.FilesTrackedMax)
                {
                    Tell("tracked", $"'{_options.Path}' has more than {_options.FilesTrackedMax} files; those behind '{entry.Path}' are not looked at. Move finished files away.");
                }
            }
        }
    }

    private bool IsOurs(string folder) =>
        folder == _options.DonePath || _store.Folder.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private bool IsWanted(StoredEntry file, string name)
    {
        if (StorageNames.IsTemporary(name) || name.EndsWith(".part", StringComparison.OrdinalIgnoreCase)
            || !_options.Patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, name)))
        {
            return false;
        }

        if (file.Path.Length > _options.PathCharsMax)
        {
            Tell(file.Path, $"'{file.Path}' is left alone: its path has {file.Path.Length} characters, at most {_options.PathCharsMax} are taken. Shorten it.");
            return false;
        }

        if (file.Stamp.LengthBytes > _options.FileBytesMax)
        {
            Tell(
                file.Path,
                $"'{file.Path}' is left alone: it has {ByteSize.Format(file.Stamp.LengthBytes)}, at most "
                + $"{ByteSize.Format(_options.FileBytesMax)} are taken. Split it, or raise the limit.");
            return false;
        }

        return true;
    }

    private async ValueTask TakeAsync(StoredEntry file, CancellationToken cancellation)
    {
        if (_unreleased.TryGetValue(file.Path, out var safe) && safe.Stamp == file.Stamp && _store.Knows(safe.Digest))
        {
            Complete(file, safe.Digest);
            return;
        }

        StagedSource? staged = Copy(file, cancellation);
        if (staged is null)
        {
            _settle.Restart(file.Path);
            return;
        }

        using IDisposable? room = await RoomForAsync(staged, cancellation);
        bool mayLose = _options.Finished == FinishedSource.Leave;
        IngestOutcome outcome = await _store.IngestAsync(staged, mayLose, _time.GetUtcNow(), cancellation);
        _seen.Add(file.Path, file.Stamp, staged.Digest);

        // Told before the release: a release that fails finds these bytes known the next time, and known ones are not told.
        if (outcome.Kind is not (IngestKind.Known or IngestKind.KnownBad) && _options.IngestedAsync is { } ingested)
        {
            await ingested(outcome);
        }

        Complete(file, staged.Digest);
    }

    private void Complete(StoredEntry file, Fingerprint digest)
    {
        if (_options.Finished != FinishedSource.Leave)
        {
            _unreleased[file.Path] = (file.Stamp, digest);
        }

        Release(file, digest);
        _unreleased.Remove(file.Path);
        _settle.Restart(file.Path);
        _told.Remove(file.Path);
    }

    /// <summary>A copy of a file that was the same before and after, or null.</summary>
    private StagedSource? Copy(StoredEntry file, CancellationToken cancellation)
    {
        Stream source;
        try
        {
            source = _storage.OpenRead(file.Path);
        }
        catch (StageException refused) when (refused.Kind == FailureKind.Storage)
        {
            // A file that is held by its writer, or has just gone, is this file's trouble only.
            Tell(file.Path, refused.Message);
            return null;
        }

        StagedSource staged;
        using (source)
        {
            // A file that has outgrown the limit since the listing is told about by the next listing.
            try
            {
                staged = _store.Stage(source, file.Path, _options.FileBytesMax, cancellation);
            }
            catch (StageException refused) when (refused.Kind == FailureKind.OverBudget)
            {
                return null;
            }
        }

        bool isSame = false;
        try
        {
            isSame = staged.LengthBytes == file.Stamp.LengthBytes && _storage.Stamp(file.Path) == file.Stamp;
        }
        finally
        {
            if (!isSame)
            {
                _store.Discard(staged);
            }
        }

        return isSame ? staged : null;
    }

    private void Release(StoredEntry file, Fingerprint digest)
    {
        // What has changed since the copy stays, and is read again.
        if (_options.Finished == FinishedSource.Leave || _storage.Stamp(file.Path) != file.Stamp)
        {
            return;
        }

        if (_options.Finished == FinishedSource.Delete)
        {
            _storage.Delete(file.Path);
            return;
        }

        string target = Path.Combine(_options.DonePath, Path.GetRelativePath(_options.Path, file.Path));
        string folder = Path.GetDirectoryName(target)!;
        _storage.CreateFolder(folder);
        if (_storage.Stamp(target) is not null)
        {
            // Names are used again; the digest tells the files apart.
            string name = $"{Path.GetFileNameWithoutExtension(target)}.{digest.ToShortString()}{Path.GetExtension(target)}";
            target = Path.Combine(folder, name);
        }

        _storage.Move(file.Path, target);
    }

    /// <summary>Says that the disk fails, once while it fails in this way: each try names another file and another temporary.</summary>
    private void TellOfDisk(StageException refused)
    {
        string cause = refused.InnerException is { } inner ? $"{inner.GetType().Name} {inner.HResult}" : "";
        if (_told.GetValueOrDefault("storage") != cause)
        {
            _told["storage"] = cause;
            _options.Notice?.Invoke(refused.Message);
        }
    }

    private void Tell(string about, string message)
    {
        if (!_told.TryGetValue(about, out string? before) || before != message)
        {
            _told[about] = message;
            _options.Notice?.Invoke(message);
        }
    }

    private async Task PauseAsync(TimeSpan delay, TimeSpan afterHint, CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task first = await Task.WhenAny(Task.Delay(delay, _time, ended.Token), _hints.Next);
        await ended.CancelAsync();
        if (first == _hints.Next)
        {
            await Task.Delay(afterHint < delay ? afterHint : delay, _time, cancellation);
        }

        cancellation.ThrowIfCancellationRequested();
    }
}
