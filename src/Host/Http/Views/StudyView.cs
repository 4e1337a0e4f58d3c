using System.ComponentModel;
using System.Text.Json;

namespace Pipeline.Host.Http.Views;

/// <summary>A study that is bound to a dataset, as clients see it.</summary>
internal sealed record StudyView(
    [property: Description("The study's name.")] string Name,
    [property: Description("The dataset it is bound to.")] string Dataset,
    [property: Description("New reference values that start a run.")] int RunAfterReferences,
    [property: Description("Reference values that the latest run had, complete or refused.")] int References,
    [property: Description("What is tried and how it is judged, as in a study file.")] JsonElement Definition,
    [property: Description("The latest run; null before the first.")] RunView? LatestRun,
    [property: Description("True where there is a leaderboard.")] bool HasLeaderboard,
    [property: Description("True where there is a model.")] bool HasModel,
    [property: Description("Why it waits for a person; null where it does not.")] string? Refusal);

/// <summary>A run as clients see it.</summary>
internal sealed record RunView(
    [property: Description("Its number, as at /v1/runs.")] long Id,
    [property: Description("Names samples and plan, 64 digits; null before it is planned.")] string? Key,
    [property: Description("queued, running, paused, completed, refused, cancelled or failed.")] string State,
    [property: Description("When it was asked for.")] DateTimeOffset Asked,
    [property: Description("When it was begun for the first time; null before.")] DateTimeOffset? Begun,
    [property: Description("When it ended; null before.")] DateTimeOffset? Ended);
