using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Storage;
using Pipeline.Host.Datasets;

namespace Pipeline.Host.Inbox;

// How files that are quiet are taken: copied and judged in groups, released when they are safe.
public sealed partial class WatchedFolder
{
    private async Task<ScanReport> TakeAsync(List<StoredEntry> ready, ScanReport report, CancellationToken cancellation, CancellationToken cut)
    {
        int failuresInARow = 0;
        int alone = 0;
        int next = 0;
        while (next < ready.Count)
        {
            if (report.ReadCount == _options.FilesPerScanMax || failuresInARow == FailuresInARowMax)
            {
                return report with { IsComplete = false };
            }

            List<StoredEntry> group = GroupFrom(ready, next, alone > 0 ? 1 : _options.FilesPerScanMax - report.ReadCount);
            StageException? failure = await TryTakeAsync(group, cancellation, cut);
            if (failure is not null && group.Count > 1)
            {
                // Every step of taking files may be repeated. One by one, it shows whether a single file fails or the disk does.
                alone = group.Count;
                _options.Failed?.Invoke(failure);
                continue;
            }

            next += group.Count;
            alone = Math.Max(0, alone - 1);
            report = report with { ReadCount = report.ReadCount + group.Count };
            failuresInARow = failure is null ? 0 : failuresInARow + 1;
            if (failure is not null)
            {
                // It waits anew, so that it cannot hold up the others.
                _options.Failed?.Invoke(failure);
                _settle.Restart(group[0].Path);
                if (report.Failure is null)
                {
                    TellOfDisk(failure);
                    report = report with { Failure = failure.ToFailure(), IsComplete = false };
                }
            }
        }

        return report;
    }

    private List<StoredEntry> GroupFrom(List<StoredEntry> ready, int first, int countMax)
    {
        long bytes = 0;
        var group = new List<StoredEntry>();
        for (int i = first; i < ready.Count && group.Count < Math.Min(countMax, _options.GroupFilesMax); i++)
        {
            bytes += ready[i].Stamp.LengthBytes;
            if (group.Count > 0 && bytes > _options.GroupBytesMax)
            {
                break;
            }

            group.Add(ready[i]);
        }

        return group;
    }

    /// <summary>Takes files together; what keeps them out for now, or null: the disk, or too many who wait for memory.</summary>
    private async Task<StageException?> TryTakeAsync(List<StoredEntry> group, CancellationToken cancellation, CancellationToken cut)
    {
        cancellation.ThrowIfCancellationRequested();
        await HoldAsync(cancellation);
        _lastTaken = group[^1].Path;
        InHand = [.. group.Select(file => file.Path)];
        try
        {
            await TakeAsync(group, cancellation, cut);
            InHand = [];
            return null;
        }
        catch (StageException refused) when (refused.Kind is FailureKind.Storage or FailureKind.OverBudget)
        {
            // Nothing is lost: what is not safe lies where it lay. Who sends over HTTP shares the memory, and may make it a crowd.
            InHand = [];
            return refused;
        }
    }

    private async ValueTask TakeAsync(List<StoredEntry> group, CancellationToken cancellation, CancellationToken cut)
    {
        var taken = new List<(StoredEntry File, StagedSource Staged)>();
        try
        {
            foreach (StoredEntry file in group)
            {
                _heartbeat?.Working(file.Path);
                if (taken.Count > 0 && cancellation.IsCancellationRequested)
                {
                    break;
                }

                if (_unreleased.TryGetValue(file.Path, out var safe) && safe.Stamp == file.Stamp && _store.Knows(safe.Digest))
                {
                    Complete([(file, safe.Digest)]);
                }
                else if (Copy(file, cut) is { } staged)
                {
                    taken.Add((file, staged));
                }
                else
                {
                    _settle.Restart(file.Path);
                }
            }

            if (taken.Count == 0)
            {
                return;
            }

            InHand = [.. taken.Select(one => one.File.Path)];
        }
        catch
        {
            _store.Discard([.. taken.Select(one => one.Staged)]);
            throw;
        }

        await JoinAsync(taken, cut);
    }

    private async ValueTask JoinAsync(List<(StoredEntry File, StagedSource Staged)> taken, CancellationToken cut)
    {
        using IDisposable? room = await RoomForAsync(taken, cut);
        bool mayLose = _options.Finished == FinishedSource.Leave;
        IReadOnlyList<IngestOutcome> outcomes = await _store.IngestAsync([.. taken.Select(one => one.Staged)], mayLose, _time.GetUtcNow(), cut);
        _heartbeat?.Working(taken[^1].File.Path);
        foreach ((StoredEntry file, StagedSource staged) in taken)
        {
            _seen.Add(file.Path, file.Stamp, staged.Digest);
        }

        // Told before the release: a release that fails finds these bytes known the next time, and known ones are not told.
        if (_options.IngestedAsync is { } ingested)
        {
            await ingested([.. outcomes.Where(outcome => outcome.Kind is not (IngestKind.Known or IngestKind.KnownBad))]);
        }

        Complete([.. taken.Select(one => (one.File, one.Staged.Digest))]);
    }

    private async ValueTask<IDisposable?> RoomForAsync(List<(StoredEntry File, StagedSource Staged)> taken, CancellationToken cancellation)
    {
        if (_options.ReserveAsync is not { } reserve)
        {
            return null;
        }

        // Whoever waits for memory is not hung; copies that are not going to be read go.
        _heartbeat?.Idle();
        try
        {
            IDisposable room = await reserve(taken.Sum(one => one.Staged.LengthBytes), cancellation);
            _heartbeat?.Working(taken[0].File.Path);
            return room;
        }
        catch
        {
            _store.Discard([.. taken.Select(one => one.Staged)]);
            throw;
        }
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
                staged = _store.StageSoon(source, file.Path, _options.FileBytesMax, cancellation) with { Reader = _options.Reader };
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

    private void Complete(IReadOnlyList<(StoredEntry File, Fingerprint Digest)> safe)
    {
        if (_options.Finished != FinishedSource.Leave)
        {
            foreach ((StoredEntry file, Fingerprint digest) in safe)
            {
                _unreleased[file.Path] = (file.Stamp, digest);
            }

            Release(safe);
        }

        foreach ((StoredEntry file, _) in safe)
        {
            _unreleased.Remove(file.Path);
            _settle.Restart(file.Path);
            _told.Remove(file.Path);
        }
    }

    private void Release(IReadOnlyList<(StoredEntry File, Fingerprint Digest)> safe)
    {
        // What has changed since the copy stays, and is read again.
        List<(StoredEntry File, Fingerprint Digest)> same = [.. safe.Where(one => _storage.Stamp(one.File.Path) == one.File.Stamp)];
        if (_options.Finished == FinishedSource.Delete)
        {
            _storage.Delete([.. same.Select(one => one.File.Path)]);
            ReleaseMarkers(same);
            return;
        }

        HashSet<string> targets = [];
        var names = new List<(string From, string To)>();
        foreach ((StoredEntry file, Fingerprint digest) in same)
        {
            string target = Path.Combine(_options.DonePath, Path.GetRelativePath(_options.Path, file.Path));
            string folder = Path.GetDirectoryName(target)!;
            if (targets.Add(folder))
            {
                _storage.CreateFolder(folder);
            }

            if (_storage.Stamp(target) is not null)
            {
                // Names are used again; the digest tells the files apart.
                string name = $"{Path.GetFileNameWithoutExtension(target)}.{digest.ToShortString()}{Path.GetExtension(target)}";
                target = Path.Combine(folder, name);
            }

            names.Add((file.Path, target));
        }

        _storage.Move(names);
        ReleaseMarkers(same);
    }

    /// <summary>Deletes the signs of files that have gone; after them, for a file without its sign would stay for good.</summary>
    private void ReleaseMarkers(List<(StoredEntry File, Fingerprint Digest)> gone)
    {
        if (_options.Marker is { } marker)
        {
            _storage.Delete([.. gone.Select(one => one.File.Path + marker).Where(path => _storage.Stamp(path) is not null)]);
        }
    }
}
