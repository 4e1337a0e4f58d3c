using Pipeline.Engine.Cache;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Configuration;
using Pipeline.Host.Datasets;
using Pipeline.Host.Inbox;
using Pipeline.Host.Runs.Queue;
using Pipeline.Host.Service.Studies;
using Pipeline.Host.Telemetry;

namespace Pipeline.Host.Service;

/// <summary>The parts of an open daemon that may be looked at from any thread while it works.</summary>
/// <param name="Scope">The scope of its meter.</param>
/// <param name="DataPath">The data folder.</param>
/// <param name="Watched">Its watched folders and datasets at the moment of the call.</param>
/// <param name="StudySet">Its studies.</param>
/// <param name="Queue">The runs of all studies.</param>
/// <param name="State">What is remembered; for reading.</param>
/// <param name="Cache">Intermediates; for their statistics.</param>
/// <param name="Storage">Files; for reading.</param>
/// <param name="Disk">Whether the disk is full.</param>
/// <param name="Health">Whether the daemon does its work.</param>
/// <param name="Shares">The shares of the memory by name; for their figures.</param>
/// <param name="Arrivals">Bytes of what arrives.</param>
/// <param name="Started">When it was opened.</param>
/// <param name="Clock">Time.</param>
/// <param name="Folders">Watched folders and what their latest scan has found.</param>
internal sealed record DaemonSight(
    object Scope,
    string DataPath,
    Func<WatchedSet> Watched,
    StudySet StudySet,
    RunQueue Queue,
    StateDatabase State,
    ArtifactCache Cache,
    IStorage Storage,
    DiskGuard Disk,
    DaemonHealth Health,
    IReadOnlyList<(string Name, MemoryBudget Budget)> Shares,
    MemoryBudget Arrivals,
    DateTimeOffset Started,
    TimeProvider Clock,
    Func<IReadOnlyList<FolderSight>> Folders)
{
    /// <summary>Its datasets by name, at this moment.</summary>
    public IReadOnlyDictionary<string, DatasetStore> Stores => Watched().Stores;

    /// <summary>Takes what comes by other ways than folders.</summary>
    public required IntakeDoor Intake { get; init; }

    /// <summary>Counts what is asked over HTTP.</summary>
    public required Meters Meters { get; init; }

    /// <summary>Its studies as they are now; only their fixed properties and what any thread may ask is to be used.</summary>
    public IReadOnlyList<BoundStudyRunner> Studies => StudySet.Present;
}

/// <summary>A watched folder, to be looked at.</summary>
/// <param name="Options">Its settings.</param>
/// <param name="Scan">What the latest scan has found; null before the first.</param>
internal sealed record FolderSight(FolderOptions Options, FolderScan? Scan);
