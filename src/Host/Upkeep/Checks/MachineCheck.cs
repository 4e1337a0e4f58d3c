using System.Globalization;
using Pipeline.Engine;

namespace Pipeline.Host.Upkeep.Checks;

/// <summary>Looks at the machine: memory, threads, libraries, clock, limits of the system.</summary>
internal static class MachineCheck
{
    private const int OpenFilesMin = 1024;
    private const int FoldersCountedMax = 1_000_000;
    private const int YearMin = 2025;
    private const int YearMax = 2100;

    // What the service itself watches, and other programs of the same user.
    private const int OtherWatchers = 8;

    /// <summary>The findings.</summary>
    public static IEnumerable<Finding> Run(CheckSubject subject) =>
    [
        Memory(subject), Threads(subject), Sqlite(subject.Machine), .. Compression(subject.Machine), Clock(subject.Machine), OpenFiles(subject.Machine),
        Watches(subject),
    ];

    private static Finding Memory(CheckSubject subject)
    {
        const string Check = "memory";
        (long given, long there) = (subject.Process.MemoryBytes, subject.Machine.MemoryBytes);
        string found = $"Pipeline:Memory is {ByteSize.Format(given)}; the machine or the container lets this process have {ByteSize.Format(there)}";
        if (given > there)
        {
            return Finding.Problem(
                Check,
                found + ".",
                $"Lower Pipeline:Memory below {ByteSize.Format(there / 4 * 3)}, or say 'auto', or raise the container's limit.");
        }

        return given > there / 4 * 3
            ? Finding.Warning(Check, found + ": little is left for what lies outside the heap, and for others.", "Lower Pipeline:Memory, or say 'auto'.")
            : Finding.Ok(Check, found + ".");
    }

    private static Finding Threads(CheckSubject subject)
    {
        string found = string.Create(CultureInfo.InvariantCulture, $"Pipeline:Threads is {subject.Process.Threads} on {subject.Machine.Processors} processors");
        return subject.Process.Threads > subject.Machine.Processors
            ? Finding.Warning("threads", found + ": more threads than processors compute nothing sooner.", "Lower Pipeline:Threads, or say 'auto'.")
            : Finding.Ok("threads", found + ".");
    }

    private static Finding Sqlite(MachineFacts machine) => machine.SqliteVersion is { } version
        ? Finding.Ok("SQLite", $"Version {version}.")
        : Finding.Problem("SQLite", "No SQLite library was found; nothing can be remembered.", "Install the system's package (libsqlite3-0, sqlite-libs).");

    private static IEnumerable<Finding> Compression(MachineFacts machine)
    {
        yield return machine.HasLz4
            ? Finding.Ok("LZ4", "The system's library is there.")
            : Finding.Warning(
                "LZ4",
                "No LZ4 library was found: Arrow files compressed with it go to quarantine.",
                "Install it (Debian: liblz4-1, Fedora: lz4-libs), if such files come.");
        yield return machine.HasZstandard
            ? Finding.Ok("Zstandard", "The system's library is there.")
            : Finding.Warning(
                "Zstandard",
                "No Zstandard library was found: Arrow files compressed with it go to quarantine.",
                "Install it (Debian: libzstd1, Fedora: libzstd), if such files come.");
    }

    private static Finding Clock(MachineFacts machine)
    {
        string now = machine.Now.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        return machine.Now.Year is >= YearMin and <= YearMax
            ? Finding.Ok("clock", $"It is {now}.")
            : Finding.Problem("clock", $"The clock says {now}, which cannot be.", "Set the clock, and have it kept by NTP.");
    }

    private static Finding OpenFiles(MachineFacts machine)
    {
        const string Check = "open files";
        return machine.OpenFilesMax is not { } most ? Finding.Ok(Check, "The system does not tell a limit.")
            : most < OpenFilesMin ? Finding.Warning(
                Check,
                string.Create(CultureInfo.InvariantCulture, $"A process of this user may have {most} files open; at least {OpenFilesMin} are wanted."),
                "Raise the limit (LimitNOFILE= of the unit, ulimit -n).")
            : Finding.Ok(Check, string.Create(CultureInfo.InvariantCulture, $"A process of this user may have {most} open."));
    }

    private static Finding Watches(CheckSubject subject)
    {
        const string Check = "folder events";
        if (subject.Machine is not { WatchesMax: { } watches, WatchersMax: { } watchers })
        {
            return Finding.Ok(Check, "The system does not tell a limit.");
        }

        int folders = subject.Daemon.Folders.Sum(folder => Count(folder.Path, folder.IsRecursive));
        int wanted = subject.Daemon.Folders.Length + OtherWatchers;
        string found = string.Create(
            CultureInfo.InvariantCulture, $"Folders to watch: {folders}; the system allows {watches} to each user, by {watchers} watchers");
        if (folders > watches)
        {
            return Finding.Warning(
                Check,
                found + ": some give no events, and their files are found by scans only.",
                "Raise fs.inotify.max_user_watches (sysctl).");
        }

        return wanted > watchers
            ? Finding.Warning(
                Check,
                found + ": some folders give no events, and their files are found by scans only.",
                "Raise fs.inotify.max_user_instances (sysctl).")
            : Finding.Ok(Check, found + ".");
    }

    private static int Count(string path, bool isRecursive)
    {
        if (!isRecursive || !Directory.Exists(path))
        {
            return 1;
        }

        // A folder that goes meanwhile needs no watch.
        try
        {
            var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
            return 1 + Directory.EnumerateDirectories(path, "*", options).Take(FoldersCountedMax).Count();
        }
        catch (IOException)
        {
            return 1;
        }
    }
}
