namespace Pipeline.Engine.Dataflow;

/// <summary>One named step of a pipeline as it was declared.</summary>
internal sealed record PipelineStep<TTicket>(
    string Name,
    Func<TTicket, MemoryLease, CancellationToken, ValueTask<TTicket>> Body,
    StepOptions Options);
