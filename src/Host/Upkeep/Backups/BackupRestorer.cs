using Pipeline.Engine;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.State;

namespace Pipeline.Host.Upkeep.Backups;

/// <summary>Makes a data folder of a backup.</summary>
/// <remarks>
/// The whole backup is verified before anything is written, and each file once more while it is copied. The folder is locked meanwhile;
/// the mark of <see cref="UnfinishedRestore"/> stands in it until the last file is durable, and no daemon starts where it stands.
/// What fails is taken away again. One thread.
/// </remarks>
internal static class BackupRestorer
{
    /// <summary>Restores a backup into a new or empty folder.</summary>
    /// <exception cref="StageException">The backup is damaged, the folder is refused, or the disk fails; nothing is left then.</exception>
    public static BackupManifest Restore(BackupReader backup, string data, IStorage storage, CancellationToken cancellation)
    {
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(data));
        RefuseTarget(folder, storage);
        BackupManifest manifest = BackupVerifier.Verify(backup, cancellation);
        RefuseNewer(manifest, backup);
        if (storage.NetworkFileSystem(folder) is { } network)
        {
            throw Refusal($"'{folder}' lies on a network file system ({network}), where no daemon runs. Name a folder on a disk of this machine.");
        }

        storage.CreateFolder(folder);
        RefuseFullDisk(manifest, folder, storage);
        using IDisposable held = storage.Lock(HostSchema.FileOf(folder) + ".lock");

        // The folder was empty, so what is there now is ours to take away.
        try
        {
            UnfinishedRestore.Begin(folder, storage);
            Copy(backup, manifest, folder, storage, cancellation);
            UnfinishedRestore.End(folder, storage);
            return manifest;
        }
        catch
        {
            held.Dispose();
            TryEmpty(folder, storage);
            throw;
        }
    }

    private static void RefuseTarget(string folder, IStorage storage)
    {
        if (RunningDaemon.Find(folder) is { } running)
        {
            throw Refusal($"A daemon ({running}) runs on '{folder}'. Restore into a new folder, then stop the daemon and give it that one as Data.");
        }

        UnfinishedRestore.Refuse(folder, storage);
        if (storage.Stamp(folder) is not null || (storage.FolderExists(folder) && storage.List(folder).Count > 0))
        {
            throw Refusal($"'{folder}' is not empty, and nothing is overwritten. Name a new folder with --data.");
        }
    }

    private static void RefuseNewer(BackupManifest manifest, BackupReader backup)
    {
        foreach (StateSchema known in new[] { StateSchema.Engine, HostSchema.Tables })
        {
            if (manifest.Tables.GetValueOrDefault(known.Name) is int version && version > known.Version)
            {
                throw Refusal(
                    $"The backup '{backup.Place}' has the tables of '{known.Name}' in version {version}, this program knows {known.Version}. Use the "
                    + $"program that wrote it ({manifest.Program}), or a newer one.");
            }
        }
    }

    private static void RefuseFullDisk(BackupManifest manifest, string folder, IStorage storage)
    {
        long free = storage.FreeBytes(folder);
        if (free < manifest.LengthBytes)
        {
            throw new StageException(
                FailureKind.Storage,
                $"The backup takes {ByteSize.Format(manifest.LengthBytes)}, and the disk of '{folder}' has {ByteSize.Format(free)} free. Make room, or name "
                + "a folder on another disk.")
            {
                IsDiskFull = true,
            };
        }
    }

    private static void Copy(BackupReader backup, BackupManifest manifest, string folder, IStorage storage, CancellationToken cancellation)
    {
        var target = new BackupFolderTarget(storage, folder);
        Dictionary<string, BackupFile> open = manifest.Files.ToDictionary(file => file.Path, StringComparer.Ordinal);
        backup.Read((path, stream) =>
        {
            if (open.Remove(path, out BackupFile? file) && target.Put(path, stream, cancellation) != file)
            {
                throw new StageException(
                    FailureKind.InvalidData, $"'{path}' of the backup '{backup.Place}' has changed since it was verified. Have the disk looked at.");
            }
        });
        if (open.Count > 0)
        {
            throw new StageException(
                FailureKind.InvalidData, $"'{open.Keys.First()}' of the backup '{backup.Place}' has gone since it was verified. Restore again.");
        }
    }

    private static void TryEmpty(string folder, IStorage storage)
    {
        // What cannot be taken away keeps its mark, so no daemon takes it for data. The mark goes last.
        try
        {
            foreach (StoredEntry entry in storage.List(folder).Where(entry => !UnfinishedRestore.IsMark(entry.Path)))
            {
                if (entry.IsFolder)
                {
                    storage.DeleteFolder(entry.Path);
                }
                else
                {
                    storage.Delete(entry.Path);
                }
            }

            UnfinishedRestore.End(folder, storage);
        }
        catch (StageException refused) when (refused.Kind == FailureKind.Storage)
        {
            return;
        }
    }

    private static StageException Refusal(string message) => new(FailureKind.InvalidRequest, message);
}
