using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Storage;

/// <summary>The few things that are done with files where bytes must survive a power cut.</summary>
/// <remarks>
/// Every failure is a <see cref="StageException"/> of kind <see cref="FailureKind.Storage"/> that names path and reason.
/// Paths are absolute. Calls on different paths may run side by side; writers of one path are the caller's business.
/// </remarks>
public interface IStorage
{
    /// <summary>Opens a file for reading from front to back; others may go on writing, renaming or deleting it.</summary>
    Stream OpenRead(string path);

    /// <summary>Writes a whole file durably: a temporary in the same folder, fsync, rename, fsync of the folder.</summary>
    /// <remarks>
    /// A reader sees the earlier file or the new one, never a part. What <paramref name="content"/> throws passes unchanged, but
    /// for what the file system refuses.
    /// </remarks>
    void Write(string path, Action<Stream> content);

    /// <summary>Copies a stream into a file while hashing it, and makes the bytes durable.</summary>
    /// <param name="source">Where the bytes come from.</param>
    /// <param name="target">A temporary name (see <see cref="StorageNames.IsTemporary"/>), overwritten; give it its final one by <see cref="Move"/>.</param>
    /// <param name="bytesMax">The most bytes; a longer source is refused and nothing is left behind.</param>
    /// <param name="cancellation">Ends the copy.</param>
    CopiedBytes CopyIn(Stream source, string target, long bytesMax, CancellationToken cancellation);

    /// <summary>Length and time of a file, or null where there is none.</summary>
    FileStamp? Stamp(string path);

    /// <summary>True where the folder exists.</summary>
    bool FolderExists(string path);

    /// <summary>Makes a folder with its parents, durably; nothing happens where it exists.</summary>
    void CreateFolder(string path);

    /// <summary>Files and folders directly in a folder, in ordinal order of their names; links are left out.</summary>
    IReadOnlyList<StoredEntry> List(string folder);

    /// <summary>Gives a file another name durably, replacing what has that name.</summary>
    void Move(string from, string to);

    /// <summary>Deletes a file durably; nothing happens where there is none.</summary>
    void Delete(string path);

    /// <summary>Bytes that may still be written to the disk of a path.</summary>
    long FreeBytes(string path);

    /// <summary>Takes a lock file that no other process or object can take until it is disposed.</summary>
    IDisposable Lock(string path);
}

/// <summary>What a copy has found out about its bytes.</summary>
/// <param name="Digest">SHA-256 of the bytes.</param>
/// <param name="LengthBytes">Number of bytes.</param>
public readonly record struct CopiedBytes(Fingerprint Digest, long LengthBytes);

/// <summary>What tells whether a file has changed: compared for equality only, for clocks jump.</summary>
/// <param name="LengthBytes">Number of bytes.</param>
/// <param name="ModifiedTicks">Time of the last change, in ticks of UTC.</param>
public readonly record struct FileStamp(long LengthBytes, long ModifiedTicks);

/// <summary>A file or folder as a listing shows it.</summary>
/// <param name="Path">The full path.</param>
/// <param name="IsFolder">True for a folder.</param>
/// <param name="Stamp">Length and time of a file.</param>
public readonly record struct StoredEntry(string Path, bool IsFolder, FileStamp Stamp);
