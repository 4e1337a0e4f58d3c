using System.IO.Enumeration;

namespace Pipeline.Engine.Storage;

/// <summary>The file system of this machine, step by step.</summary>
/// <remarks>
/// Stateless; safe for all threads. On Linux files are looked at by one <c>statx</c> each, which also tells pipes, sockets
/// and devices; elsewhere, and where that call is missing, the class library is asked and special files are not told apart.
/// A file that becomes a pipe between the look and the opening is not caught.
/// </remarks>
internal sealed class SystemFiles : IFileSystem
{
    /// <summary>The bytes of one read or write.</summary>
    public const int BufferBytes = 1 << 17;

    private const int BufferBytesMin = 1 << 12;

    /// <inheritdoc/>
    public Stream OpenRead(string path)
    {
        FileLook? look = UnixFiles.Look(path, followLinks: true);
        if (look is { IsSpecial: true })
        {
            throw new IOException("It is a pipe, a socket or a device, not a file.");
        }

        // A small file needs no more than its own length; the usual buffer would cost more than reading it does.
        int buffer = (int)Math.Clamp(look?.Stamp.LengthBytes ?? BufferBytes, BufferBytesMin, BufferBytes);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, buffer, FileOptions.SequentialScan);
    }

    /// <inheritdoc/>
    /// <remarks>It may be read while it is written: a copy is read before it is flushed.</remarks>
    public Stream Create(string path) => new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, BufferBytesMin);

    /// <inheritdoc/>
    public void BeginFlush(Stream file)
    {
        // Written to the system first, so that there is something to begin with.
        file.Flush();
        UnixFiles.BeginFlush(((FileStream)file).SafeFileHandle);
    }

    /// <inheritdoc/>
    public void Flush(Stream file) => ((FileStream)file).Flush(flushToDisk: true);

    /// <inheritdoc/>
    public void FlushFolder(string folder) => FolderSync.Flush(folder);

    /// <inheritdoc/>
    public FileStamp? Stamp(string path)
    {
        if (UnixFiles.Look(path, followLinks: true) is { } look)
        {
            return look.IsFile ? look.Stamp : null;
        }

        var file = new FileInfo(path);
        return file.Exists ? StampOf(file) : null;
    }

    /// <inheritdoc/>
    public bool FolderExists(string path) => Directory.Exists(path);

    /// <inheritdoc/>
    public void MakeFolder(string path) => Directory.CreateDirectory(path);

    /// <inheritdoc/>
    public List<StoredEntry> List(string folder)
    {
        // Nothing is skipped by attributes, for each attribute would be asked of the disk once more.
        var options = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false, ReturnSpecialDirectories = false };
        var paths = new FileSystemEnumerable<string>(folder, (ref FileSystemEntry entry) => entry.ToFullPath(), options);
        var entries = new List<StoredEntry>();
        foreach (string path in paths)
        {
            // A file may vanish between its name and its length; then it is simply not listed.
            if (EntryOf(path) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    /// <inheritdoc/>
    public bool Rename(string from, string to)
    {
        if (!OperatingSystem.IsWindows())
        {
            // The class library would copy from device to device without making the bytes durable.
            return UnixFiles.Rename(from, to);
        }

        if (!string.Equals(Path.GetPathRoot(from), Path.GetPathRoot(to), StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        File.Move(from, to, overwrite: true);
        return true;
    }

    /// <inheritdoc/>
    public void RenameFolder(string from, string to) => Directory.Move(from, to);

    /// <inheritdoc/>
    public void Remove(string path) => File.Delete(path);

    /// <inheritdoc/>
    public void RemoveFolder(string path) => Directory.Delete(path, recursive: true);

    /// <inheritdoc/>
    public long FreeBytes(string path) => new DriveInfo(path).AvailableFreeSpace;

    /// <inheritdoc/>
    public IDisposable Lock(string path) => new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    /// <inheritdoc/>
    public string? NetworkFileSystem(string path)
    {
        string? there = path;
        while (there is not null && !Path.Exists(there))
        {
            there = Path.GetDirectoryName(there);
        }

        if (there is null)
        {
            return null;
        }

        return OperatingSystem.IsLinux()
            ? UnixFiles.NetworkFileSystem(there)
            : new DriveInfo(there).DriveType == DriveType.Network ? "network drive" : null;
    }

    private static StoredEntry? EntryOf(string path)
    {
        if (UnixFiles.IsLookAvailable)
        {
            return UnixFiles.Look(path, followLinks: false) switch
            {
                { IsFile: true } file => new StoredEntry(path, false, file.Stamp),
                { IsFolder: true } => new StoredEntry(path, true, default),
                _ => null,
            };
        }

        var info = new FileInfo(path);
        if (info.Attributes == (FileAttributes)(-1) || info.Attributes.HasFlag(FileAttributes.ReparsePoint))
        {
            return null;
        }

        return info.Attributes.HasFlag(FileAttributes.Directory)
            ? new StoredEntry(path, true, default)
            : info.Exists ? new StoredEntry(path, false, StampOf(info)) : null;
    }

    private static FileStamp StampOf(FileInfo file) => new(file.Length, file.LastWriteTimeUtc.Ticks);
}
