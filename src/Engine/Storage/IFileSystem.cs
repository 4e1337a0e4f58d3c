namespace Pipeline.Engine.Storage;

/// <summary>The single steps of a file system, none of which is durable before it is flushed.</summary>
/// <remarks>
/// Fails as System.IO does. <see cref="LocalStorage"/> makes durable operations of these steps; the tests give it a disk
/// that loses its power between any two of them.
/// </remarks>
internal interface IFileSystem
{
    /// <summary>Opens a regular file for reading; anything else (a pipe, a device) is refused, for reading it could block.</summary>
    Stream OpenRead(string path);

    /// <summary>Makes an empty file for writing, or empties the one that is there.</summary>
    Stream Create(string path);

    /// <summary>Makes what has been written into a file durable, but not its name.</summary>
    void Flush(Stream file);

    /// <summary>Lets the disk begin to write a file, so that a later flush waits less; a hint that may do nothing.</summary>
    void BeginFlush(Stream file);

    /// <summary>Makes the names in a folder durable.</summary>
    /// <exception cref="UnauthorizedAccessException">The folder may not be opened.</exception>
    void FlushFolder(string folder);

    /// <summary>Length and time of a regular file, or null where there is none.</summary>
    FileStamp? Stamp(string path);

    /// <summary>True where the folder exists.</summary>
    bool FolderExists(string path);

    /// <summary>Makes one folder whose parent exists.</summary>
    void MakeFolder(string path);

    /// <summary>Regular files and folders in a folder, in any order; links and special files are left out.</summary>
    List<StoredEntry> List(string folder);

    /// <summary>Renames a file, replacing what has that name.</summary>
    /// <returns>False where the two names lie on different devices; nothing has happened then.</returns>
    bool Rename(string from, string to);

    /// <summary>Renames a folder; nothing may have the new name.</summary>
    void RenameFolder(string from, string to);

    /// <summary>Removes a file; nothing happens where there is none.</summary>
    void Remove(string path);

    /// <summary>Removes a folder with everything in it.</summary>
    void RemoveFolder(string path);

    /// <summary>Bytes that may still be written to the disk of a path.</summary>
    long FreeBytes(string path);

    /// <summary>Takes a lock file.</summary>
    IDisposable Lock(string path);

    /// <summary>The name of the network file system that a path lies on, or null.</summary>
    string? NetworkFileSystem(string path);
}
