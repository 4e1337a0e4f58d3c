namespace Pipeline.Engine.Dataflow;

// How a chain is declared; all of it by one thread and before the first run.
public sealed partial class BoundedPipeline<TTicket>
{
    /// <summary>Adds a step that does not change the ticket's memory.</summary>
    public BoundedPipeline<TTicket> Step(
        string name, Func<TTicket, CancellationToken, ValueTask<TTicket>> body, StepOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Step(name, (ticket, _, cancellation) => body(ticket, cancellation), options);
    }

    /// <summary>Adds a step that may shrink the ticket's lease.</summary>
    /// <remarks>
    /// The body throws <see cref="StageException"/> for what can go wrong with a ticket. If it returns another
    /// ticket than it was given, it takes over whatever the first one owned. Failed tickets pass it by.
    /// </remarks>
    public BoundedPipeline<TTicket> Step(
        string name,
        Func<TTicket, MemoryLease, CancellationToken, ValueTask<TTicket>> body,
        StepOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(body);
        RefuseAfterSink(name);
        _steps.Add(new DeclaredStep(name, body, Checked(name, options)));
        return this;
    }

    /// <summary>Ends the chain: sees every ticket, with its failure if it has one.</summary>
    /// <remarks>
    /// Runs one at a time and is never cancelled, so that what it commits is whole. Whatever it throws is a
    /// defect of the run; it is not called again then, since half of its effects may have happened.
    /// </remarks>
    public BoundedPipeline<TTicket> Sink(
        string name, Func<TTicket, Failure?, MemoryLease, ValueTask> body, StepOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(body);
        RefuseAfterSink(name);
        _sinkOptions = Checked(name, options);
        if (_sinkOptions.Parallelism != 1)
        {
            throw new ArgumentException($"Sink '{name}' must have parallelism 1.", nameof(options));
        }

        _sinkName = name;
        _sink = body;
        return this;
    }

    private void RefuseAfterSink(string name)
    {
        if (_sink is not null)
        {
            throw new InvalidOperationException(
                $"'{name}' cannot be added: sink '{_sinkName}' has ended pipeline '{_name}'.");
        }
    }

    private StepOptions Checked(string name, StepOptions? options)
    {
        StepOptions chosen = options ?? StepOptions.Within(_limits, 1);
        return chosen.Capacity <= _limits.StepItemsMax
            ? chosen
            : throw new ArgumentException(
                $"Step '{name}' asks for a capacity of {chosen.Capacity}; {nameof(Limits.StepItemsMax)} is "
                + $"{_limits.StepItemsMax}.",
                nameof(options));
    }

    /// <summary>One named step as it was declared.</summary>
    private sealed record DeclaredStep(
        string Name, Func<TTicket, MemoryLease, CancellationToken, ValueTask<TTicket>> Body, StepOptions Options);
}
