using System.Buffers;
using System.Security.Cryptography;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Storage;

/// <summary>Files on a disk of this machine, or on a share that behaves like one.</summary>
/// <remarks>
/// Stateless; safe for all threads. A folder is synchronised where the system knows how to (not on Windows). No flush is
/// ever tried twice: after a failure the system may call lost bytes clean, so the temporary is given up and the caller
/// begins again from his source.
/// </remarks>
public sealed class LocalStorage : IStorage
{
    private readonly IFileSystem _files;

    /// <summary>The disks of this machine.</summary>
    public LocalStorage()
        : this(new SystemFiles())
    {
    }

    /// <summary>The same operations over other steps.</summary>
    internal LocalStorage(IFileSystem files) => _files = files;

    /// <inheritdoc/>
    public Stream OpenRead(string path) => Guard(path, "read", () => _files.OpenRead(path));

    /// <inheritdoc/>
    public void Write(string path, Action<Stream> content) => Write(path, content, isDurable: true);

    /// <inheritdoc/>
    public void WriteSoon(string path, Action<Stream> content) => Write(path, content, isDurable: false);

    /// <inheritdoc/>
    public CopiedBytes CopyIn(Stream source, string target, long bytesMax, CancellationToken cancellation)
    {
        RefuseOther(source, target);
        return Guard(target, "written", () =>
        {
            CopiedBytes copied = default;
            WriteTemporary(target, file => copied = Copy(source, target, file, bytesMax, cancellation), isDurable: true);
            return copied;
        });
    }

    /// <inheritdoc/>
    public UnflushedFile CopySoon(Stream source, string target, long bytesMax, CancellationToken cancellation)
    {
        RefuseOther(source, target);
        return Guard(target, "written", () =>
        {
            Stream? file = null;
            UnflushedFile? written = null;
            try
            {
                file = _files.Create(target);
                CopiedBytes copied = Copy(source, target, file, bytesMax, cancellation);
                _files.BeginFlush(file);
                return written = new UnflushedFile(target, copied, file);
            }
            finally
            {
                if (written is null)
                {
                    file?.Dispose();
                    Discard(target);
                }
            }
        });
    }

    /// <inheritdoc/>
    public void Flush(IReadOnlyList<UnflushedFile> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        foreach (UnflushedFile file in files)
        {
            Guard(file.Path, "written", () =>
            {
                if (file.Open is { } open)
                {
                    _files.Flush(open);
                    open.Dispose();
                }
            });
        }
    }

    /// <inheritdoc/>
    public FileStamp? Stamp(string path) => Guard(path, "looked at", () => _files.Stamp(path));

    /// <inheritdoc/>
    public bool FolderExists(string path) => _files.FolderExists(path);

    /// <inheritdoc/>
    public void CreateFolder(string path) => Guard(path, "made", () =>
    {
        // From the first missing folder down, each new name is flushed into its parent.
        var missing = new Stack<string>();
        string? folder = path;
        for (; folder is not null && !_files.FolderExists(folder); folder = Path.GetDirectoryName(folder))
        {
            missing.Push(folder);
        }

        FlushNameOf(folder);
        while (missing.TryPop(out folder))
        {
            _files.MakeFolder(folder);
            _files.FlushFolder(Path.GetDirectoryName(folder)!);
        }
    });

    /// <inheritdoc/>
    public IReadOnlyList<StoredEntry> List(string folder) => Guard(folder, "listed", () =>
    {
        List<StoredEntry> entries = _files.List(folder);
        entries.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        return entries;
    });

    /// <inheritdoc/>
    public void Move(string from, string to) => Move([(from, to)]);

    /// <inheritdoc/>
    public void Move(IReadOnlyList<(string From, string To)> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var folders = new List<string>();
        foreach ((string from, string to) in names)
        {
            Guard(from, $"moved to '{to}'", () =>
            {
                if (_files.Rename(from, to))
                {
                    AddFolders(folders, from, to);
                    return;
                }

                using (Stream source = _files.OpenRead(from))
                {
                    Replace(to, source.CopyTo, isDurable: true);
                }

                _files.Remove(from);
                _files.FlushFolder(Path.GetDirectoryName(from)!);
            });
        }

        foreach (string folder in folders)
        {
            Guard(folder, "flushed", () => _files.FlushFolder(folder));
        }
    }

    /// <inheritdoc/>
    public void MoveFolder(string from, string to) => Guard(from, $"moved to '{to}'", () =>
    {
        _files.RenameFolder(from, to);
        var folders = new List<string>();
        AddFolders(folders, from, to);
        folders.ForEach(_files.FlushFolder);
    });

    /// <inheritdoc/>
    public void Delete(string path) => Delete([path]);

    /// <inheritdoc/>
    public void Delete(IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        HashSet<string> folders = [];
        foreach (string path in paths)
        {
            Guard(path, "deleted", () =>
            {
                if (_files.Stamp(path) is not null)
                {
                    _files.Remove(path);
                    folders.Add(Path.GetDirectoryName(path)!);
                }
            });
        }

        foreach (string folder in folders)
        {
            Guard(folder, "flushed", () => _files.FlushFolder(folder));
        }
    }

    /// <inheritdoc/>
    public void DeleteFolder(string path) => Guard(path, "deleted", () =>
    {
        if (_files.FolderExists(path))
        {
            _files.RemoveFolder(path);
            _files.FlushFolder(Path.GetDirectoryName(path)!);
        }
    });

    /// <inheritdoc/>
    public long FreeBytes(string path) => Guard(path, "asked for free space", () => _files.FreeBytes(path));

    /// <inheritdoc/>
    public string? NetworkFileSystem(string path) => Guard(path, "looked at", () => _files.NetworkFileSystem(path));

    /// <inheritdoc/>
    public IDisposable Lock(string path) =>
        Guard(path, "locked; another process of this program may be using the folder", () => _files.Lock(path));

    private void Write(string path, Action<Stream> content, bool isDurable)
    {
        ArgumentNullException.ThrowIfNull(content);
        bool isContent = false;
        Guard(
            path,
            "written",
            () => Replace(path, file =>
            {
                // A wrong argument or an unsupported call in here is the caller's, not the disk's.
                isContent = true;
                content(file);
                isContent = false;
            }, isDurable),
            error => !isContent || error is IOException or UnauthorizedAccessException);
    }

    private static void RefuseOther(Stream source, string target)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!StorageNames.IsTemporary(target))
        {
            throw new ArgumentException($"Expected a name ending in {StorageNames.TemporaryEnding}, found '{target}'.", nameof(target));
        }
    }

    /// <summary>Writes a file under a temporary name, then gives it its own.</summary>
    private void Replace(string path, Action<Stream> content, bool isDurable)
    {
        string temporary = path + StorageNames.TemporaryEnding;
        WriteTemporary(temporary, content, isDurable);
        bool isNamed = false;
        try
        {
            // Both names lie in one folder, so the rename cannot leave the device.
            isNamed = _files.Rename(temporary, path);
        }
        finally
        {
            if (!isNamed)
            {
                Discard(temporary);
            }
        }

        if (isDurable)
        {
            _files.FlushFolder(Path.GetDirectoryName(path)!);
        }
    }

    private void WriteTemporary(string temporary, Action<Stream> content, bool isDurable)
    {
        bool isComplete = false;
        try
        {
            using (Stream file = _files.Create(temporary))
            {
                content(file);
                if (isDurable)
                {
                    _files.Flush(file);
                }
            }

            isComplete = true;
        }
        finally
        {
            if (!isComplete)
            {
                Discard(temporary);
            }
        }
    }

    /// <summary>Removes what could not be completed; on a full disk it holds the space that is missed.</summary>
    private void Discard(string temporary)
    {
        // Why it could not be completed is on its way to the caller; a leftover is overwritten by the next attempt.
        try
        {
            _files.Remove(temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return;
        }
    }

    private void FlushNameOf(string? folder)
    {
        if (folder is null || Path.GetDirectoryName(folder) is not { } parent)
        {
            return;
        }

        // An earlier process may have been killed after it made this folder and before it flushed the name. Where the parent
        // may not be read, the folder was not made by this program.
        try
        {
            _files.FlushFolder(parent);
        }
        catch (UnauthorizedAccessException)
        {
            return;
        }
    }

    /// <summary>Adds the folders of both names where they are missing, targets first: a name must not be gone before its new one is there.</summary>
    private static void AddFolders(List<string> folders, string from, string to)
    {
        string target = Path.GetDirectoryName(to)!;
        string source = Path.GetDirectoryName(from)!;
        if (!folders.Contains(target))
        {
            folders.Insert(0, target);
        }

        if (!folders.Contains(source))
        {
            folders.Add(source);
        }
    }

    private static CopiedBytes Copy(Stream source, string target, Stream file, long bytesMax, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(SystemFiles.BufferBytes);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long length = 0;
            for (int read; (read = Read(source, target, buffer)) > 0;)
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

            return new CopiedBytes(Fingerprint.FromHash(hash.GetHashAndReset()), length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int Read(Stream source, string target, byte[] buffer)
    {
        // Whoever reads the message must look at the disk of the source, not at that of the target.
        try
        {
            return source.Read(buffer, 0, buffer.Length);
        }
        catch (IOException error)
        {
            throw new StageException(
                FailureKind.Storage, $"The source of '{target}' cannot be read: {error.Message} Check the disk or the share it lies on.", error);
        }
    }

    private static void Guard(string path, string action, Action body, Func<Exception, bool>? isOurs = null) => Guard(
        path,
        action,
        () =>
        {
            body();
            return true;
        },
        isOurs);

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
            bool isFull = DiskFull.IsReasonOf(error);
            string remedy = isFull ? "Free some space on this disk." : "Check the disk, the path and its permissions.";
            throw new StageException(FailureKind.Storage, $"'{path}' cannot be {action}: {error.Message} {remedy}", error)
            {
                IsDiskFull = isFull,
            };
        }
    }
}
