using System.Globalization;
using Pipeline.Host.Tests.Reliability;

namespace Pipeline.DaemonBench;

/// <summary>What a process holds at one moment.</summary>
/// <param name="AnonymousBytes">Resident memory that is nobody's file.</param>
/// <param name="PeakBytes">The most resident memory of all kinds so far (VmHWM).</param>
/// <param name="HandleCount">Open file descriptors.</param>
/// <param name="ThreadCount">Threads.</param>
internal readonly record struct ProcessSight(long AnonymousBytes, long PeakBytes, int HandleCount, int ThreadCount)
{
    /// <summary>A look at a process, or null where it is gone.</summary>
    public static ProcessSight? Of(int process)
    {
        // A process may end between two looks.
        try
        {
            return ProcessMemory.Of(process) is { } memory
                ? new ProcessSight(memory.Anonymous, memory.Peak, Count(process, "fd"), Count(process, "task"))
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static int Count(int process, string what) =>
        Directory.EnumerateFileSystemEntries(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/{what}")).Count();
}
