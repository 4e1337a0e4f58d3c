using System.Collections.Immutable;
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
/// A full scan is the truth, events are hints. A file is read when it is quiet, copied, and looked at again: where it
/// has changed meanwhile the copy is dropped. Files are told apart by their bytes, never by name or time. A file is released
/// (moved, deleted) only when its bytes and the manifest are durable. Files are taken in groups, bounded in number and bytes, in
/// the order of the listing, so that many small ones share the flushes of one; where a group fails, each of its files is tried
/// alone. Scans go one at a time, with one group in flight; any thread may ask for one. Links are not followed. Not responsible
/// for who else reads the dataset.
/// </remarks>
public sealed partial class WatchedFolder : IDisposable
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

    /// <summary>The files that are being taken, or that were when the folder was cut off; empty otherwise.</summary>
    public ImmutableArray<string> InHand { get; private set; } = [];

    /// <summary>What the latest scan has found; null before the first. Any thread may ask.</summary>
    public FolderScan? LastScan => _lastScan;

    /// <summary>Scans until it is cancelled: at events, when a waiting file may be quiet, and every rescan period.</summary>
    /// <remarks>Ends with <see cref="OperationCanceledException"/>, or at once where it is cancelled beforehand.</remarks>
    /// <param name="cancellation">Ends it, also within a file.</param>
    /// <param name="heartbeat">Told what the folder is working on, so that a scan that hangs is seen.</param>
    public Task RunAsync(CancellationToken cancellation, Heartbeat? heartbeat = null) => RunAsync(heartbeat, cancellation, cancellation);

    /// <inheritdoc cref="RunAsync(CancellationToken, Heartbeat?)"/>
    /// <param name="heartbeat">Told what the folder is working on, so that a scan that hangs is seen.</param>
    /// <param name="cancellation">Ends it before the next file: of a group, the files that are copied are finished.</param>
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
        var ready = new List<StoredEntry>();
        foreach (StoredEntry file in files.Skip(first).Concat(files.Take(first)))
        {
            cancellation.ThrowIfCancellationRequested();
            if (_options.Finished == FinishedSource.Leave
                && _seen.Find(file.Path, file.Stamp) is { } digest && _store.Knows(digest))
            {
                continue;
            }

            // All files are looked at, also those that this scan will not take, so that their quiet time runs.
            if (_settle.IsSettled(file.Path, file.Stamp, file.Stamp.LengthBytes == 0 ? _options.EmptyPeriod : _options.QuietPeriod) && IsMarked(file.Path))
            {
                ready.Add(file);
            }
            else
            {
                report = report with { WaitingCount = report.WaitingCount + 1 };
            }
        }

        report = report with { ReadyCount = ready.Count };
        _options.Scanned?.Invoke(report);
        report = await TakeAsync(ready, report, cancellation, cut);
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
                    Tell(
                        "tracked",
                        $"'{_options.Path}' has more than {_options.FilesTrackedMax} files; those behind '{entry.Path}' are not looked at. "
                            + "Move finished files away.");
                }
            }
        }
    }

    private bool IsOurs(string folder) =>
        folder == _options.DonePath || _store.Folder.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private bool IsMarker(string name) => _options.Marker is { } marker && name.EndsWith(marker, StringComparison.OrdinalIgnoreCase);

    /// <summary>True where whoever wrote the file has said that it is finished, if that is wanted.</summary>
    private bool IsMarked(string path) => _options.Marker is not { } marker || _storage.Stamp(path + marker) is not null;

    private bool IsWanted(StoredEntry file, string name)
    {
        if (StorageNames.IsTemporary(name) || IsMarker(name) || name.EndsWith(".part", StringComparison.OrdinalIgnoreCase)
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
