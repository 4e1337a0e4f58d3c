using Pipeline.Engine.Dataflow;
using Xunit;

namespace Pipeline.Engine.Tests.Dataflow;

/// <summary>One test for each measured way in which bare dataflow blocks lose items or hang.</summary>
public sealed partial class BoundedPipelineTests
{
    [Fact]
    public async Task Trap1BroadcastDropsForASlowTarget_SlowSink_SeesAll()
    {
        TestTicket[] tickets = TestTicket.Many(1000);
        await RunAsync(
            Pipeline().Step("fast", Pass, new StepOptions(4, 2)).Sink("slow", _sink.TakeAsync, new StepOptions(2, 1)),
            tickets);
        AssertAllCameThroughOnce(tickets);
    }

    // Aim: the sender is not left waiting for ever behind a faulted block. Method: the first item is stuck until
    // both blocks are full (10 and 10) and the feeder holds number 20; then it throws.
    [Fact]
    public async Task Trap2ExceptionHangsTheProducer_DefectWithFullBlocks_EndsAndIsRethrown()
    {
        var full = new Gate();
        var defect = new FormatException("defect of the first item");
        TestTicket[] tickets = TestTicket.Many(1000);
        BoundedPipeline<TestTicket> pipeline = Pipeline()
            .Step("buffer", Pass, new StepOptions(10, 1))
            .Step("transform", (ticket, _) => ThrowWhenOpenAsync(ticket, full, defect), new StepOptions(10, 1))
            .Sink("aggregate", _sink.TakeAsync, new StepOptions(10, 1));
        Task<PipelineSummary> run = RunAsync(pipeline, tickets, OpenAt(full, 20));
        Assert.Same(defect, await AssertStopsAsync<FormatException>(run));
        Assert.Contains(nameof(ThrowWhenOpenAsync), defect.StackTrace, StringComparison.Ordinal);
        AssertTakenCameThroughOnce(tickets);
        Assert.Equal((21, 21), (_sink.Seen.Count, _sink.CountOf(FailureKind.Canceled)));
    }

    [Fact]
    public async Task Trap2ExceptionHangsTheProducer_DefectAmidTheFlow_EndsAndIsRethrown()
    {
        TestTicket[] tickets = TestTicket.Many(1000);
        BoundedPipeline<TestTicket> pipeline = Pipeline()
            .Step("buffer", Pass, new StepOptions(10, 1))
            .Step("transform", (ticket, _) => ticket.Id == 20
                ? throw new FormatException("defect of item 20")
                : ValueTask.FromResult(ticket), new StepOptions(10, 1))
            .Sink("aggregate", _sink.TakeAsync, new StepOptions(10, 1));
        await AssertStopsAsync<FormatException>(RunAsync(pipeline, tickets));
        AssertTakenCameThroughOnce(tickets);
        Assert.Equal(20, _sink.CountOf(null));
        Assert.InRange(_sink.CountOf(FailureKind.Canceled), 1, 21);
    }

    [Fact]
    public async Task Trap3LinkThatMatchesNobody_TicketsOfEveryOutcome_AllLeave()
    {
        BoundedPipeline<TestTicket> pipeline = Pipeline();
        foreach (FailureKind kind in Enum.GetValues<FailureKind>())
        {
            pipeline.Step(kind.ToString(), (ticket, _) => ticket.Id == (int)kind
                ? throw new StageException(kind, "expected")
                : ValueTask.FromResult(ticket));
        }

        TestTicket[] tickets = TestTicket.Many(11);
        await RunAsync(pipeline.Sink("aggregate", _sink.TakeAsync), tickets);
        AssertAllCameThroughOnce(tickets);
        Assert.All(Enum.GetValues<FailureKind>(), kind => Assert.Equal(1, _sink.CountOf(kind)));
        Assert.Equal(11 - Enum.GetValues<FailureKind>().Length, _sink.CountOf(null));
    }

    // Aim: a slow item holds nobody up. Method: the first leaves its step only after all others were seen.
    [Fact]
    public async Task Trap4OrderedOutput_StuckFirstItem_DoesNotHoldTheOthers()
    {
        var othersSeen = new Gate();
        TestTicket[] tickets = TestTicket.Many(600);
        await RunAsync(
            Pipeline()
                .Step("train", async (ticket, cancellation) =>
                {
                    if (ticket.Id == 0)
                    {
                        await othersSeen.PassAsync(cancellation);
                    }

                    return ticket;
                }, new StepOptions(8, 2))
                .Sink("aggregate", async (ticket, failure, lease) =>
                {
                    await _sink.TakeAsync(ticket, failure, lease);
                    if (_sink.Seen.Count == tickets.Length - 1)
                    {
                        othersSeen.Open();
                    }
                }),
            tickets);
        Assert.Equal(0, _sink.Seen[^1].Id);
        AssertAllCameThroughOnce(tickets);
    }

    // Aim: the parallelism asked for is the parallelism there is. Method: nobody leaves before all have come.
    [Fact]
    public async Task Trap5CapacityBelowParallelism_Parallelism16_RunsSixteenAndNeverMore()
    {
        const int Parallelism = 16;
        var allInside = new Gate();
        int inside = 0;
        int peak = 0;
        TestTicket[] tickets = TestTicket.Many(Parallelism * 4);
        await RunAsync(
            Pipeline()
                .Step("train", async (ticket, cancellation) =>
                {
                    int now = Interlocked.Increment(ref inside);
                    InterlockedMax(ref peak, now);
                    if (now == Parallelism)
                    {
                        allInside.Open();
                    }

                    await allInside.PassAsync(cancellation);
                    await Task.Yield();
                    Interlocked.Decrement(ref inside);
                    return ticket;
                }, new StepOptions(Parallelism + 1, Parallelism))
                .Sink("aggregate", _sink.TakeAsync),
            tickets);
        Assert.Equal(Parallelism, peak);
        AssertAllCameThroughOnce(tickets);
    }

    // Aim: cancelling loses nothing. Method: 100 accepted, one of them running; the source then waits.
    [Fact]
    public async Task Trap8CancellationDropsAcceptedItems_HundredAccepted_AllReachTheSinkOnce()
    {
        TestTicket[] tickets = TestTicket.Many(100);
        var allAccepted = new Gate();
        using var cancellation = new CancellationTokenSource();
        BoundedPipeline<TestTicket> pipeline = Pipeline()
            .Step("train", async (ticket, stopping) =>
            {
                await new Gate().PassAsync(stopping);
                return ticket;
            }, new StepOptions(128, 1))
            .Sink("aggregate", _sink.TakeAsync);
        Task<PipelineSummary> run = pipeline.RunAsync(
            TicketsThenWait(tickets, allAccepted), ticket => ticket.Bytes, cancellation.Token);
        await allAccepted.PassAsync();
        await cancellation.CancelAsync();

        OperationCanceledException canceled =
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(Gate.Patience));
        Assert.Equal(cancellation.Token, canceled.CancellationToken);
        Assert.Equal(100, _sink.CountOf(FailureKind.Canceled));
        AssertAllCameThroughOnce(tickets);
    }

    [Fact]
    public async Task Trap9PostToAFullBlock_HundredForCapacityTwo_AllAccepted()
    {
        TestTicket[] tickets = TestTicket.Many(100);
        await RunAsync(
            Pipeline().Step("narrow", Pass, new StepOptions(2, 1)).Sink("aggregate", _sink.TakeAsync, new StepOptions(2, 1)),
            tickets);
        AssertAllCameThroughOnce(tickets);
    }

    // Aim: the number in flight is known exactly. Method: the sink is stuck until the source was asked
    // for as many as fit: 4 + 3 in the steps, 2 in the sink, 1 in the feeder's hands.
    [Fact]
    public async Task Trap10UnboundedByDefault_StuckSink_HoldsExactlyTheCapacities()
    {
        const int InFlight = 4 + 3 + 2 + 1;
        var full = new Gate();
        TestTicket[] tickets = TestTicket.Many(200);
        PipelineSummary summary = await RunAsync(
            Pipeline()
                .Step("first", Pass, new StepOptions(4, 3))
                .Step("second", Pass, new StepOptions(3, 1))
                .Sink("stuck", async (ticket, failure, lease) =>
                {
                    await full.PassAsync();
                    await _sink.TakeAsync(ticket, failure, lease);
                }, new StepOptions(2, 1)),
            tickets,
            OpenAt(full, InFlight - 1));
        Assert.Equal(InFlight, summary.InFlightPeak);
        AssertAllCameThroughOnce(tickets);
    }

    // Aim: bytes bound the flow before items do. Method: room for 3 tickets by bytes, for 100 by items.
    [Fact]
    public async Task Trap10BoundsCountItems_StuckSinkAndSmallBudget_HoldsExactlyTheBudget()
    {
        var full = new Gate();
        Limits limits = Roomy with { BudgetBytesMax = 35 };
        var budget = new MemoryBudget(limits);
        PipelineSummary summary = await RunAsync(
            new BoundedPipeline<TestTicket>("test", budget, limits)
                .Step("wide", Pass, new StepOptions(100, 1))
                .Sink("stuck", async (ticket, failure, lease) =>
                {
                    await full.PassAsync();
                    await _sink.TakeAsync(ticket, failure, lease);
                }),
            TestTicket.Many(50, bytes: 10),
            OpenAt(full, 3));
        Assert.Equal((4, 30, 0), (summary.InFlightPeak, budget.ReservedBytesPeak, budget.ReservedBytes));
    }

    [Fact]
    public async Task UnitsInFlightMax_BelowTheCapacities_IsTheBound()
    {
        TestTicket[] tickets = TestTicket.Many(50);
        PipelineSummary summary = await RunAsync(
            new BoundedPipeline<TestTicket>("test", _budget, Roomy with { UnitsInFlightMax = 3 })
                .Step("wide", Pass, new StepOptions(100, 1))
                .Sink("aggregate", _sink.TakeAsync),
            tickets);
        Assert.InRange(summary.InFlightPeak, 1, 3);
        AssertAllCameThroughOnce(tickets);
    }

    // Aim: a body that reports a cancellation nobody asked for loses no ticket. It stops the run with a reason, for a
    // ticket that merely counted as cancelled would be missing from the result without anybody noticing.
    [Fact]
    public async Task TrapCancellationInAStepSwallowsTheItem_OneThrows_StopsWithAReasonAndNothingVanishes()
    {
        TestTicket[] tickets = TestTicket.Many(60);
        FlowStoppedException stopped = await Assert.ThrowsAsync<FlowStoppedException>(() => RunAsync(
            Pipeline()
                .Step("train", (ticket, _) => ticket.Id == 30
                    ? throw new TaskCanceledException()
                    : ValueTask.FromResult(ticket), new StepOptions(4, 2))
                .Sink("aggregate", _sink.TakeAsync),
            tickets));
        Assert.Equal(("train", StopReason.SpuriousCancellation), (stopped.Block, stopped.Reason));
        Assert.Same(tickets[30], stopped.Ticket);
        Assert.IsType<TaskCanceledException>(stopped.InnerException);
        Assert.InRange(_sink.CountOf(null), 28, 59);
        AssertTakenCameThroughOnce(tickets);
    }

    [Fact]
    public async Task TrapCompletionIsNotPropagated_LongChain_Completes()
    {
        BoundedPipeline<TestTicket> pipeline = Pipeline();
        for (int i = 0; i < 20; i++)
        {
            pipeline.Step($"step {i}", Pass);
        }

        TestTicket[] tickets = TestTicket.Many(20);
        await RunAsync(pipeline.Sink("aggregate", _sink.TakeAsync), tickets);
        AssertAllCameThroughOnce(tickets);
    }

    private static async IAsyncEnumerable<TestTicket> TicketsThenWait(
        TestTicket[] tickets,
        Gate allAccepted,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        foreach (TestTicket ticket in tickets)
        {
            yield return ticket;
        }

        allAccepted.Open();
        await new Gate().PassAsync(cancellation);
    }

    private static async ValueTask<TestTicket> ThrowWhenOpenAsync(TestTicket ticket, Gate gate, Exception defect)
    {
        await gate.PassAsync();
        throw defect;
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen)
        {
            int before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    /// <summary>Tickets that were never taken belong to the source and are left alone.</summary>
    private void AssertTakenCameThroughOnce(TestTicket[] tickets)
    {
        int[] ids = [.. _sink.Ids];
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(tickets, ticket => Assert.Equal(ids.Contains(ticket.Id) ? 1 : 0, ticket.Disposals));
        Assert.Equal(0, _budget.ReservedBytes);
    }
}
