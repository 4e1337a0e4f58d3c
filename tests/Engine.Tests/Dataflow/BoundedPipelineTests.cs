using Pipeline.Engine.Dataflow;
using Xunit;

namespace Pipeline.Engine.Tests.Dataflow;

public sealed partial class BoundedPipelineTests
{
    private static readonly Limits Roomy = new() { StepItemsMax = 256, UnitsInFlightMax = 10_000, BudgetBytesMax = 10_000 };

    private readonly MemoryBudget _budget = new(Roomy);
    private readonly RecordingSink _sink = new();

    [Fact]
    public async Task RunAsync_FiveSteps_MovesEveryTicketThroughAll()
    {
        string[] names = ["ingest", "pretreat", "split", "train"];
        int[] visits = new int[names.Length];
        BoundedPipeline<TestTicket> pipeline = Pipeline();
        for (int i = 0; i < names.Length; i++)
        {
            int index = i;
            pipeline.Step(names[i], async (ticket, cancellation) =>
            {
                await Task.Yield();
                Interlocked.Increment(ref visits[index]);
                return ticket;
            }, new StepOptions(4, 2));
        }

        TestTicket[] tickets = TestTicket.Many(200);
        PipelineSummary summary = await RunAsync(pipeline.Sink("aggregate", _sink.TakeAsync), tickets);
        Assert.Equal((200, 200, 0, 0), (summary.Taken, summary.Succeeded, summary.Failed, summary.Canceled));
        Assert.All(visits, count => Assert.Equal(200, count));
        Assert.Equal(["ingest", "pretreat", "split", "train", "aggregate"], summary.Steps.Select(step => step.Name));
        AssertAllCameThroughOnce(tickets);
    }

    [Fact]
    public async Task RunAsync_EmptySource_EndsAtOnce()
    {
        PipelineSummary summary = await RunAsync(Pipeline().Step("pass", Pass).Sink("aggregate", _sink.TakeAsync), []);
        Assert.Equal(0, summary.Taken);
    }

    [Fact]
    public async Task RunAsync_StageExceptions_TravelToTheSinkPastLaterSteps()
    {
        int trained = 0;
        BoundedPipeline<TestTicket> pipeline = Pipeline()
            .Step("pretreat", (ticket, _) => ticket.Id % 3 == 0
                ? throw new StageException(FailureKind.InvalidData, $"Row {ticket.Id} is empty.")
                : ValueTask.FromResult(ticket))
            .Step("train", (ticket, _) =>
            {
                trained++;
                return ValueTask.FromResult(ticket);
            })
            .Sink("aggregate", _sink.TakeAsync);
        TestTicket[] tickets = TestTicket.Many(30);
        PipelineSummary summary = await RunAsync(pipeline, tickets);
        Assert.Equal((20, 10, 20), (summary.Succeeded, summary.Failed, trained));
        Assert.Equal((10, 0), (summary.Steps[0].Failures, summary.Steps[1].Failures));
        Assert.Contains(_sink.Seen, seen => seen.Failure?.Message == "Row 3 is empty.");
        AssertAllCameThroughOnce(tickets);
    }

    [Fact]
    public async Task RunAsync_TicketThatCanNeverFit_FailsAloneAsOverBudget()
    {
        TestTicket[] tickets = [new(0), new(1, Roomy.BudgetBytesMax + 1), new(2)];
        PipelineSummary summary = await RunAsync(Pipeline().Step("pass", Pass).Sink("aggregate", _sink.TakeAsync), tickets);
        Assert.Equal((2, 1), (summary.Succeeded, summary.Failed));
        Assert.Equal(FailureKind.OverBudget, _sink.Seen.Single(seen => seen.Id == 1).Failure?.Kind);
        AssertAllCameThroughOnce(tickets);
    }

    [Fact]
    public async Task RunAsync_StepShrinksLease_LetsTheNextTicketIn()
    {
        // Two tickets of the whole budget can only overlap because the first gives back half in its step.
        var bothInside = new Gate();
        int inside = 0;
        Limits limits = Roomy with { BudgetBytesMax = 100 };
        var budget = new MemoryBudget(limits);
        BoundedPipeline<TestTicket> pipeline = new BoundedPipeline<TestTicket>("test", budget, limits)
            .Step("shrink", async (ticket, lease, cancellation) =>
            {
                Assert.Equal(ticket.Bytes, lease.Bytes);
                lease.ShrinkTo(30);
                if (Interlocked.Increment(ref inside) == 2)
                {
                    bothInside.Open();
                }

                await bothInside.PassAsync(cancellation);
                return ticket;
            }, new StepOptions(4, 2))
            .Sink("aggregate", _sink.TakeAsync);
        TestTicket[] tickets = [new(0, 100), new(1, 70)];
        await RunAsync(pipeline, tickets);
        Assert.Equal((0, 100), (budget.ReservedBytes, budget.ReservedBytesPeak));
    }

    [Fact]
    public async Task Progress_WhileStuck_ShowsWhereTicketsAndBytesAre()
    {
        // Room for the bytes of five: train holds 3, ingest 2, the sixth waits for memory in the feeder's hands.
        var gate = new Gate();
        var bothRun = new Gate();
        var sixthTaken = new Gate();
        int running = 0;
        Limits limits = Roomy with { BudgetBytesMax = 50 };
        var budget = new MemoryBudget(limits);
        BoundedPipeline<TestTicket> pipeline = new BoundedPipeline<TestTicket>("test", budget, limits)
            .Step("ingest", Pass, new StepOptions(2, 1))
            .Step("train", async (ticket, cancellation) =>
            {
                if (Interlocked.Increment(ref running) == 2)
                {
                    bothRun.Open();
                }

                await gate.PassAsync(cancellation);
                return ticket;
            }, new StepOptions(3, 2))
            .Sink("aggregate", _sink.TakeAsync);
        Assert.Empty(pipeline.Progress);

        Task<PipelineSummary> run = RunAsync(pipeline, TestTicket.Many(8, bytes: 10), OpenAt(sixthTaken, 5));
        await sixthTaken.PassAsync();
        await bothRun.PassAsync();
        Assert.Equal(["ingest", "train", "aggregate"], pipeline.Progress.Select(step => step.Name));
        Assert.Equal(50, pipeline.Progress.Sum(step => step.BytesHeld));
        Assert.Equal((3, 2), (pipeline.Progress[1].Capacity, pipeline.Progress[1].Parallelism));
        Assert.Equal((2, 2, 0), (pipeline.Progress[1].In, pipeline.Progress[1].Running, pipeline.Progress[1].Finished));
        gate.Open();
        await run;
        Assert.All(pipeline.Progress, step =>
            Assert.Equal((8, 8, 0, 0, 0, 0), (step.In, step.Out, step.Waiting, step.Running, step.Finished, step.BytesHeld)));
    }

    [Fact]
    public async Task RunAsync_TwiceInARow_WorksWithNewBlocks()
    {
        BoundedPipeline<TestTicket> pipeline = Pipeline().Step("pass", Pass).Sink("aggregate", _sink.TakeAsync);
        Assert.Equal(5, (await RunAsync(pipeline, TestTicket.Many(5))).Succeeded);
        Assert.Equal(7, (await RunAsync(pipeline, TestTicket.Many(7))).Succeeded);
    }

    [Fact]
    public async Task RunAsync_WhileRunning_IsRefused()
    {
        var gate = new Gate();
        BoundedPipeline<TestTicket> pipeline = Pipeline()
            .Step("stuck", async (ticket, cancellation) =>
            {
                await gate.PassAsync(cancellation);
                return ticket;
            })
            .Sink("aggregate", _sink.TakeAsync);
        Task<PipelineSummary> first = RunAsync(pipeline, TestTicket.Many(1));
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(pipeline, TestTicket.Many(1)));
        gate.Open();
        Assert.Equal(1, (await first).Succeeded);
    }

    [Fact]
    public async Task RunAsync_StepReturnsAnotherTicket_DisposesTheOneThatArrives()
    {
        TestTicket replaced = new(0);
        TestTicket replacement = new(1);
        await RunAsync(
            Pipeline().Step("replace", (_, _) => ValueTask.FromResult(replacement)).Sink("aggregate", _sink.TakeAsync),
            [replaced]);
        Assert.Equal((0, 1), (replaced.Disposals, replacement.Disposals));
    }

    [Fact]
    public async Task Declaration_Misuse_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new StepOptions(2, 2));
        Assert.Throws<ArgumentException>(() => Pipeline().Step("wide", Pass, new StepOptions(257, 1)));
        Assert.Throws<ArgumentException>(() => Pipeline().Sink("aggregate", _sink.TakeAsync, new StepOptions(3, 2)));
        Assert.Throws<InvalidOperationException>(
            () => Pipeline().Sink("aggregate", _sink.TakeAsync).Step("late", Pass));
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(Pipeline().Step("pass", Pass), []));
    }

    [Theory]
    [InlineData(1, 64, 1, 2)]
    [InlineData(4, 64, 4, 8)]
    [InlineData(4, 6, 4, 6)]
    [InlineData(16, 2, 1, 2)]
    public void Within_ParallelismAndLimit_NeverExceedsTheLimit(int wished, int itemsMax, int parallelism, int capacity)
    {
        var options = StepOptions.Within(new Limits { StepItemsMax = itemsMax }, wished);
        Assert.Equal((parallelism, capacity), (options.Parallelism, options.Capacity));
    }

    private static ValueTask<TestTicket> Pass(TestTicket ticket, CancellationToken cancellation) =>
        ValueTask.FromResult(ticket);

    /// <summary>A size function that opens the gate once the ticket of that number is taken.</summary>
    private static Func<TestTicket, long> OpenAt(Gate gate, int id) => ticket =>
    {
        if (ticket.Id == id)
        {
            gate.Open();
        }

        return ticket.Bytes;
    };

    private static Task<PipelineSummary> RunAsync(
        BoundedPipeline<TestTicket> pipeline, IEnumerable<TestTicket> tickets, Func<TestTicket, long> bytesOf) =>
        pipeline.RunAsync(tickets, bytesOf, default).WaitAsync(Gate.Patience, CancellationToken.None);

    private static Task<PipelineSummary> RunAsync(
        BoundedPipeline<TestTicket> pipeline, IEnumerable<TestTicket> tickets, CancellationToken cancellation = default) =>
        pipeline.RunAsync(tickets, ticket => ticket.Bytes, cancellation).WaitAsync(Gate.Patience, CancellationToken.None);

    private BoundedPipeline<TestTicket> Pipeline() => new("test", _budget, Roomy);

    private void AssertAllCameThroughOnce(IReadOnlyCollection<TestTicket> tickets)
    {
        Assert.Equal(tickets.Select(ticket => ticket.Id).Order(), _sink.Ids);
        Assert.All(tickets, ticket => Assert.Equal(1, ticket.Disposals));
        Assert.Equal(0, _budget.ReservedBytes);
    }
}
