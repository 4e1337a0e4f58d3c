using Pipeline.Engine.Cache;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Datasets;
using Pipeline.Host.Telemetry;

namespace Pipeline.Host.Service;

/// <summary>The parts of an open daemon that may be looked at from any thread while it works.</summary>
/// <param name="Scope">The scope of its meter.</param>
/// <param name="DataPath">The data folder.</param>
/// <param name="Watched">Its watched folders and datasets at the moment of the call.</param>
/// <param name="Studies">Its studies; only their fixed properties and <see cref="BoundStudyRunner.Refusal"/> may be read.</param>
/// <param name="State">What is remembered; for reading.</param>
/// <param name="Cache">Intermediates; for their statistics.</param>
/// <param name="Storage">Files; for reading.</param>
/// <param name="Disk">Whether the disk is full.</param>
/// <param name="Health">Whether the daemon does its work.</param>
internal sealed record DaemonSight(
    object Scope,
    string DataPath,
    Func<WatchedSet> Watched,
    IReadOnlyList<BoundStudyRunner> Studies,
    StateDatabase State,
    ArtifactCache Cache,
    IStorage Storage,
    DiskGuard Disk,
    DaemonHealth Health)
{
    /// <summary>Its datasets by name, at this moment.</summary>
    public IReadOnlyDictionary<string, DatasetStore> Stores => Watched().Stores;

    /// <summary>Takes what comes by other ways than folders.</summary>
    public required IntakeDoor Intake { get; init; }

    /// <summary>Counts what is asked over HTTP.</summary>
    public required Meters Meters { get; init; }
}
