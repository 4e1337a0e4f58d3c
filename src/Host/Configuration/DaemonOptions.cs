using System.Collections.Immutable;
using Pipeline.Host.Runs.Queue;
using Pipeline.Host.Service;

namespace Pipeline.Host.Configuration;

/// <summary>What the daemon watches and what it searches.</summary>
/// <param name="DataPath">Folder of everything the daemon keeps: sources, chunks, datasets, results, models.</param>
/// <param name="Folders">Watched folders.</param>
/// <param name="Studies">Studies bound to datasets.</param>
public sealed record DaemonOptions(string DataPath, ImmutableArray<FolderOptions> Folders, ImmutableArray<BoundStudyOptions> Studies)
{
    /// <summary>Datasets that need no folder: what they get comes over HTTP.</summary>
    public ImmutableArray<string> Datasets { get; init; } = [];

    /// <summary>How it is reached over HTTP; not at all where nothing is said.</summary>
    public HttpOptions Http { get; init; } = HttpOptions.Off;

    /// <summary>How long work in hand may take once the daemon is stopped.</summary>
    public TimeSpan DrainLimit { get; init; } = Drain.LimitDefault;

    /// <summary>How many runs, of different studies, are in work at the same time.</summary>
    public int RunsAtOnce { get; init; } = 1;

    /// <summary>Folder of the log files, or null for none.</summary>
    public string? LogsPath { get; init; }
}

/// <summary>One watched folder.</summary>
/// <param name="Name">Its name in messages.</param>
/// <param name="Path">The folder.</param>
/// <param name="Dataset">The dataset that its files go to.</param>
/// <param name="Pattern">Which files, such as <c>*.csv</c>, or several with a semicolon between.</param>
/// <param name="IsRecursive">Whether folders below are watched too.</param>
/// <param name="QuietPeriod">How long size and time of a file must not change before it is taken.</param>
/// <param name="ScanEvery">Time between two full scans.</param>
/// <param name="Afterwards">What happens to a finished source: leave, move, delete.</param>
public sealed record FolderOptions(
    string Name,
    string Path,
    string Dataset,
    string Pattern,
    bool IsRecursive,
    TimeSpan QuietPeriod,
    TimeSpan ScanEvery,
    string Afterwards)
{
    /// <summary>The name of the reader that all files are read by; null for the one that fits each.</summary>
    public string? Reader { get; init; }

    /// <summary>The ending of the empty file beside a finished one, such as <c>.done</c>, without which it is not taken; null for none.</summary>
    public string? Marker { get; init; }
}

/// <summary>A study that runs by itself.</summary>
/// <param name="Name">Its name in messages, results and models.</param>
/// <param name="Dataset">The dataset it is bound to.</param>
/// <param name="StudyPath">The study file, or null for the default study.</param>
/// <param name="Response">The response, in place of what the study file says.</param>
/// <param name="Group">The column of samples that belong together, in place of what the study file says.</param>
/// <param name="RunAfterReferences">A run starts when this many new reference values have come since the last one.</param>
public sealed record BoundStudyOptions(
    string Name, string Dataset, string? StudyPath, string? Response, string? Group, int RunAfterReferences)
{
    /// <summary>When it runs by the clock, or null.</summary>
    public Schedule? Schedule { get; init; }
}
