using System.Globalization;
using Pipeline.Engine.Identity;

namespace Pipeline.Host.Runs.Queue;

/// <summary>A run as it is remembered: one request to run a study, from the asking to the end.</summary>
/// <param name="Id">Its number; later ones are greater.</param>
/// <param name="Study">The study.</param>
/// <param name="Trigger">What has asked for it.</param>
/// <param name="Priority">Greater goes first; -10 to 10.</param>
/// <param name="Phase">Where it stands.</param>
/// <param name="Known">How many reference values there were when it was asked for.</param>
/// <param name="Asked">When it was asked for.</param>
/// <param name="Begun">When it was begun for the first time; null before.</param>
/// <param name="Ended">When it ended; null before.</param>
/// <param name="Why">Why it ended as it did; empty where there is nothing to say.</param>
/// <param name="Key">Names samples and plan, as the engine's row of what is computed; null before it is planned.</param>
/// <param name="Folder">Where its results lie below the data folder; empty without results.</param>
internal sealed record QueuedRun(
    long Id,
    string Study,
    RunTrigger Trigger,
    int Priority,
    RunPhase Phase,
    int Known,
    DateTimeOffset Asked,
    DateTimeOffset? Begun,
    DateTimeOffset? Ended,
    string Why,
    Fingerprint? Key,
    string Folder)
{
    /// <summary>The least priority.</summary>
    public const int PriorityMin = -10;

    /// <summary>The greatest priority.</summary>
    public const int PriorityMax = 10;

    /// <summary>True once nothing more can happen to it.</summary>
    public bool HasEnded => Phase >= RunPhase.Completed;

    /// <summary>What events call it.</summary>
    public string Subject => SubjectOf(Id);

    /// <summary>What events call the run of a number.</summary>
    public static string SubjectOf(long id) => $"run/{id.ToString(CultureInfo.InvariantCulture)}";
}
