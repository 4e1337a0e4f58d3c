using System.Buffers;
using System.Security.Cryptography;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Storage;

/// <summary>Files on a disk of this machine, or on a share that behaves like one.</summary>
/// <remarks>Stateless; safe for all threads. A folder is synchronised where the system knows how to (not on Windows).</remarks>
public sealed class LocalStorage : IStorage
{
    private const int BufferBytes = 1 << 17;

    /// <inheritdoc/>
    public Stream OpenRead(string path) => Guard(path, "read", () =>
        (Stream)new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferBytes, FileOptions.SequentialScan));

    /// <inheritdoc/>
    public void Write(string path, Action<Stream> content)
    {
        ArgumentNullException.ThrowIfNull(content);
        bool isContent = false;
        Guard(path, "written", WriteWhole, error => !isContent || error is IOException or UnauthorizedAccessException);

        bool WriteWhole()
        {
            string temporary = path + StorageNames.TemporaryEnding;
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes))
            {
                // A wrong argument or an unsupported call in here is the caller's, not the disk's.
                isContent = true;
                content(file);
                isContent = false;
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            FolderSync.Flush(Path.GetDirectoryName(path)!);
            return true;
        }
    }

    /// <inheritdoc/>
    public CopiedBytes CopyIn(Stream source, string target, long bytesMax, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!StorageNames.IsTemporary(target))
        {
            throw new ArgumentException($"Expected a name ending in {StorageNames.TemporaryEnding}, found '{target}'.", nameof(target));
        }

        return Guard(target, "written", () => Copy(source, target, bytesMax, cancellation));
    }

    /// <inheritdoc/>
    public FileStamp? Stamp(string path) => Guard(path, "looked at", () =>
    {
        var file = new FileInfo(path);
        return file.Exists ? new FileStamp(file.Length, file.LastWriteTimeUtc.Ticks) : (FileStamp?)null;
    });

    /// <inheritdoc/>
    public bool FolderExists(string path) => Directory.Exists(path);

    /// <inheritdoc/>
    public void CreateFolder(string path) => Guard(path, "made", () =>
    {
        // From the first missing folder down, each new name is flushed into its parent.
        var missing = new Stack<string>();
        for (string? folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            missing.Push(folder);
        }

        while (missing.TryPop(out string? folder))
        {
            Directory.CreateDirectory(folder);
            FolderSync.Flush(Path.GetDirectoryName(folder)!);
        }

        return true;
    });

    /// <inheritdoc/>
    public IReadOnlyList<StoredEntry> List(string folder) => Guard(folder, "listed", () =>
    {
        var options = new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };
        var entries = new List<StoredEntry>();
        foreach (FileSystemInfo info in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", options))
        {
            // A file may vanish between its name and its length; then it is simply not listed.
            if (info is FileInfo file)
            {
                file.Refresh();
                if (file.Exists)
                {
                    entries.Add(new StoredEntry(file.FullName, false, new FileStamp(file.Length, file.LastWriteTimeUtc.Ticks)));
                }
            }
            else
            {
                entries.Add(new StoredEntry(info.FullName, true, default));
            }
        }

        entries.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        return (IReadOnlyList<StoredEntry>)entries;
    });

    /// <inheritdoc/>
    public void Move(string from, string to) => Guard(from, $"moved to '{to}'", () =>
    {
        string source = Path.GetDirectoryName(from)!;
        string target = Path.GetDirectoryName(to)!;
        File.Move(from, to, overwrite: true);
        FolderSync.Flush(target);
        if (source != target)
        {
            FolderSync.Flush(source);
        }

        return true;
    });

    /// <inheritdoc/>
    public void Delete(string path) => Guard(path, "deleted", () =>
    {
        if (File.Exists(path))
        {
            File.Delete(path);
            FolderSync.Flush(Path.GetDirectoryName(path)!);
        }

        return true;
    });

    /// <inheritdoc/>
    public long FreeBytes(string path) => Guard(path, "asked for free space", () => new DriveInfo(path).AvailableFreeSpace);

    /// <inheritdoc/>
    public IDisposable Lock(string path) => Guard(path, "locked; another process of this program may be using the folder", () =>
        new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));

    private static CopiedBytes Copy(Stream source, string target, long bytesMax, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        bool finished = false;
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long length = 0;
            using (var file = new FileStream(target, FileMode.Create, FileAccess.Write, FileShare.None, 1))
            {
                for (int read; (read = source.Read(buffer, 0, buffer.Length)) > 0;)
                {
                    cancellation.ThrowIfCancellationRequested();
                    length += read;
                    if (length > bytesMax)
                    {
                        throw new StageException(
                            FailureKind.OverBudget,
                            $"Expected at most {ByteSize.Format(bytesMax)}, found more. Split the file, or raise the limit.");
                    }

                    file.Write(buffer, 0, read);
                    hash.AppendData(buffer, 0, read);
                }

                file.Flush(flushToDisk: true);
            }

            finished = true;
            return new CopiedBytes(Fingerprint.FromHash(hash.GetHashAndReset()), length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (!finished)
            {
                File.Delete(target);
            }
        }
    }

    private static T Guard<T>(string path, string action, Func<T> body, Func<Exception, bool>? isOurs = null)
    {
        // What the system refuses is the operator's to mend; each body leaves either nothing or a temporary behind.
        try
        {
            return body();
        }
        catch (Exception error) when ((error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            && isOurs?.Invoke(error) != false)
        {
            throw new StageException(
                FailureKind.Storage, $"'{path}' cannot be {action}: {error.Message} Check the disk, the path and its permissions.", error);
        }
    }
}
