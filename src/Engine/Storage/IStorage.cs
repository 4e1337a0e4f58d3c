using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Storage;

/// <summary>The few things that are done with files where bytes must survive a power cut.</summary>
/// <remarks>
/// Every failure is a <see cref="StageException"/> of kind <see cref="FailureKind.Storage"/> that names path and reason.
/// A full disk is marked: <see cref="StageException.IsDiskFull"/>. What fails leaves no temporary behind, as far as the disk
/// still lets itself be cleaned; a file that could not be flushed is given up, for a second flush would lie about lost bytes.
/// Paths are absolute. Calls on different paths may run side by side; writers of one path are the caller's business.
/// </remarks>
public interface IStorage
{
    /// <summary>Opens a file for reading from front to back; others may go on writing, renaming or deleting it.</summary>
    /// <remarks>Pipes, sockets and devices are refused where the system tells them, for reading one could block for ever.</remarks>
    Stream OpenRead(string path);

    /// <summary>Writes a whole file durably: a temporary in the same folder, fsync, rename, fsync of the folder.</summary>
    /// <remarks>
    /// A reader sees the earlier file or the new one, never a part. What <paramref name="content"/> throws passes unchanged, but
    /// for what the file system refuses.
    /// </remarks>
    void Write(string path, Action<Stream> content);

    /// <summary>Copies a stream into a file while hashing it, and makes the bytes durable.</summary>
    /// <param name="source">Where the bytes come from.</param>
    /// <param name="target">A temporary name (see <see cref="StorageNames.IsTemporary"/>), overwritten; give it its final one by
    /// <see cref="Move(string, string)"/>.</param>
    /// <param name="bytesMax">The most bytes; a longer source is refused and nothing is left behind.</param>
    /// <param name="cancellation">Ends the copy.</param>
    CopiedBytes CopyIn(Stream source, string target, long bytesMax, CancellationToken cancellation);

    /// <summary>As <see cref="CopyIn"/>, but the bytes are durable only after <see cref="Flush"/>, which many copies can share.</summary>
    /// <remarks>The disk begins to write at once. The file stays open until it is flushed or disposed.</remarks>
    UnflushedFile CopySoon(Stream source, string target, long bytesMax, CancellationToken cancellation) =>
        new(target, CopyIn(source, target, bytesMax, cancellation), null);

    /// <summary>Makes copies durable and closes them.</summary>
    void Flush(IReadOnlyList<UnflushedFile> files)
    {
    }

    /// <summary>Writes a whole file by way of a temporary and a rename, and flushes nothing.</summary>
    /// <remarks>A power cut may leave it missing, empty or torn: only for what is checked when it is read and can be made again.</remarks>
    void WriteSoon(string path, Action<Stream> content) => Write(path, content);

    /// <summary>Length and time of a file, or null where there is none.</summary>
    FileStamp? Stamp(string path);

    /// <summary>True where the folder exists.</summary>
    bool FolderExists(string path);

    /// <summary>Makes a folder with its parents, durably; one that exists is made durable.</summary>
    void CreateFolder(string path);

    /// <summary>Files and folders directly in a folder, in ordinal order of their names; links and special files are left out.</summary>
    IReadOnlyList<StoredEntry> List(string folder);

    /// <summary>Gives a file another name durably, replacing what has that name.</summary>
    /// <remarks>From one disk to another the bytes are copied and durable before the first file is deleted.</remarks>
    void Move(string from, string to);

    /// <summary>As <see cref="Move(string, string)"/> for many files; after a failure any of them may have its new name, durably or not.</summary>
    void Move(IReadOnlyList<(string From, string To)> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach ((string from, string to) in names)
        {
            Move(from, to);
        }
    }

    /// <summary>Gives a folder another name durably, on the same disk; nothing may have that name.</summary>
    void MoveFolder(string from, string to);

    /// <summary>Deletes a file durably; nothing happens where there is none.</summary>
    void Delete(string path);

    /// <summary>As <see cref="Delete(string)"/> for many files; after a failure any of them may be gone.</summary>
    void Delete(IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        foreach (string path in paths)
        {
            Delete(path);
        }
    }

    /// <summary>Deletes a folder with everything in it, durably; nothing happens where there is none.</summary>
    /// <remarks>A crash may leave a part of it: who needs all or nothing gives it a temporary name first.</remarks>
    void DeleteFolder(string path);

    /// <summary>Bytes that may still be written to the disk of a path.</summary>
    long FreeBytes(string path);

    /// <summary>The name of the network file system that a path (or what exists of it) lies on; null where it lies on this machine.</summary>
    /// <remarks>Unknown file systems count as local.</remarks>
    string? NetworkFileSystem(string path);

    /// <summary>Takes a lock file that no other process or object can take until it is disposed.</summary>
    IDisposable Lock(string path);
}

/// <summary>What a copy has found out about its bytes.</summary>
/// <param name="Digest">SHA-256 of the bytes.</param>
/// <param name="LengthBytes">Number of bytes.</param>
public readonly record struct CopiedBytes(Fingerprint Digest, long LengthBytes);

/// <summary>A file that was written and is not durable yet.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Copied">What the copy has found out.</param>
/// <param name="Open">The open file: the system tells a failed write to whoever held it open; null where it is durable already.</param>
public sealed record UnflushedFile(string Path, CopiedBytes Copied, Stream? Open) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Open?.Dispose();
}

/// <summary>What tells whether a file has changed: compared for equality only, for clocks jump.</summary>
/// <param name="LengthBytes">Number of bytes.</param>
/// <param name="ModifiedTicks">Time of the last change, in ticks of UTC.</param>
public readonly record struct FileStamp(long LengthBytes, long ModifiedTicks);

/// <summary>A file or folder as a listing shows it.</summary>
/// <param name="Path">The full path.</param>
/// <param name="IsFolder">True for a folder.</param>
/// <param name="Stamp">Length and time of a file.</param>
public readonly record struct StoredEntry(string Path, bool IsFolder, FileStamp Stamp);
