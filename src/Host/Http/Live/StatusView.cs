using System.ComponentModel;
using Pipeline.Host.Http.Views;

namespace Pipeline.Host.Http.Live;

/// <summary>The whole daemon, as one page of status shows it.</summary>
internal sealed record StatusView(
    [property: Description("starting, serving, draining, or paused while the disk is full.")] string State,
    [property: Description("True where it does its work, as at /ready.")] bool Ready,
    [property: Description("Why not; empty where it is ready.")] IReadOnlyList<ReasonView> Reasons,
    [property: Description("The program's version.")] string Version,
    [property: Description("When it was started.")] DateTimeOffset Started,
    [property: Description("Seconds since then.")] double UptimeSeconds,
    [property: Description("Bytes that the process holds in memory.")] long ResidentBytes,
    [property: Description("The shares of the memory.")] IReadOnlyList<ShareView> Memory,
    [property: Description("Free bytes of the data folder's disk; null where it cannot be asked.")] long? DiskFreeBytes,
    [property: Description("The cache.")] CacheView Cache,
    [property: Description("The datasets.")] IReadOnlyList<DatasetStatusView> Datasets,
    [property: Description("The watched folders.")] IReadOnlyList<FolderStatusView> Folders,
    [property: Description("The studies.")] IReadOnlyList<StudyStatusView> Studies,
    [property: Description("Runs that have not ended: those in work first, then as they will be taken.")] IReadOnlyList<RunStatusView> Runs,
    [property: Description("The latest events, the newest first.")] IReadOnlyList<EventView> Events);

/// <summary>A share of the memory.</summary>
internal sealed record ShareView(
    [property: Description("arrivals, samples, work or cache.")] string Name,
    [property: Description("Its bytes.")] long CapacityBytes,
    [property: Description("Bytes of it that are reserved or kept.")] long UsedBytes,
    [property: Description("Reservations that wait.")] int Waiting);

/// <summary>A dataset in the status.</summary>
internal sealed record DatasetStatusView(
    [property: Description("The dataset's name.")] string Name,
    [property: Description("Sources that have joined.")] int Sources,
    [property: Description("Distinct samples.")] int Samples,
    [property: Description("Reference values known, of all responses.")] int References,
    [property: Description("Sources in quarantine.")] int Quarantined,
    [property: Description("When it last changed; null where that is no longer remembered.")] DateTimeOffset? LastArrival);

/// <summary>A watched folder in the status.</summary>
internal sealed record FolderStatusView(
    [property: Description("Its name.")] string Name,
    [property: Description("Its path.")] string Path,
    [property: Description("The dataset that its files join.")] string Dataset,
    [property: Description("Files that are not quiet yet; null before the first scan.")] int? Waiting,
    [property: Description("When the latest scan ended; null before the first.")] DateTimeOffset? LastScan,
    [property: Description("True where the folder is not there.")] bool IsMissing);

/// <summary>A study in the status.</summary>
internal sealed record StudyStatusView(
    [property: Description("The study's name.")] string Name,
    [property: Description("The dataset it is bound to.")] string Dataset,
    [property: Description("idle, queued, running, paused, or refused where it waits for a person.")] string State,
    [property: Description("Why it waits for a person; null where it does not.")] string? Refusal,
    [property: Description("Number of the latest run; null before the first.")] long? LatestRun,
    [property: Description("State of the latest run; null before the first.")] string? LatestRunState,
    [property: Description("First digits of the key of the run that made the present model; null without model.")] string? Model,
    [property: Description("Its schedule; null without one.")] string? Schedule,
    [property: Description("When it is due next by its schedule; null without one.")] DateTimeOffset? NextScheduled);
