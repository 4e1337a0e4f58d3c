namespace Pipeline.Engine.Dataflow;

/// <summary>Says that a pipeline stopped for a reason of its own, where, and with which ticket.</summary>
/// <remarks>
/// Nothing that reached its outcome is undone; every other ticket has none and is to be run again by whoever
/// remembers them. Never thrown for a cancellation that the caller asked for.
/// </remarks>
public sealed class FlowStoppedException : Exception
{
    /// <summary>A stop at one block.</summary>
    public FlowStoppedException(
        string pipeline, string block, StopReason reason, object? ticket, int abandonedBodies, Exception? innerException)
        : base(Describe(pipeline, block, reason, abandonedBodies, innerException), innerException)
    {
        Pipeline = pipeline;
        Block = block;
        Reason = reason;
        Ticket = ticket;
        AbandonedBodies = abandonedBodies;
    }

    /// <summary>The pipeline's name.</summary>
    public string Pipeline { get; }

    /// <summary>The block's name; <c>source</c> and <c>memory</c> are the two places in front of the first one.</summary>
    public string Block { get; }

    /// <summary>What sort of stop it is.</summary>
    public StopReason Reason { get; }

    /// <summary>The ticket in the block's hands, already disposed or still with a hung body; null in the source.</summary>
    public object? Ticket { get; }

    /// <summary>Bodies that had not returned when the run was given up; they keep a thread and their memory.</summary>
    public int AbandonedBodies { get; }

    /// <summary>Whether running without this ticket would help: not when the source, the memory or the world failed.</summary>
    /// <remarks>Memory that ran out struck whoever asked last.</remarks>
    public bool IsTicketToBlame =>
        Ticket is not null && Reason != StopReason.Starvation && InnerException is not (StageException or OutOfMemoryException);

    private static string Describe(
        string pipeline, string block, StopReason reason, int abandonedBodies, Exception? innerException)
    {
        string what = reason switch
        {
            StopReason.Defect => $"an unexpected {innerException?.GetType().Name}: {innerException?.Message}",
            StopReason.Stall => "no end within the time that the work may take",
            StopReason.SpuriousCancellation => "a cancellation that nobody asked for",
            StopReason.Starvation => "waiting for memory that hung work keeps",
            _ => reason.ToString(),
        };
        string left = abandonedBodies == 0 ? "" : $" {abandonedBodies} pieces of work do not return and were left behind.";
        return $"Pipeline '{pipeline}' stopped at '{block}': {what}.{left}";
    }
}

/// <summary>The reasons of its own for which a pipeline stops.</summary>
public enum StopReason
{
    /// <summary>Foreign code threw what it must not throw.</summary>
    Defect,

    /// <summary>Foreign code did not return within the ticket's patience.</summary>
    Stall,

    /// <summary>Foreign code reported a cancellation although nobody had asked for one.</summary>
    SpuriousCancellation,

    /// <summary>A ticket waited for memory that abandoned bodies hold; the ticket is not to blame.</summary>
    Starvation,
}
