using System.ComponentModel;

namespace Pipeline.Host.Http.Live;

/// <summary>A run with all that is known of it, as clients see it.</summary>
internal sealed record RunStatusView(
    [property: Description("Its number; later runs have greater ones.")] long Id,
    [property: Description("The study.")] string Study,
    [property: Description("What has asked for it: references, demand or schedule.")] string Trigger,
    [property: Description("From -10 to 10; greater goes first.")] int Priority,
    [property: Description("queued, running, paused, completed, refused, cancelled or failed.")] string State,
    [property: Description("True while it is in work, also while it winds down after a pause or a cancellation.")] bool InWork,
    [property: Description("What can be asked of it: pause, resume, cancel.")] IReadOnlyList<string> Possible,
    [property: Description("When it was asked for.")] DateTimeOffset Asked,
    [property: Description("When it was begun for the first time; null before.")] DateTimeOffset? Begun,
    [property: Description("When it ended; null before.")] DateTimeOffset? Ended,
    [property: Description("Why it ended as it did; empty where there is nothing to say.")] string Why,
    [property: Description("How far it is, as it said last; null where this process has heard nothing of it.")] RunProgressView? Progress,
    [property: Description("What its results come from; null before it is planned, and where its rows are dropped.")] ProvenanceView? Provenance,
    [property: Description("Path of its leaderboard; null without one.")] string? Leaderboard,
    [property: Description("Path of its report for people; null without one.")] string? Report,
    [property: Description("Path of the held-out predictions of its best candidates; null without them.")] string? Predictions,
    [property: Description("Path of its whole document of provenance; null without one.")] string? ProvenanceDocument,
    [property: Description("Path of its events.")] string Events);

/// <summary>How far a run is.</summary>
internal sealed record RunProgressView(
    [property: Description("Units that have an outcome.")] int UnitsDone,
    [property: Description("Units of its plan.")] int UnitsTotal,
    [property: Description("Share of the predicted work that is done, 0 to 1.")] double WorkDone,
    [property: Description("Seconds since it was taken up the last time.")] double ElapsedSeconds,
    [property: Description("Seconds still needed if the rest goes as the work so far; null before that can be said.")] double? RemainingSeconds,
    [property: Description("Units whose failure arose since it was taken up the last time.")] long Failures,
    [property: Description("Bytes reserved by its units.")] long MemoryBytes,
    [property: Description("The lowest RMSECV so far; null before the first, and for classes.")] double? Rmsecv,
    [property: Description("Of classes, the balanced accuracy of the best candidate so far; null before the first, and for numbers.")] double? BalancedAccuracy,
    [property: Description("The blocks, in the order in which units pass them.")] IReadOnlyList<BlockView> Blocks);

/// <summary>Where a block of a run stands.</summary>
internal sealed record BlockView(
    [property: Description("The block's name.")] string Name,
    [property: Description("Units that wait before it.")] int Waiting,
    [property: Description("The most units it holds.")] int Capacity,
    [property: Description("Units in work.")] int InWork,
    [property: Description("The most units in work.")] int Parallelism,
    [property: Description("Bytes reserved by the units in it.")] long BytesHeld,
    [property: Description("Units that have left it, with or without success.")] long Done,
    [property: Description("Units whose failure arose in it.")] long Failures,
    [property: Description("Seconds since it last moved.")] double SecondsSinceProgress);

/// <summary>What the results of a run come from.</summary>
internal sealed record ProvenanceView(
    [property: Description("Names samples and plan, 64 digits, for 'pipeline explain'.")] string Key,
    [property: Description("Units of its plan.")] int Units,
    [property: Description("The response.")] string? Response,
    [property: Description("The dataset's folder.")] string? Data,
    [property: Description("Key of the samples: spectra, references and groups.")] string? Samples,
    [property: Description("Key of the spectra alone.")] string? Spectra,
    [property: Description("How many samples.")] int? SampleCount,
    [property: Description("How many variables.")] int? VariableCount,
    [property: Description("How many groups of samples that belong together.")] int? GroupCount,
    [property: Description("The fold scheme with its seed.")] string? FoldScheme,
    [property: Description("How many folds.")] int? FoldCount,
    [property: Description("Key of the folds.")] string? Folds,
    [property: Description("The version of the program that wrote the results, else of the one that serves.")] string Program);

/// <summary>What a client asks of a run.</summary>
internal sealed record RunRequestView(
    [property: Description("From -10 to 10; greater goes first.")] int Priority = 0);

/// <summary>Something that has happened, as the state remembers it.</summary>
internal sealed record EventView(
    [property: Description("Its number, which is the id of the stream's message.")] long Seq,
    [property: Description("When it happened.")] DateTimeOffset Time,
    [property: Description("What sort of thing, such as 'run queued' or 'quarantined'.")] string Kind,
    [property: Description("What it is about: run/17, a dataset, a unit.")] string Subject,
    [property: Description("The same for people.")] string Text);

/// <summary>That events have been dropped before they could be sent.</summary>
internal sealed record GapView(
    [property: Description("The first event that is missing.")] long From,
    [property: Description("The last event that is missing.")] long To);
