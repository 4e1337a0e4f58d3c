using System.Globalization;
using System.Runtime.InteropServices;

namespace Pipeline.DaemonBench;

/// <summary>What a figure was measured on.</summary>
internal static class Machine
{
    /// <summary>Processors, memory, system and the file system of a folder, in one line.</summary>
    public static string Describe(string folder) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} processors, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB memory, {RuntimeInformation.OSDescription}, {new DriveInfo(folder).DriveFormat}, .NET {Environment.Version}");
}
