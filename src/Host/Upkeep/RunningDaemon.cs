using System.Globalization;
using Pipeline.Engine.Storage;
using Pipeline.Host.State;

namespace Pipeline.Host.Upkeep;

/// <summary>The process that holds the lock of a data folder.</summary>
/// <param name="ProcessId">Its number, where the system tells.</param>
internal sealed record RunningDaemon(int? ProcessId)
{
    private const string SystemLocks = "/proc/locks";

    /// <summary>Finds the process without touching the lock, as far as the system has a list of locks; null where nobody holds it.</summary>
    public static RunningDaemon? Find(string dataPath)
    {
        string path = HostSchema.FileOf(Path.GetFullPath(dataPath)) + ".lock";
        if (!File.Exists(path))
        {
            return null;
        }

        return File.Exists(SystemLocks) && FileOwner.At(path) is { } look
            ? FindIn(File.ReadLines(SystemLocks), look.Inode)
            : IsHeld(path) ? new RunningDaemon((int?)null) : null;
    }

    /// <summary>Finds the writer of a file in the system's list of locks.</summary>
    /// <param name="locks">Lines such as <c>1: FLOCK ADVISORY WRITE 4711 08:01:1234 0 EOF</c>; those that only wait have an arrow.</param>
    /// <param name="inode">The file's number.</param>
    internal static RunningDaemon? FindIn(IEnumerable<string> locks, ulong inode)
    {
        string ending = string.Create(CultureInfo.InvariantCulture, $":{inode}");
        foreach (string[] fields in locks.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (fields.Length > 5 && fields[1] != "->" && fields[3] == "WRITE" && fields[5].EndsWith(ending, StringComparison.Ordinal))
            {
                // A process of another container has no number here.
                return new RunningDaemon(
                    int.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id > 0 ? id : null);
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => ProcessId is { } id ? $"process {id}" : "a process";

    private static bool IsHeld(string path)
    {
        // Held by a writer, the file cannot be shared even for reading.
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (Exception held) when (held is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
