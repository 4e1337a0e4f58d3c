using Pipeline.Engine;

namespace Pipeline.Host.Inbox;

/// <summary>What one scan of a watched folder has found.</summary>
public sealed record ScanReport
{
    /// <summary>Files that match the patterns.</summary>
    public int ListedCount { get; init; }

    /// <summary>Files that are quiet and not known.</summary>
    public int ReadyCount { get; init; }

    /// <summary>Files that were read.</summary>
    public int ReadCount { get; init; }

    /// <summary>Files that are not quiet yet.</summary>
    public int WaitingCount { get; init; }

    /// <summary>False where settled files are left for the next scan.</summary>
    public bool IsComplete { get; init; } = true;

    /// <summary>True where the folder is not there; nothing is concluded from that.</summary>
    public bool IsFolderMissing { get; init; }

    /// <summary>The first failure of the disk, or null; nothing is lost and a later scan tries again.</summary>
    public Failure? Failure { get; init; }
}

/// <summary>A scan that has ended.</summary>
/// <param name="Report">What it has found.</param>
/// <param name="Time">When it ended.</param>
public sealed record FolderScan(ScanReport Report, DateTimeOffset Time);
