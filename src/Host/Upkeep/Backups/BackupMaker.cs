using System.Collections.Immutable;
using System.Text;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.State;

namespace Pipeline.Host.Upkeep.Backups;

/// <summary>Makes a backup of a data folder, while a daemon runs on it or not.</summary>
/// <remarks>
/// It only reads the data folder and takes no lock there. The state is copied as it stood at one moment, then the files that
/// this copy names; a file is durable before its row is committed, so everything that is named is there, but for runs and results that
/// the daemon has replaced since: where the model of a study is among them, the backup begins again with a newer state.
/// All is written into <c>TARGET.unfinished.tmp</c>, the manifest last, and gets its name when it is complete and durable; what a
/// killed backup leaves there is removed by the next one to the same target. One thread.
/// </remarks>
internal sealed class BackupMaker
{
    /// <summary>The ending of a folder that is no backup yet.</summary>
    public const string UnfinishedEnding = ".unfinished" + StorageNames.TemporaryEnding;

    // A study keeps several runs, so one that has replaced all of them since the copy is a rare thing.
    private const int AttemptsMax = 5;
    private const string LockName = "lock";
    private const long SpareBytes = 4L << 20;

    private readonly IStorage _storage;
    private readonly TimeProvider _clock;
    private readonly string _data;
    private readonly string _target;
    private readonly string _work;

    private BackupMaker(IStorage storage, TimeProvider clock, string data, string target)
    {
        _storage = storage;
        _clock = clock;
        _data = Path.TrimEndingDirectorySeparator(Path.GetFullPath(data));
        _target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        _work = _target + UnfinishedEnding;
    }

    /// <summary>Makes a backup.</summary>
    /// <param name="data">The data folder.</param>
    /// <param name="target">A new or empty folder, or a new file whose name ends in .tar.</param>
    /// <param name="storage">The disks.</param>
    /// <param name="clock">Time.</param>
    /// <param name="cancellation">Ends the work; nothing is left.</param>
    /// <exception cref="StageException">The target is refused, or a disk fails; nothing is left that looks like a backup.</exception>
    public static BackupReport Make(string data, string target, IStorage storage, TimeProvider clock, CancellationToken cancellation) =>
        new BackupMaker(storage, clock, data, target).Make(cancellation);

    private string State => Path.Combine(_work, "state.db");

    private string Result => Path.Combine(_work, "backup");

    private bool IsTar => _target.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);

    private BackupReport Make(CancellationToken cancellation)
    {
        long start = _clock.GetTimestamp();
        RefuseTarget();
        using IDisposable held = TakeWork();

        // Whatever refuses, what is unfinished is worth nothing and takes room on a disk that may be full.
        try
        {
            BackupCopy copy = Copy(cancellation);
            held.Dispose();
            Finish();
            return new BackupReport(_target, copy.Manifest, copy.Kinds, copy.LeftOutCount, _clock.GetElapsedTime(start));
        }
        catch
        {
            held.Dispose();
            TryDeleteWork();
            throw;
        }
    }

    private void RefuseTarget()
    {
        if ((_target + Path.DirectorySeparatorChar).StartsWith(_data + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw Refusal($"'{_target}' lies in the data folder '{_data}' and would be lost with it. Name a place elsewhere, on another disk.");
        }

        if (_storage.Stamp(_target) is not null || (_storage.FolderExists(_target) && (IsTar || _storage.List(_target).Count > 0)))
        {
            throw Refusal($"'{_target}' is there already. Each backup gets a place of its own: name a new folder, an empty one, or a new FILE.tar.");
        }
    }

    private IDisposable TakeWork()
    {
        string path = Path.Combine(_work, LockName);
        if (_storage.FolderExists(_work))
        {
            // A killed process holds no lock any more.
            try
            {
                _storage.Lock(path).Dispose();
            }
            catch (StageException refused) when (refused.Kind == FailureKind.Storage)
            {
                throw new StageException(
                    FailureKind.InvalidRequest, $"Another backup is being written to '{_target}' now. Wait for it, or name another place.", refused);
            }

            _storage.DeleteFolder(_work);
        }

        _storage.CreateFolder(_work);
        return _storage.Lock(path);
    }

    private BackupCopy Copy(CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            var copy = new BackupCopy(_storage, _data, isLastAttempt: attempt == AttemptsMax);
            if (TryCopy(copy, cancellation))
            {
                return copy;
            }

            _storage.Delete(State);
            if (!IsTar)
            {
                _storage.DeleteFolder(Result);
            }
        }
    }

    private bool TryCopy(BackupCopy copy, CancellationToken cancellation)
    {
        DateTimeOffset time = _clock.GetUtcNow();
        RefuseFullDisk(_storage.Stamp(HostSchema.FileOf(_data))?.LengthBytes ?? 0);
        using (var view = StateView.Open(HostSchema.FileOf(_data)))
        {
            view.CopyTo(State);
        }

        using var state = StateView.Open(State);
        ImmutableArray<BackupGroup> groups = [.. BackupContents.Of(state, _storage, _data)];
        RefuseFullDisk(copy.LengthOf(groups) + new FileInfo(State).Length);
        if (!IsTar)
        {
            return Fill(new BackupFolderTarget(_storage, Result), copy, state, groups, time, cancellation);
        }

        bool isComplete = false;
        _storage.Write(Result, stream =>
        {
            using var target = new BackupTarTarget(stream, time);
            isComplete = Fill(target, copy, state, groups, time, cancellation);
        });
        return isComplete;
    }

    private bool Fill(
        IBackupTarget target, BackupCopy copy, StateView state, ImmutableArray<BackupGroup> groups, DateTimeOffset time, CancellationToken cancellation)
    {
        using (Stream database = _storage.OpenRead(State))
        {
            copy.Add("state", target.Put("state.db", database, cancellation));
        }

        if (!groups.All(group => copy.TryAdd(group, target, cancellation)))
        {
            return false;
        }

        byte[] json = copy.Close(time, state.Parts()).ToJson();
        using var manifest = new MemoryStream(json);
        target.Put(BackupManifest.FileName, manifest, cancellation);
        using var checksum = new MemoryStream(Encoding.ASCII.GetBytes($"{Fingerprint.OfBytes(json)}  {BackupManifest.FileName}\n"));
        target.Put(BackupManifest.ChecksumName, checksum, cancellation);
        return true;
    }

    private void RefuseFullDisk(long neededBytes)
    {
        long free = _storage.FreeBytes(_work);
        if (free < neededBytes + SpareBytes)
        {
            throw new StageException(
                FailureKind.Storage,
                $"The backup takes at least {ByteSize.Format(neededBytes)}, and the disk of '{_target}' has {ByteSize.Format(free)} free. "
                    + "Make room there, or name "
                + "a place on another disk.")
            {
                IsDiskFull = true,
            };
        }
    }

    private void Finish()
    {
        if (IsTar)
        {
            _storage.Move(Result, _target);
        }
        else
        {
            if (_storage.FolderExists(_target))
            {
                // Looked at before; a folder that has been filled since refuses to go.
                RemoveEmpty(_target);
            }

            _storage.MoveFolder(Result, _target);
        }

        TryDeleteWork();
    }

    private static void RemoveEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: false);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw Refusal($"The empty folder '{folder}' cannot be replaced by the backup ({refused.Message}). Name a new folder, below it for example.");
        }
    }

    private void TryDeleteWork()
    {
        // Costs space until the next backup to this target, and nothing else: nobody takes it for a backup.
        try
        {
            _storage.DeleteFolder(_work);
        }
        catch (StageException refused) when (refused.Kind == FailureKind.Storage)
        {
            return;
        }
    }

    private static StageException Refusal(string message) => new(FailureKind.InvalidRequest, message);
}
