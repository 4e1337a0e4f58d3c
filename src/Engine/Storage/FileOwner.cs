using System.Runtime.InteropServices;

namespace Pipeline.Engine.Storage;

/// <summary>Owner and number of a file, and what this process may do with one, which the class library does not tell.</summary>
/// <param name="User">The user's number.</param>
/// <param name="Inode">The file's number on its disk.</param>
public readonly partial record struct FileOwner(uint User, ulong Inode)
{
    private const int Here = -100;
    private const uint BasicFields = 0x7FF;
    private const int LookBytes = 256;
    private const int ReadAccess = 4;
    private const int WriteAccess = 2;
    private const int FolderAccess = 1;

    /// <summary>Looks at a path; null where it does not exist or the system does not tell.</summary>
    public static FileOwner? At(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        // An old C library may lack the call; then nothing is known.
        try
        {
            // struct statx, the same on every architecture: user u32 at 20, inode u64 at 32.
            Span<byte> answer = stackalloc byte[LookBytes];
            answer.Clear();
            return Call(Here, path, 0, BasicFields, ref MemoryMarshal.GetReference(answer)) == 0
                ? new FileOwner(MemoryMarshal.Read<uint>(answer[20..]), MemoryMarshal.Read<ulong>(answer[32..]))
                : null;
        }
        catch (Exception missing) when (missing is EntryPointNotFoundException or DllNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The user of this process; null where the system does not tell.</summary>
    public static uint? Present => OperatingSystem.IsLinux() ? EffectiveUser() : null;

    /// <summary>True where this process may list a folder and read its files; also where the system does not tell.</summary>
    public static bool MayRead(string folder) => May(folder, ReadAccess | FolderAccess);

    /// <summary>True where this process may add files to a folder and remove them; also where the system does not tell.</summary>
    public static bool MayWrite(string folder) => May(folder, WriteAccess | FolderAccess);

    private static bool May(string folder, int access) => OperatingSystem.IsWindows() || MayAccess(folder, access) == 0;

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MayAccess(string path, int access);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Call(int folder, string path, int flags, uint mask, ref byte answer);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
