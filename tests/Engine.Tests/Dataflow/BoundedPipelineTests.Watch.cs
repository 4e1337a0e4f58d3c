using Pipeline.Engine.Dataflow;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Engine.Tests.Dataflow;

/// <summary>What hangs is noticed, what only waits for others is not, and memory in use stays reserved.</summary>
public sealed partial class BoundedPipelineTests
{
    private static readonly Limits Watched = Roomy with { BudgetBytesMax = 100, StallGraceSecondsMax = 0.1 };
    private static readonly TimeSpan PastPatience = TimeSpan.FromSeconds(Watched.StallSecondsMin + 1);

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task RunAsync_MemoryIsHeldByAHungBody_StarvesUntilTheBodyReturns()
    {
        using var fault = new FaultPoint(FaultKind.HangBlocking);
        var budget = new MemoryBudget(Watched);
        BoundedPipeline<TestTicket> pipeline = new BoundedPipeline<TestTicket>("watched", budget, Watched, _clock)
            .Step("train", async (ticket, stop) =>
            {
                await fault.PassAsync(stop);
                return ticket;
            })
            .Sink("aggregate", _sink.TakeAsync);

        TestTicket[] tickets = [new(0, 100), new(1, 50)];
        Task<PipelineSummary> first = RunAsync(pipeline, tickets);
        await Eventually.IsTrueAsync(() => fault.Strikes == 1 && budget.WaitingCount == 1, "one hangs, one waits");
        FlowStoppedException stall = await StopsAsync(first);
        Assert.Equal(("train", StopReason.Stall, true), (stall.Block, stall.Reason, stall.IsTicketToBlame));
        Assert.Same(tickets[0], stall.Ticket);
        Assert.Equal((100, 100, 0), (budget.ReservedBytes, budget.AbandonedBytes, budget.WaitingCount));
        Assert.Equal([0, 1], tickets.Select(ticket => ticket.Disposals));

        TestTicket[] again = [new(1, 50)];
        Task<PipelineSummary> second = RunAsync(pipeline, again);
        await Eventually.IsTrueAsync(() => budget.WaitingCount == 1, "it waits for memory that hangs");
        FlowStoppedException starvation = await StopsAsync(second);
        Assert.Equal(("memory", StopReason.Starvation, false), (starvation.Block, starvation.Reason, starvation.IsTicketToBlame));
        Assert.Equal((0, 1), (starvation.AbandonedBodies, pipeline.AbandonedBodies));

        Task<PipelineSummary> third = RunAsync(pipeline, [new TestTicket(2, 50)]);
        await Eventually.IsTrueAsync(() => budget.WaitingCount == 1, "it waits again");
        fault.Release();
        Assert.Equal(1, (await third).Succeeded);
        await Eventually.IsTrueAsync(() => pipeline.AbandonedBodies == 0, "the body returns");
        Assert.Equal((0, 0), (budget.ReservedBytes, budget.AbandonedBytes));
        Assert.Equal(1, tickets[0].Disposals);
        Assert.DoesNotContain(0, _sink.Ids);
    }

    [Fact]
    public async Task RunAsync_MemoryIsHeldByALongButLivelyBody_Waits()
    {
        var end = new Gate();
        var budget = new MemoryBudget(Watched);
        Task<PipelineSummary> run = new BoundedPipeline<TestTicket>("watched", budget, Watched, _clock)
            .Step("train", async (ticket, stop) =>
            {
                await end.PassAsync(stop);
                return ticket;
            })
            .Sink("aggregate", _sink.TakeAsync)
            .RunAsync(
                TestTicket.Many(2, bytes: 100),
                ticket => ticket.Bytes,
                CancellationToken.None,
                ticket => ticket.Id == 0 ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(1));
        await Eventually.IsTrueAsync(() => budget.WaitingCount == 1, "the second waits for the first");
        _clock.Advance(TimeSpan.FromMinutes(59));
        await Task.Delay(200);
        end.Open();
        Assert.Equal(2, (await run.WaitAsync(Gate.Patience)).Succeeded);
    }

    [Fact]
    public async Task RunAsync_CanceledWhileABodyHangs_EndsAsCanceled()
    {
        using var fault = new FaultPoint(FaultKind.HangAsync);
        using var cancellation = new CancellationTokenSource();
        var pipeline = new BoundedPipeline<TestTicket>("watched", _budget, Watched, _clock);
        Task<PipelineSummary> run = RunAsync(
            pipeline.Step("train", async (ticket, stop) =>
            {
                await fault.PassAsync(stop);
                return ticket;
            }).Sink("aggregate", _sink.TakeAsync),
            TestTicket.Many(3),
            cancellation.Token);
        await Eventually.IsTrueAsync(() => fault.Strikes == 1, "it hangs");
        await cancellation.CancelAsync();
        await AdvanceUntilEndAsync(run);
        OperationCanceledException canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal(cancellation.Token, canceled.CancellationToken);
        Assert.Equal((1, 1), (pipeline.AbandonedBodies, _budget.ReservedBytes));
        fault.Release();
        await Eventually.IsTrueAsync(() => _budget.ReservedBytes == 0, "the body returns");
    }

    [Fact]
    public async Task RunAsync_SinkIsInTheMiddleWhenAnotherBodyIsGivenUp_IsWaitedFor()
    {
        var commit = new Gate();
        var committing = new Gate();
        using var fault = new FaultPoint(FaultKind.HangAsync);
        var pipeline = new BoundedPipeline<TestTicket>("watched", _budget, Watched, _clock);
        Task<PipelineSummary> run = pipeline
            .Step("train", async (ticket, stop) =>
            {
                await (ticket.Id == 1 ? fault.PassAsync(stop) : ValueTask.CompletedTask);
                return ticket;
            })
            .Sink("aggregate", async (ticket, failure, lease) =>
            {
                committing.Open();
                await commit.PassAsync();
                await _sink.TakeAsync(ticket, failure, lease);
            })
            .RunAsync(
                TestTicket.Many(2),
                ticket => ticket.Bytes,
                CancellationToken.None,
                ticket => ticket.Id == 0 ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(1));
        await committing.PassAsync();
        await Eventually.IsTrueAsync(() => fault.Strikes == 1, "the second hangs");
        _clock.Advance(PastPatience);
        await Task.Delay(200);
        Assert.False(run.IsCompleted);
        commit.Open();
        FlowStoppedException stopped = await StopsAsync(run);
        Assert.Equal(("train", 1), (stopped.Block, stopped.AbandonedBodies));
        Assert.Equal([0], _sink.Ids);
    }

    [Fact]
    public async Task Progress_WhileABodyRuns_ShowsAgeAndTimeSinceProgress()
    {
        var end = new Gate();
        var begun = new Gate();
        var pipeline = new BoundedPipeline<TestTicket>("watched", _budget, Watched, _clock);
        Task<PipelineSummary> run = RunAsync(
            pipeline.Step("train", async (ticket, stop) =>
            {
                begun.Open();
                await end.PassAsync(stop);
                return ticket;
            }).Sink("aggregate", _sink.TakeAsync),
            TestTicket.Many(1));
        await begun.PassAsync();
        _clock.Advance(TimeSpan.FromSeconds(7));
        StepProgress train = pipeline.Progress[0];
        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7)), (train.OldestAge, train.SinceProgress));
        end.Open();
        await run;
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (pipeline.Progress[0].OldestAge, pipeline.Progress[0].SinceProgress));
    }

    private async Task<FlowStoppedException> StopsAsync(Task run)
    {
        await AdvanceUntilEndAsync(run);
        return await Assert.ThrowsAsync<FlowStoppedException>(() => run);
    }

    private Task AdvanceUntilEndAsync(Task run)
    {
        _clock.Advance(PastPatience);
        return Eventually.IsTrueAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromMilliseconds(10));
                return run.IsCompleted;
            },
            "the run ends");
    }
}
