using System.Runtime.InteropServices;

namespace Pipeline.Engine.Storage;

/// <summary>Makes the names in a folder durable, which a rename alone does not.</summary>
internal static partial class FolderSync
{
    private const int ReadOnlyFlag = 0;
    private const int InvalidArgument = 22;

    /// <summary>Flushes a folder's entries to the disk; does nothing on Windows, whose file systems journal them.</summary>
    /// <exception cref="UnauthorizedAccessException">The folder may not be opened.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int handle = Open(folder, ReadOnlyFlag);
        if (handle < 0)
        {
            throw UnixFiles.Failure(Marshal.GetLastPInvokeError(), folder);
        }

        try
        {
            // Some network shares do not know this call; there the server decides, and nothing can be done.
            if (Flush(handle) != 0 && Marshal.GetLastPInvokeError() is int error and not InvalidArgument)
            {
                throw UnixFiles.Failure(error, folder);
            }
        }
        finally
        {
            _ = Close(handle);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}
