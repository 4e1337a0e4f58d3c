using System.Globalization;
using System.Runtime.InteropServices;
using Pipeline.Engine;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Configuration;

namespace Pipeline.Host.Upkeep.Checks;

/// <summary>What the checks must know of the machine; tests give other facts.</summary>
internal sealed record MachineFacts
{
    private static readonly string[] Lz4 = OperatingSystem.IsWindows() ? ["liblz4.dll", "lz4.dll"]
        : OperatingSystem.IsMacOS() ? ["liblz4.1.dylib", "liblz4.dylib", "/opt/homebrew/lib/liblz4.1.dylib"] : ["liblz4.so.1", "liblz4.so"];

    private static readonly string[] Zstandard = OperatingSystem.IsWindows() ? ["libzstd.dll", "zstd.dll"]
        : OperatingSystem.IsMacOS() ? ["libzstd.1.dylib", "libzstd.dylib", "/opt/homebrew/lib/libzstd.1.dylib"] : ["libzstd.so.1", "libzstd.so"];

    /// <summary>The present time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Memory that this process may use, by the machine or its container.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Processors that this process may use.</summary>
    public required int Processors { get; init; }

    /// <summary>Files that a process of this user may have open, or null where the system does not tell.</summary>
    public required long? OpenFilesMax { get; init; }

    /// <summary>Folders that may be watched for events, or null as above.</summary>
    public required long? WatchesMax { get; init; }

    /// <summary>Watchers that there may be, or null as above.</summary>
    public required long? WatchersMax { get; init; }

    /// <summary>The SQLite library's version, or null where there is none.</summary>
    public required string? SqliteVersion { get; init; }

    /// <summary>Whether LZ4 is there.</summary>
    public required bool HasLz4 { get; init; }

    /// <summary>Whether Zstandard is there.</summary>
    public required bool HasZstandard { get; init; }

    /// <summary>The user of this process, or null as above.</summary>
    public required uint? User { get; init; }

    /// <summary>Whether this user may read a folder.</summary>
    public Func<string, bool> MayRead { get; init; } = FileOwner.MayRead;

    /// <summary>Whether this user may add files to a folder and remove them.</summary>
    public Func<string, bool> MayWrite { get; init; } = FileOwner.MayWrite;

    /// <summary>The facts of this machine.</summary>
    public static MachineFacts Read(TimeProvider clock) => new()
    {
        Now = clock.GetUtcNow(),
        MemoryBytes = PipelineOptions.MemoryThere,
        Processors = Environment.ProcessorCount,
        OpenFilesMax = OpenFiles(),
        WatchesMax = NumberIn("/proc/sys/fs/inotify/max_user_watches"),
        WatchersMax = NumberIn("/proc/sys/fs/inotify/max_user_instances"),
        SqliteVersion = Sqlite(),
        HasLz4 = HasOneOf(Lz4),
        HasZstandard = HasOneOf(Zstandard),
        User = FileOwner.Present,
    };

    private static string? Sqlite()
    {
        try
        {
            return StateView.SqliteVersion;
        }
        catch (StageException)
        {
            // Safe: that there is none is what was asked.
            return null;
        }
    }

    private static bool HasOneOf(string[] names)
    {
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint library))
            {
                NativeLibrary.Free(library);
                return true;
            }
        }

        return false;
    }

    private static long? OpenFiles() => Lines("/proc/self/limits")
        .Where(line => line.StartsWith("Max open files", StringComparison.Ordinal))
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3])
        .Select(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : (long?)null)
        .FirstOrDefault();

    private static long? NumberIn(string path) =>
        long.TryParse(Lines(path).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static string[] Lines(string path)
    {
        // Only Linux has these files, and a sandbox may hide them; then nothing is known.
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
