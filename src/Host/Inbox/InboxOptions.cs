using System.Collections.Immutable;
using Pipeline.Engine;

namespace Pipeline.Host.Inbox;

/// <summary>One watched folder, with its limits.</summary>
public sealed record InboxOptions
{
    /// <summary>The folder, as a full path.</summary>
    public required string Path { get; init; }

    /// <summary>The patterns of file names, with * and ?, case ignored.</summary>
    public ImmutableArray<string> Patterns { get; init; } = ["*"];

    /// <summary>The name of the reader that must be used; null for the one that fits each file.</summary>
    public string? Reader { get; init; }

    /// <summary>The ending of the file beside a finished one, without which it is not taken; null where none is wanted.</summary>
    public string? Marker { get; init; }

    /// <summary>True where folders in the folder are watched as well.</summary>
    public bool IsRecursive { get; init; }

    /// <summary>What happens to a file once its bytes are safe.</summary>
    public FinishedSource Finished { get; init; } = FinishedSource.Leave;

    /// <summary>How long a file must not have changed before it is read.</summary>
    public TimeSpan QuietPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an empty file may wait for its content before it goes to quarantine.</summary>
    public TimeSpan EmptyPeriod { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The longest time between two scans.</summary>
    public TimeSpan RescanPeriod { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>False where events of the system are not asked for, as for a network share.</summary>
    public bool UsesEvents { get; init; } = true;

    /// <summary>The longest file, in bytes; a longer one is left alone and reported.</summary>
    public long FileBytesMax { get; init; } = 2L << 30;

    /// <summary>The longest path, in characters; a longer one is left alone and reported.</summary>
    public int PathCharsMax { get; init; } = 1024;

    /// <summary>The most files that one scan reads; the others follow in the next one, which looks at all files anew.</summary>
    public int FilesPerScanMax { get; init; } = 10_000;

    /// <summary>The most files that are taken together.</summary>
    public int GroupFilesMax { get; init; } = Datasets.DatasetStore.GroupFilesMax;

    /// <summary>The most bytes of files that are taken together; a longer file is taken alone.</summary>
    public long GroupBytesMax { get; init; } = 16L << 20;

    /// <summary>The most files that are looked at in one folder with its subfolders.</summary>
    public int FilesTrackedMax { get; init; } = 1_000_000;

    /// <summary>The most levels of subfolders.</summary>
    public int FolderDepthMax { get; init; } = 16;

    /// <summary>Called with the sources of a group whose fate is new; after the manifest is durable, before the files are released.</summary>
    /// <remarks>
    /// A release that fails is tried again without a second call. A crash may swallow a call, never the data: after a restart
    /// the manifest says what there is.
    /// </remarks>
    public Func<ImmutableArray<Datasets.IngestOutcome>, ValueTask>? IngestedAsync { get; init; }

    /// <summary>Waits while nothing may be taken, such as while the disk is full; asked before every scan and every group.</summary>
    public Func<CancellationToken, ValueTask>? HoldAsync { get; init; }

    /// <summary>Reserves memory for files of that many bytes, until they have found their place.</summary>
    public Func<long, CancellationToken, ValueTask<IDisposable>>? ReserveAsync { get; init; }

    /// <summary>Called with what a scan has found, before it takes anything.</summary>
    public Action<ScanReport>? Scanned { get; init; }

    /// <summary>Called with every failure of the disk; the file is tried again.</summary>
    public Action<StageException>? Failed { get; init; }

    /// <summary>Called with messages for the operator, each once while its cause lasts.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Where finished files go with <see cref="FinishedSource.Move"/>.</summary>
    internal string DonePath => System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, "done"));

    /// <summary>Refuses impossible options, naming all that is wrong at once.</summary>
    /// <exception cref="ArgumentException">At least one option is impossible.</exception>
    public InboxOptions Validate()
    {
        List<string> problems = [];
        Require(System.IO.Path.IsPathFullyQualified(Path), $"Path is '{Path}', expected a full path");
        Require(!Patterns.IsDefaultOrEmpty, "Patterns is empty, expected one such as *.csv");
        Require(QuietPeriod > TimeSpan.Zero, $"QuietPeriod is {QuietPeriod}, expected more than 0 s");
        Require(EmptyPeriod >= QuietPeriod, $"EmptyPeriod is {EmptyPeriod}, expected at least the QuietPeriod, {QuietPeriod}");
        Require(RescanPeriod > TimeSpan.Zero, $"RescanPeriod is {RescanPeriod}, expected more than 0 s");
        Require(FileBytesMax > 0, $"FileBytesMax is {FileBytesMax}, the least is 1");
        Require(PathCharsMax > 0, $"PathCharsMax is {PathCharsMax}, the least is 1");
        Require(FilesPerScanMax > 0, $"FilesPerScanMax is {FilesPerScanMax}, the least is 1");
        Require(
            GroupFilesMax is > 0 && GroupFilesMax <= Datasets.DatasetStore.GroupFilesMax,
            $"GroupFilesMax is {GroupFilesMax}, expected 1 to {Datasets.DatasetStore.GroupFilesMax}");
        Require(GroupBytesMax > 0, $"GroupBytesMax is {GroupBytesMax}, the least is 1");
        Require(FilesTrackedMax > 0, $"FilesTrackedMax is {FilesTrackedMax}, the least is 1");
        Require(FolderDepthMax >= 0, $"FolderDepthMax is {FolderDepthMax}, the least is 0");
        return problems.Count == 0
            ? this
            : throw new ArgumentException($"Impossible options of the folder '{Path}'. " + string.Join("; ", problems) + ".");

        void Require(bool holds, string problem)
        {
            if (!holds)
            {
                problems.Add(problem);
            }
        }
    }
}

/// <summary>What happens to a file once its bytes are safe.</summary>
public enum FinishedSource
{
    /// <summary>It stays; a later version under its name supersedes it.</summary>
    Leave,

    /// <summary>It goes to the folder of finished files.</summary>
    Move,

    /// <summary>It is deleted.</summary>
    Delete,
}
