using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Engine.Storage;

/// <summary>What a look at one name has found.</summary>
/// <param name="Mode">Type and permissions as the system writes them; 0 where there is nothing.</param>
/// <param name="Stamp">Length and time.</param>
/// <param name="Device">Number of the device, major and minor.</param>
internal readonly record struct FileLook(int Mode, FileStamp Stamp, (uint Major, uint Minor) Device)
{
    private const int TypeMask = 0xF000;
    private const int Folder = 0x4000;
    private const int Regular = 0x8000;
    private const int Link = 0xA000;

    /// <summary>True for a regular file.</summary>
    public bool IsFile => (Mode & TypeMask) == Regular;

    /// <summary>True for a folder.</summary>
    public bool IsFolder => (Mode & TypeMask) == Folder;

    /// <summary>True for a pipe, a socket or a device: what may block whoever reads it.</summary>
    public bool IsSpecial => (Mode & TypeMask) is not (0 or Regular or Folder or Link);
}

/// <summary>The calls of Linux, and of Unix, that the class library does not have.</summary>
/// <remarks>Safe for all threads. Where the C library lacks a call, the answer is that nothing is known.</remarks>
internal static partial class UnixFiles
{
    private const int Here = -100;
    private const int NoFollow = 0x100;
    private const uint BasicFields = 0x7FF;
    private const int LookBytes = 256;
    private const uint BeginWriteFlag = 2;
    private const int NoEntry = 2;
    private const int NotPermitted = 1;
    private const int AccessDenied = 13;
    private const int OtherDevice = 18;
    private const int NoFolder = 20;

    private static readonly bool HasLook = OperatingSystem.IsLinux() && TryLook();

    /// <summary>True where <see cref="Look"/> knows an answer.</summary>
    public static bool IsLookAvailable => HasLook;

    /// <summary>Looks at a name by one call; null where the call does not exist.</summary>
    public static FileLook? Look(string path, bool followLinks) => HasLook ? LookAt(path, followLinks) : null;

    /// <summary>Renames a file in one step.</summary>
    /// <returns>False where the two names lie on different devices.</returns>
    public static bool Rename(string from, string to)
    {
        if (RenameFile(from, to) == 0)
        {
            return true;
        }

        int error = Marshal.GetLastPInvokeError();
        return error == OtherDevice ? false : throw Failure(error, from);
    }

    /// <summary>Lets the disk begin to write a file; where the system has no such call, nothing happens.</summary>
    public static void BeginFlush(SafeFileHandle file)
    {
        // Whether it has begun says nothing, and the flush that follows says everything: the answer is not looked at.
        if (HasLook)
        {
            _ = BeginWrite(file, 0, 0, BeginWriteFlag);
        }
    }

    /// <summary>The name of the network file system of an existing path, or null.</summary>
    public static string? NetworkFileSystem(string path)
    {
        // 120 bytes are what the largest known layout takes; the type stands first in all of them.
        Span<byte> answer = stackalloc byte[LookBytes];
        answer.Clear();
        if (FileSystemOf(path, ref MemoryMarshal.GetReference(answer)) != 0)
        {
            return null;
        }

        uint type = IntPtr.Size == 8 && RuntimeInformation.ProcessArchitecture != Architecture.S390x
            ? (uint)MemoryMarshal.Read<long>(answer)
            : MemoryMarshal.Read<uint>(answer);
        if (type != NetworkFileSystems.UserSpace)
        {
            return NetworkFileSystems.NameOf(type);
        }

        // A file system in user space may be a disk or a network; only the table of mounts tells which program serves it.
        return Look(path, followLinks: true) is { } look
            ? NetworkFileSystems.NameOfUserSpace(File.ReadLines("/proc/self/mountinfo"), look.Device.Major, look.Device.Minor)
            : null;
    }

    /// <summary>The exception for an error number, as the class library would throw it.</summary>
    internal static Exception Failure(int error, string path)
    {
        string reason = $"{Marshal.GetPInvokeErrorMessage(error)}: '{path}'.";
        return error switch
        {
            NotPermitted or AccessDenied => new UnauthorizedAccessException(reason),
            NoEntry => new FileNotFoundException(reason),
            _ => new IOException(reason, error),
        };
    }

    private static FileLook LookAt(string path, bool followLinks)
    {
        Span<byte> answer = stackalloc byte[LookBytes];
        answer.Clear();
        if (LookCall(Here, path, followLinks ? 0 : NoFollow, BasicFields, ref MemoryMarshal.GetReference(answer)) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            return error is NoEntry or NoFolder ? default : throw Failure(error, path);
        }

        // struct statx, the same on every architecture: mode u16 at 28, size u64 at 40, modified s64 + u32 at 112, device at 136.
        long seconds = Read<long>(answer, 112);
        uint nanoseconds = Read<uint>(answer, 120);
        long ticks = unchecked(DateTime.UnixEpoch.Ticks + (seconds * TimeSpan.TicksPerSecond) + (nanoseconds / 100));
        return new FileLook(
            Read<ushort>(answer, 28), new FileStamp(Read<long>(answer, 40), ticks), (Read<uint>(answer, 136), Read<uint>(answer, 140)));
    }

    private static T Read<T>(ReadOnlySpan<byte> answer, int offset)
        where T : struct => MemoryMarshal.Read<T>(answer[offset..]);

    private static bool TryLook()
    {
        // An old C library or a sandbox may lack the call; the class library is asked then.
        try
        {
            return LookAt("/", followLinks: true).IsFolder;
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LookCall(int folder, string path, int flags, uint mask, ref byte answer);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int BeginWrite(SafeFileHandle file, long offset, long count, uint flags);

    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FileSystemOf(string path, ref byte answer);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameFile(string from, string to);
}
