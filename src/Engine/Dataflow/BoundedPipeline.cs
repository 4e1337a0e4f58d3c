using System.Runtime.CompilerServices;
using System.Threading.Tasks.Dataflow;

namespace Pipeline.Engine.Dataflow;

/// <summary>A chain of named, bounded steps through which tickets move, each to exactly one outcome.</summary>
/// <remarks>
/// Invariants:
/// every ticket taken from the source reaches the sink once, as success or failure (unless the run is given up),
/// and is then disposed if it is disposable, and its bytes are given back; for every block, count in equals count out;
/// no exception and no cancellation reaches a block; no block is given a cancellation token.
/// A block that saw one would drop what it holds, and its upstream would wait for ever.
/// <para>
/// The feeder alone reserves memory, one lease per ticket before the ticket is sent; steps only shrink it.
/// Nobody waits for memory while holding some, so a budget as large as the largest ticket is enough.
/// A ticket that can never fit is not sent empty-handed into the steps: it travels as a failure.
/// </para>
/// <para>
/// This is the one file that constructs dataflow blocks and, with its feeder, the one place where exceptions become
/// values: <see cref="StageException"/> becomes its failure, and a cancellation that was asked for becomes
/// <see cref="FailureKind.Canceled"/>. Anything else stops the run, and so does a body that takes longer than its
/// ticket's patience: tickets in flight travel on as cancelled, and <c>RunAsync</c> throws
/// <see cref="FlowStoppedException"/>. A body that does not heed the stop is left behind after
/// <see cref="Limits.StallGraceSecondsMax"/>: it keeps its ticket and its bytes until it returns, tickets that could
/// not drain are finished without the sink, and the pipeline may run again at once.
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
    private readonly TimeProvider _clock;

    // Written by the declaring thread before the first run.
    private readonly List<DeclaredStep> _steps = [];
    private Func<TTicket, Failure?, MemoryLease, ValueTask>? _sink;
    private string _sinkName = "";
    private StepOptions _sinkOptions;

    // Written by RunAsync.
    private int _isRunning;
    private volatile PipelineRun<TTicket>? _latestRun;

    // Written by the watches of this and of earlier runs.
    private readonly StrongBox<int> _abandonedBodies = new();

    /// <summary>A pipeline without steps, which takes its tickets' memory from <paramref name="budget"/>.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="budget">May be shared with other pipelines.</param>
    /// <param name="limits">Capacities and patience.</param>
    /// <param name="clock">What the watch looks at; the system's clock if null.</param>
    public BoundedPipeline(string name, MemoryBudget budget, Limits limits, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(budget);
        ArgumentNullException.ThrowIfNull(limits);
        _name = name;
        _budget = budget;
        _limits = limits.Validate();
        _clock = clock ?? TimeProvider.System;
        _sinkOptions = StepOptions.Within(limits, 1);
    }

    /// <summary>The blocks in order, of the present run or else of the latest; empty before any.</summary>
    public IReadOnlyList<StepProgress> Progress => _latestRun is { } run ? run.Progress() : [];

    /// <summary>Bodies of this and earlier runs that were left behind and have not returned yet.</summary>
    public int AbandonedBodies => Volatile.Read(ref _abandonedBodies.Value);

    /// <summary>Moves all tickets of a sequence through the steps.</summary>
    /// <inheritdoc cref="RunAsync(IAsyncEnumerable{TTicket}, Func{TTicket, long}, CancellationToken, Func{TTicket, TimeSpan})"/>
    public Task<PipelineSummary> RunAsync(
        IEnumerable<TTicket> tickets,
        Func<TTicket, long> bytesOf,
        CancellationToken cancellation,
        Func<TTicket, TimeSpan>? patienceOf = null)
    {
        ArgumentNullException.ThrowIfNull(tickets);
        return RunAsync(tickets.ToAsyncEnumerable(), bytesOf, cancellation, patienceOf);
    }

    /// <summary>Moves all tickets of a stream through the steps.</summary>
    /// <param name="tickets">
    /// The source; a ticket is ours from the moment it is yielded, and no more are taken once the run stops.
    /// It must heed the token of its enumerator if it waits for anything, and not wait longer than
    /// <see cref="Limits.StallSecondsMin"/>.
    /// </param>
    /// <param name="bytesOf">The most bytes held at once on the ticket's whole way.</param>
    /// <param name="cancellation">Stops the feeder and the steps; tickets in flight still reach the sink.</param>
    /// <param name="patienceOf">
    /// How long one body may take for the ticket before it counts as hung; <see cref="Limits.StallSecondsMin"/> if null.
    /// </param>
    /// <returns>The counts, when every ticket has come to its end and all memory is given back.</returns>
    /// <exception cref="FlowStoppedException">A body failed otherwise than allowed, or took too long.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before all was done; everything has drained.</exception>
    /// <exception cref="InvalidOperationException">
    /// There is no sink, a run is going on, or a ticket was lost, which is a defect of the engine.
    /// </exception>
    public async Task<PipelineSummary> RunAsync(
        IAsyncEnumerable<TTicket> tickets,
        Func<TTicket, long> bytesOf,
        CancellationToken cancellation,
        Func<TTicket, TimeSpan>? patienceOf = null)
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
            [
                .. _steps.Select(step => new BlockMeter(step.Name, step.Options, _clock)),
                new(_sinkName, _sinkOptions, _clock),
            ];
            using var run = new PipelineRun<TTicket>(_name, meters, _limits, _clock, _abandonedBodies, cancellation);
            (ITargetBlock<Envelope<TTicket>> head, Task completion) = Build(run);
            _latestRun = run;
            var feeder = new Feeder(run, head, _budget, tickets, bytesOf, patienceOf ?? (_ => TimeSpan.Zero));

            // On a thread of the pool: a source that blocks must not block the caller.
            Task work = Task.Run(
                async () =>
                {
                    await feeder.FeedAsync();
                    head.Complete();
                    await completion;
                },
                CancellationToken.None);
            await await Task.WhenAny(work, run.Left);
            return await run.EndAsync();
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

    private async Task<Envelope<TTicket>> StepAsync(PipelineRun<TTicket> run, int index, Envelope<TTicket> envelope)
    {
        DeclaredStep step = _steps[index];
        run.Enter(index, envelope);
        if (envelope.Failure is null && run.Begin(step.Name, envelope) is { } body)
        {
            try
            {
                run.Stopping.ThrowIfCancellationRequested();
                envelope.Ticket = await step.Body(envelope.Ticket, envelope.Lease, run.Stopping)
                    ?? throw new InvalidOperationException($"Step '{step.Name}' returned no ticket but null.");
            }
            catch (Exception exception)
            {
                envelope.Failure = run.FailureOf(exception, step.Name, envelope.Ticket);
                run.Meters[index].CountFailure();
            }

            run.End(body);
        }

        run.Meters[index].CountOut();
        return envelope;
    }

    private async Task SinkAsync(PipelineRun<TTicket> run, Envelope<TTicket> envelope)
    {
        run.Enter(_steps.Count, envelope);

        // Once the run is given up, tickets that still come along have been finished already.
        if (run.Begin(_sinkName, envelope, ActivityKind.NeverCanceled) is { } body)
        {
            try
            {
                if (!run.IsSinkBroken)
                {
                    await _sink!(envelope.Ticket, envelope.Failure, envelope.Lease);
                }
            }
            catch (Exception exception)
            {
                run.IsSinkBroken = true;
                run.Meters[^1].CountFailure();
                StopReason reason =
                    exception is OperationCanceledException ? StopReason.SpuriousCancellation : StopReason.Defect;
                run.Stop(reason, _sinkName, envelope.Ticket, exception);
            }

            run.Finish(envelope);
            run.End(body);
        }

        run.Meters[^1].CountOut();
    }
}
