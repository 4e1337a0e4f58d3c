using System.Runtime.InteropServices;

namespace Pipeline.Engine.Storage;

/// <summary>Owner and number of a file, which the class library does not tell.</summary>
/// <param name="User">The user's number.</param>
/// <param name="Inode">The file's number on its disk.</param>
public readonly partial record struct FileOwner(uint User, ulong Inode)
{
    private const int Here = -100;
    private const uint BasicFields = 0x7FF;
    private const int LookBytes = 256;

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

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Call(int folder, string path, int flags, uint mask, ref byte answer);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
