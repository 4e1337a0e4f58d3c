using System.Threading.Tasks.Dataflow;

namespace Pipeline.Engine.Dataflow;

/// <summary>A chain of named, bounded steps through which tickets move, each to exactly one outcome.</summary>
/// <remarks>
/// Invariants:
/// every ticket taken from the source reaches the sink once, as success or failure, and is then disposed
/// if it is disposable, and its bytes are given back; for every block, count in equals count out;
/// no exception and no cancellation reaches a block; no block is given a cancellation token.
/// A block that saw one would drop what it holds, and its upstream would wait for ever.
/// <para>
/// The feeder alone reserves memory, one lease per ticket before the ticket is sent; steps only shrink it.
/// Nobody waits for memory while holding some, so a budget as large as the largest ticket is enough.
/// A ticket that can never fit is not sent empty-handed into the steps: it travels as a failure.
/// </para>
/// <para>
/// This is the one file that constructs dataflow blocks and the one place where exceptions become values:
/// <see cref="StageException"/> becomes its failure, a cancellation becomes <see cref="FailureKind.Canceled"/>,
/// anything else is a defect: the run stops, tickets in flight travel on as cancelled, and the exception
/// is thrown by <c>RunAsync</c>.
/// </para>
/// <para>
/// Declared by one thread; then one run at a time, as many as wished in a row, each with new blocks.
/// <see cref="Progress"/> may be read by any thread at any time. Steps run on pool threads.
/// Ceilings: a capacity for each step, <see cref="Limits.UnitsInFlightMax"/> tickets, the budget's bytes.
/// Not responsible for order (outcomes come as they are ready), retries, or remembering anything.
/// </para>
/// </remarks>
/// <typeparam name="TTicket">What moves: small, and naming its bytes instead of holding them.</typeparam>
public sealed partial class BoundedPipeline<TTicket>
    where TTicket : class
{
    // Set by the constructor.
    private readonly string _name;
    private readonly MemoryBudget _budget;
    private readonly Limits _limits;

    // Written by the declaring thread before the first run.
    private readonly List<PipelineStep<TTicket>> _steps = [];
    private Func<TTicket, Failure?, MemoryLease, ValueTask>? _sink;
    private string _sinkName = "";
    private StepOptions _sinkOptions;

    // Written by RunAsync.
    private int _isRunning;
    private volatile PipelineRun<TTicket>? _latestRun;

    /// <summary>A pipeline without steps, which takes its tickets' memory from <paramref name="budget"/>.</summary>
    public BoundedPipeline(string name, MemoryBudget budget, Limits limits)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(budget);
        ArgumentNullException.ThrowIfNull(limits);
        _name = name;
        _budget = budget;
        _limits = limits.Validate();
        _sinkOptions = StepOptions.Within(limits, 1);
    }

    /// <summary>The blocks in order, of the present run or else of the latest; empty before any.</summary>
    public IReadOnlyList<StepProgress> Progress => _latestRun is { } run ? run.Progress() : [];

    /// <summary>Moves all tickets of a sequence through the steps.</summary>
    /// <inheritdoc cref="RunAsync(IAsyncEnumerable{TTicket}, Func{TTicket, long}, CancellationToken)"/>
    public Task<PipelineSummary> RunAsync(
        IEnumerable<TTicket> tickets, Func<TTicket, long> bytesOf, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(tickets);
        return RunAsync(tickets.ToAsyncEnumerable(), bytesOf, cancellation);
    }

    /// <summary>Moves all tickets of a stream through the steps.</summary>
    /// <param name="tickets">
    /// The source; a ticket is ours from the moment it is yielded, and no more are taken once the run stops.
    /// It must heed the token of its enumerator if it waits for anything.
    /// </param>
    /// <param name="bytesOf">The most bytes held at once on the ticket's whole way.</param>
    /// <param name="cancellation">Stops the feeder and the steps; tickets in flight still reach the sink.</param>
    /// <returns>The counts, when every ticket has come to its end and all memory is given back.</returns>
    /// <exception cref="OperationCanceledException">Cancelled before all was done; everything has drained.</exception>
    /// <exception cref="InvalidOperationException">
    /// There is no sink, a run is going on, or a ticket was lost, which is a defect of the engine.
    /// </exception>
    public async Task<PipelineSummary> RunAsync(
        IAsyncEnumerable<TTicket> tickets, Func<TTicket, long> bytesOf, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(tickets);
        ArgumentNullException.ThrowIfNull(bytesOf);
        if (_sink is null)
        {
            throw new InvalidOperationException($"Pipeline '{_name}' has no sink.");
        }

        if (Interlocked.Exchange(ref _isRunning, 1) != 0)
        {
            throw new InvalidOperationException($"Pipeline '{_name}' is running already.");
        }

        try
        {
            BlockMeter[] meters =
                [.. _steps.Select(step => new BlockMeter(step.Name, step.Options)), new(_sinkName, _sinkOptions)];
            using var run = new PipelineRun<TTicket>(_name, meters, _limits.UnitsInFlightMax, cancellation);
            (ITargetBlock<Envelope<TTicket>> head, Task completion) = Build(run);
            _latestRun = run;
            await FeedAsync(run, head, tickets, bytesOf);
            head.Complete();
            await completion;
            return await run.EndAsync(cancellation);
        }
        finally
        {
            Volatile.Write(ref _isRunning, 0);
        }
    }

    /// <summary>Makes and links the blocks from the sink backwards; returns the head and the end of the sink.</summary>
    private (ITargetBlock<Envelope<TTicket>> Head, Task Completion) Build(PipelineRun<TTicket> run)
    {
        var sink = new ActionBlock<Envelope<TTicket>>(envelope => SinkAsync(run, envelope), BlockOptions(_sinkOptions));
        run.Meters[^1].Waiting = () => sink.InputCount;
        ITargetBlock<Envelope<TTicket>> head = sink;
        for (int i = _steps.Count - 1; i >= 0; i--)
        {
            int index = i;
            var block = new TransformBlock<Envelope<TTicket>, Envelope<TTicket>>(
                envelope => StepAsync(run, index, envelope), BlockOptions(_steps[i].Options));
            run.Meters[i].Waiting = () => block.InputCount;
            run.Meters[i].Finished = () => block.OutputCount;
            block.LinkTo(head, new DataflowLinkOptions { PropagateCompletion = true });
            head = block;
        }

        return (head, sink.Completion);
    }

    /// <summary>Everything a block leaves to chance by default, said explicitly.</summary>
    private static ExecutionDataflowBlockOptions BlockOptions(StepOptions options) => new()
    {
        BoundedCapacity = options.Capacity,
        MaxDegreeOfParallelism = options.Parallelism,
        EnsureOrdered = false,
    };

    private async Task FeedAsync(
        PipelineRun<TTicket> run,
        ITargetBlock<Envelope<TTicket>> head,
        IAsyncEnumerable<TTicket> tickets,
        Func<TTicket, long> bytesOf)
    {
        try
        {
            await using IAsyncEnumerator<TTicket> source = tickets.GetAsyncEnumerator(run.Stopping);
            while (true)
            {
                await run.PlaceAsync();
                if (!await source.MoveNextAsync())
                {
                    // A source that ends because it was told to stop is not at its end.
                    run.IsSourceAtEnd = !run.Stopping.IsCancellationRequested;
                    return;
                }

                Envelope<TTicket> envelope = run.Take(
                    source.Current ?? throw new InvalidOperationException("The source yielded no ticket but null."),
                    _budget.EmptyLease());
                await ReserveAsync(run, envelope, bytesOf);
                if (!await head.SendAsync(envelope))
                {
                    Finish(run, envelope);
                    throw new InvalidOperationException($"Pipeline '{_name}': a block refused a ticket.");
                }
            }
        }
        catch (OperationCanceledException) when (run.Stopping.IsCancellationRequested)
        {
            // The run was stopped while waiting for a place or for the source: every ticket taken has been sent.
        }
        catch (Exception defect)
        {
            run.RecordDefect(defect);
        }
    }

    private async ValueTask ReserveAsync(
        PipelineRun<TTicket> run, Envelope<TTicket> envelope, Func<TTicket, long> bytesOf)
    {
        try
        {
            envelope.Lease = await _budget.ReserveAsync(bytesOf(envelope.Ticket), run.Stopping);
        }
        catch (Exception exception)
        {
            envelope.Failure = FailureOf(exception, run, "waiting for memory");
        }
    }

    private async Task<Envelope<TTicket>> StepAsync(PipelineRun<TTicket> run, int index, Envelope<TTicket> envelope)
    {
        PipelineStep<TTicket> step = _steps[index];
        envelope.BlockIndex = index;
        run.Meters[index].CountIn();
        if (envelope.Failure is null)
        {
            try
            {
                run.Stopping.ThrowIfCancellationRequested();
                envelope.Ticket = await step.Body(envelope.Ticket, envelope.Lease, run.Stopping)
                    ?? throw new InvalidOperationException($"Step '{step.Name}' returned no ticket but null.");
            }
            catch (Exception exception)
            {
                envelope.Failure = FailureOf(exception, run, step.Name);
                run.Meters[index].CountFailure();
            }
        }

        run.Meters[index].CountOut();
        return envelope;
    }

    private async Task SinkAsync(PipelineRun<TTicket> run, Envelope<TTicket> envelope)
    {
        envelope.BlockIndex = _steps.Count;
        run.Meters[^1].CountIn();
        try
        {
            if (!run.IsSinkBroken)
            {
                await _sink!(envelope.Ticket, envelope.Failure, envelope.Lease);
            }
        }
        catch (Exception defect)
        {
            run.IsSinkBroken = true;
            run.Meters[^1].CountFailure();
            run.RecordDefect(defect);
        }
        finally
        {
            run.Meters[^1].CountOut();
            Finish(run, envelope);
        }
    }

    /// <summary>The end of every ticket's travel: disposed first, for its bytes are in use until then.</summary>
    private static void Finish(PipelineRun<TTicket> run, Envelope<TTicket> envelope)
    {
        try
        {
            (envelope.Ticket as IDisposable)?.Dispose();
        }
        catch (Exception defect)
        {
            run.RecordDefect(defect);
        }

        run.Finish(envelope);
    }

    private static Failure FailureOf(Exception exception, PipelineRun<TTicket> run, string where)
    {
        switch (exception)
        {
            case StageException expected:
                return expected.ToFailure();
            case OperationCanceledException:
                return new Failure(FailureKind.Canceled, $"Cancelled at '{where}'; nothing is wrong with the data.");
            default:
                run.RecordDefect(exception);
                return new Failure(FailureKind.Canceled, $"Stopped at '{where}' by a defect of the program.");
        }
    }
}
