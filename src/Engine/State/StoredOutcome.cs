namespace Pipeline.Engine.State;

/// <summary>What the state knows of a unit: its result, or why it has none.</summary>
/// <param name="Result">The bytes of the result, or null.</param>
/// <param name="Failure">Why there is none, or null where there is one.</param>
public sealed record StoredOutcome(byte[]? Result, Failure? Failure);

/// <summary>A run as its row says.</summary>
/// <param name="Study">The study's name.</param>
/// <param name="Key">Names samples and plan.</param>
/// <param name="State">Where it stands.</param>
/// <param name="UnitCount">Units of its plan.</param>
/// <param name="Detail">What the caller has kept with it.</param>
public sealed record StoredRun(string Study, Identity.Fingerprint Key, RunState State, int UnitCount, string Detail);

/// <summary>Something that happened, as the state keeps it.</summary>
/// <param name="Number">Counts up, without a gap that means anything.</param>
/// <param name="Time">When, in milliseconds of UTC since 1970; for people only.</param>
/// <param name="Kind">What, in a word of the code.</param>
/// <param name="Subject">About what.</param>
/// <param name="Text">In words.</param>
public sealed record StateEvent(long Number, long Time, string Kind, string Subject, string Text);
