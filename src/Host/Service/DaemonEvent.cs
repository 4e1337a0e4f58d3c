using System.Collections.Immutable;
using Pipeline.Engine.Storage;
using Pipeline.Host.Datasets;
using Pipeline.Host.Runs;
using Pipeline.Stages.Prediction;

namespace Pipeline.Host.Service;

/// <summary>Something that happened in the daemon, for whoever looks on.</summary>
public abstract record DaemonEvent
{
    /// <summary>A file has found its place.</summary>
    /// <param name="Outcome">What became of it.</param>
    public sealed record SourceIngested(IngestOutcome Outcome) : DaemonEvent;

    /// <summary>A study has run to its ranking.</summary>
    /// <param name="Study">The study.</param>
    /// <param name="Result">The result.</param>
    /// <param name="Folder">Where it lies.</param>
    public sealed record StudyCompleted(string Study, RunResult Result, string Folder) : DaemonEvent;

    /// <summary>A study could not run.</summary>
    /// <param name="Study">The study.</param>
    /// <param name="Message">Why, and what to do.</param>
    public sealed record StudyRefused(string Study, string Message) : DaemonEvent;

    /// <summary>Samples without reference value have been predicted.</summary>
    /// <param name="Study">The study whose model was used.</param>
    /// <param name="Rows">The predictions.</param>
    /// <param name="File">Where the predictions lie.</param>
    public sealed record SpectraPredicted(string Study, ImmutableArray<PredictionRow> Rows, string File) : DaemonEvent;

    /// <summary>The settings have been read again.</summary>
    /// <param name="Result">What became of it.</param>
    /// <param name="Text">What was applied and what waits for a restart, or why they were refused.</param>
    public sealed record SettingsReloaded(ReloadResult Result, string Text) : DaemonEvent;

    /// <summary>The disk has become full, or has room again.</summary>
    /// <param name="Change">Which, and how much is free.</param>
    public sealed record DiskChanged(DiskChange Change) : DaemonEvent;
}

/// <summary>What became of settings that were read again.</summary>
public enum ReloadResult
{
    /// <summary>They are valid and count from now on, but for what waits for a restart.</summary>
    Applied,

    /// <summary>Something in them is wrong; those from before stay in force as a whole.</summary>
    Refused,

    /// <summary>They mean the same as before.</summary>
    Unchanged,
}
