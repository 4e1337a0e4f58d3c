using System.Globalization;
using System.Runtime.InteropServices;

namespace Pipeline.DaemonBench;

/// <summary>What a figure was measured on.</summary>
internal static class Machine
{
    /// <summary>The mean number of runnable threads during the last minute, those of the daemon and of this program among them.</summary>
    public static string Load => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    /// <summary>Processors, memory, system and the file system of a folder, in one line.</summary>
    public static string Describe(string folder) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} processors, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB memory, {RuntimeInformation.OSDescription}, {new DriveInfo(folder).DriveFormat}, .NET {Environment.Version}");
}
