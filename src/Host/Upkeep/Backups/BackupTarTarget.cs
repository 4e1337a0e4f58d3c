using System.Formats.Tar;

namespace Pipeline.Host.Upkeep.Backups;

/// <summary>A tar file that becomes a backup.</summary>
internal sealed class BackupTarTarget(Stream stream, DateTimeOffset time) : IBackupTarget, IDisposable
{
    private readonly TarWriter _writer = new(stream, TarEntryFormat.Pax, leaveOpen: true);

    /// <inheritdoc/>
    public BackupFile Put(string path, Stream source, CancellationToken cancellation)
    {
        // Read twice, for the archive wants the bytes at once; nobody writes into a file that has its name.
        BackupFile file = HashedCopy.Of(path, source, null, cancellation);
        source.Position = 0;
        _writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = source, ModificationTime = time });
        return file;
    }

    /// <summary>Ends the archive.</summary>
    public void Dispose() => _writer.Dispose();
}
