using System.Globalization;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>Resident memory of a process, as the kernel counts it.</summary>
/// <param name="Anonymous">Bytes that are nobody's file: heap, stacks, compiled code.</param>
/// <param name="Files">Bytes of mapped files.</param>
/// <param name="Peak">The most bytes of both together so far.</param>
internal readonly record struct ProcessMemory(long Anonymous, long Files, long Peak)
{
    /// <summary>The memory now, or null where the process is gone.</summary>
    public static ProcessMemory? Of(int process)
    {
        // A process may end between two looks.
        try
        {
            string[] lines = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status"));
            long Of(string name) => lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
                ? long.Parse(line.AsSpan(name.Length).Trim().ToString().Split(' ')[0], CultureInfo.InvariantCulture) << 10
                : 0;
            long anonymous = Of("RssAnon:");
            return anonymous == 0 ? null : new ProcessMemory(anonymous, Of("RssFile:"), Of("VmHWM:"));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
