namespace Pipeline.Engine.State;

/// <summary>What the state knows of a unit: its result, or why it has none.</summary>
/// <param name="Result">The bytes of the result, or null.</param>
/// <param name="Failure">Why there is none, or null where there is one.</param>
public sealed record StoredOutcome(byte[]? Result, Failure? Failure)
{
    /// <summary>Whether another run computed it, and this run has no row of the unit yet.</summary>
    public bool IsFromOtherRun { get; init; }
}

/// <summary>A run with its times, as it is looked up later.</summary>
/// <param name="Id">Its number in the file.</param>
/// <param name="Study">The study's name.</param>
/// <param name="Key">Names samples and plan.</param>
/// <param name="State">Where it stands.</param>
/// <param name="UnitCount">Units of its plan.</param>
/// <param name="Begun">When it was begun last.</param>
/// <param name="Ended">When it ended, or null.</param>
/// <param name="Detail">What the caller has kept with it.</param>
/// <param name="About">What it is about, in the caller's words.</param>
/// <param name="EndedUnits">Units that have their outcome.</param>
public sealed record RecordedRun(
    long Id,
    string Study,
    Identity.Fingerprint Key,
    RunState State,
    int UnitCount,
    DateTimeOffset Begun,
    DateTimeOffset? Ended,
    string Detail,
    string About,
    int EndedUnits);

/// <summary>A unit of one run, as it is looked up later.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Key">The unit.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Deaths">How often a process ended while it was computed.</param>
/// <param name="Attempts">How often it stopped its flow.</param>
/// <param name="Failure">Why it has no result, or null.</param>
/// <param name="Description">What it is, in the caller's bytes; null before it has ended.</param>
public sealed record RecordedUnit(
    long RunId, Identity.Fingerprint Key, UnitState State, int Deaths, int Attempts, string? Failure, byte[]? Description);

/// <summary>A result without its bytes, as it is looked up later.</summary>
/// <param name="Digest">The digest of the bytes.</param>
/// <param name="LengthBytes">How many there are.</param>
/// <param name="Seconds">How long they took to compute.</param>
/// <param name="Time">When they were kept.</param>
/// <param name="Epoch">Which opening of the database that was.</param>
/// <param name="Program">The version of the program that computed them.</param>
/// <param name="IsFile">Whether the bytes lie in a file beside the database.</param>
public sealed record RecordedResult(
    Identity.Fingerprint Digest, long LengthBytes, double Seconds, DateTimeOffset Time, long Epoch, string Program, bool IsFile);
