using Pipeline.Engine.Storage;

namespace Pipeline.Host.Upkeep.Backups;

/// <summary>A folder that becomes a backup; each file is durable before the next one begins.</summary>
internal sealed class BackupFolderTarget(IStorage storage, string folder) : IBackupTarget
{
    private string? _made;

    /// <inheritdoc/>
    public BackupFile Put(string path, Stream source, CancellationToken cancellation)
    {
        string place = Path.Combine(folder, path);
        string parent = Path.GetDirectoryName(place)!;
        if (parent != _made)
        {
            storage.CreateFolder(parent);
            _made = parent;
        }

        BackupFile? put = null;
        storage.Write(place, target => put = HashedCopy.Of(path, source, target, cancellation));
        return put!;
    }
}
