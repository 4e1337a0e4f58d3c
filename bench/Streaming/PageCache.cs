using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.StreamingBench;

/// <summary>What the system keeps of a file and of this process, on Linux.</summary>
internal static partial class PageCache
{
    private const int DontNeed = 4;
    private const int PieceBytes = 4 << 20;

    /// <summary>Takes a file out of the memory of the system, so that the next read comes from the disk.</summary>
    public static void Drop(string path)
    {
        // The system keeps what it has not yet written.
        using SafeFileHandle handle = File.OpenHandle(path, access: FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(handle);
        _ = Advise(handle, 0, 0, DontNeed);
    }

    /// <summary>Seconds of a plain read from front to back by one thread.</summary>
    public static double Read(string path)
    {
        byte[] piece = new byte[PieceBytes];
        long start = Stopwatch.GetTimestamp();
        using SafeFileHandle handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
        long position = 0;
        for (int count; (count = RandomAccess.Read(handle, piece, position)) > 0;)
        {
            position += count;
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Forgets the most memory that this process has had so far.</summary>
    public static void ResetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");

    /// <summary>Resident memory now, and the most since the start or the last reset, in MiB.</summary>
    public static (double Now, double Peak) Memory()
    {
        string[] lines = File.ReadAllLines("/proc/self/status");
        return (Of("VmRSS:"), Of("VmHWM:"));

        double Of(string name) => double.Parse(
            lines.First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture) / 1024;
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeHandle file, long offset, long length, int advice);
}
