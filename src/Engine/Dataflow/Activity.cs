namespace Pipeline.Engine.Dataflow;

/// <summary>Foreign code that runs now and must come to its end: a step's body, the sink's, or the source's.</summary>
/// <remarks>Immutable; the run keeps the list of them under its lock.</remarks>
internal sealed class Activity<TTicket>(
    string block, Envelope<TTicket>? envelope, TimeSpan patience, long begun, ActivityKind kind, long bytesWanted)
{
    /// <summary>Where it runs.</summary>
    public string Block { get; } = block;

    /// <summary>The ticket in its hands, or null while the source looks for one.</summary>
    public Envelope<TTicket>? Envelope { get; } = envelope;

    /// <summary>How long it may take.</summary>
    public TimeSpan Patience { get; } = patience;

    /// <summary>Timestamp of its beginning.</summary>
    public long Begun { get; } = begun;

    /// <summary>Which rule tells that it takes too long.</summary>
    public ActivityKind Kind { get; } = kind;

    /// <summary>What it waits for, where it waits for memory.</summary>
    public long BytesWanted { get; } = bytesWanted;
}

/// <summary>The kinds of foreign code, by what ends them.</summary>
internal enum ActivityKind
{
    /// <summary>Stops when the run stops; given up a grace period after that.</summary>
    HeedsStop,

    /// <summary>Waits for memory, which others hold who are watched themselves.</summary>
    WaitsForMemory,

    /// <summary>Is never cancelled, so it has its whole patience even when the run stops.</summary>
    NeverCanceled,
}
