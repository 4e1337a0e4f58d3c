using Pipeline.Engine.Dataflow;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Engine.Tests.Dataflow;

/// <summary>Defects at every place, cancellation at every moment, random shapes: nothing hangs, nothing leaks.</summary>
public sealed partial class BoundedPipelineTests
{
    [Fact]
    public async Task RunAsync_SinkThrows_RethrowsAndDoesNotCallItAgain()
    {
        int calls = 0;
        TestTicket[] tickets = TestTicket.Many(500);
        BoundedPipeline<TestTicket> pipeline = Pipeline()
            .Step("pass", Pass, new StepOptions(4, 2))
            .Sink("broken", (ticket, _, _) => ++calls == 10
                ? throw new StageException(FailureKind.Storage, "disk full")
                : ValueTask.CompletedTask);
        FlowStoppedException thrown = await Assert.ThrowsAsync<FlowStoppedException>(() => RunAsync(pipeline, tickets));
        Assert.Equal(("disk full", 10), (Assert.IsType<StageException>(thrown.InnerException).Message, calls));
        Assert.Equal(("broken", StopReason.Defect), (thrown.Block, thrown.Reason));
        Assert.Same(tickets[9], thrown.Ticket);
        Assert.Equal(0, _budget.ReservedBytes);
        Assert.All(tickets, ticket => Assert.InRange(ticket.Disposals, 0, 1));
        Assert.Equal(1, tickets[9].Disposals);
    }

    [Fact]
    public async Task RunAsync_SourceThrows_DrainsAndRethrows()
    {
        TestTicket[] tickets = TestTicket.Many(10);
        BoundedPipeline<TestTicket> pipeline = Pipeline().Step("pass", Pass).Sink("aggregate", _sink.TakeAsync);
        FlowStoppedException thrown =
            await Assert.ThrowsAsync<FlowStoppedException>(() => RunAsync(pipeline, TicketsThenThrow(tickets)));
        Assert.IsType<FormatException>(thrown.InnerException);
        Assert.Equal(("test", "source", null), (thrown.Pipeline, thrown.Block, thrown.Ticket));
        AssertAllCameThroughOnce(tickets);
    }

    [Fact]
    public async Task RunAsync_SourceYieldsNull_IsADefect()
    {
        BoundedPipeline<TestTicket> pipeline = Pipeline().Step("pass", Pass).Sink("aggregate", _sink.TakeAsync);
        await AssertStopsAsync<InvalidOperationException>(RunAsync(pipeline, [new TestTicket(0), null!]));
        Assert.Equal([0], _sink.Ids);
    }

    [Fact]
    public async Task RunAsync_StepReturnsNull_IsADefectThatNamesTheStep()
    {
        BoundedPipeline<TestTicket> pipeline = Pipeline()
            .Step("forgetful", (_, _) => ValueTask.FromResult<TestTicket>(null!))
            .Sink("aggregate", _sink.TakeAsync);
        TestTicket[] tickets = TestTicket.Many(1);
        InvalidOperationException thrown = await AssertStopsAsync<InvalidOperationException>(RunAsync(pipeline, tickets));
        Assert.Contains("forgetful", thrown.Message, StringComparison.Ordinal);
        AssertAllCameThroughOnce(tickets);
    }

    [Fact]
    public async Task RunAsync_SizeFunctionThrows_StillDisposesTheTicket()
    {
        TestTicket[] tickets = TestTicket.Many(3);
        BoundedPipeline<TestTicket> pipeline = Pipeline().Step("pass", Pass).Sink("aggregate", _sink.TakeAsync);
        await AssertStopsAsync<FormatException>(pipeline
            .RunAsync(tickets, ticket => ticket.Id == 1 ? throw new FormatException() : 1, default)
            .WaitAsync(Gate.Patience));
        Assert.Equal([0, 1], _sink.Ids);
        AssertTakenCameThroughOnce(tickets);
    }

    [Fact]
    public async Task RunAsync_DisposeOfATicketThrows_IsADefectAndReleasesItsBytes()
    {
        using var pipelineTicket = new ThrowingTicket();
        bool wasSeen = false;
        BoundedPipeline<ThrowingTicket> pipeline = new BoundedPipeline<ThrowingTicket>("test", _budget, Roomy)
            .Sink("aggregate", (_, _, _) =>
            {
                wasSeen = true;
                return ValueTask.CompletedTask;
            });
        await AssertStopsAsync<FormatException>(
            pipeline.RunAsync([pipelineTicket], _ => 5, default).WaitAsync(Gate.Patience));
        Assert.True(wasSeen);
        Assert.Equal(0, _budget.ReservedBytes);
    }

    [Fact]
    public async Task RunAsync_CancelledWhileWaitingForMemory_TheWaitingTicketReachesTheSink()
    {
        Limits limits = Roomy with { BudgetBytesMax = 10 };
        var budget = new MemoryBudget(limits);
        using var cancellation = new CancellationTokenSource();
        BoundedPipeline<TestTicket> pipeline = new BoundedPipeline<TestTicket>("test", budget, limits)
            .Step("train", async (ticket, stopping) =>
            {
                await new Gate().PassAsync(stopping);
                return ticket;
            })
            .Sink("aggregate", _sink.TakeAsync);
        TestTicket[] tickets = TestTicket.Many(3, bytes: 10);
        Task<PipelineSummary> run = RunAsync(pipeline, tickets, cancellation.Token);
        await Eventually.IsTrueAsync(() => budget.WaitingCount == 1, "the second ticket waits for memory");
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal([0, 1], _sink.Ids);
        Assert.Equal([1, 1, 0], tickets.Select(ticket => ticket.Disposals));
        Assert.Equal((0, 0), (budget.ReservedBytes, budget.WaitingCount));
    }

    [Fact]
    public async Task RunAsync_CancelledBefore_TakesNothing()
    {
        TestTicket[] tickets = TestTicket.Many(3);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(
            Pipeline().Sink("aggregate", _sink.TakeAsync), tickets, new CancellationToken(canceled: true)));
        Assert.Empty(_sink.Seen);
        Assert.All(tickets, ticket => Assert.Equal(0, ticket.Disposals));
    }

    [Fact]
    public async Task RunAsync_CancelledAfterTheLastTicketWasTaken_ReturnsTheCompleteResult()
    {
        var sourceAtEnd = new Gate();
        using var cancellation = new CancellationTokenSource();
        Task<PipelineSummary> run = Pipeline()
            .Sink("aggregate", async (_, _, _) =>
            {
                await sourceAtEnd.PassAsync();
                await cancellation.CancelAsync();
            })
            .RunAsync(new OneTicket(onDispose: sourceAtEnd.Open), ticket => ticket.Bytes, cancellation.Token);
        Assert.Equal(1, (await run.WaitAsync(Gate.Patience)).Succeeded);
    }

    // Aim: a budget as large as the largest ticket is always enough, and the account balances for every shape,
    // whatever fails and whenever it is cancelled. Method: random chains, sizes, failures; the seed is shown.
    [Fact]
    public async Task RunAsync_RandomShapes_AlwaysEndWithEverythingReleased()
    {
        for (ulong seed = 0; seed < 150; seed++)
        {
            try
            {
                await RunRandomShapeAsync(new Pcg64(seed));
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed}: {exception.Message}", exception);
            }
        }
    }

    private static async Task RunRandomShapeAsync(Pcg64 random)
    {
        TestTicket[] tickets = [.. Enumerable.Range(0, random.NextInt(60)).Select(id => new TestTicket(id, random.NextInt(1000)))];
        Limits limits = Limits.Tiny with
        {
            BudgetBytesMax = Math.Max(1, tickets.Select(ticket => ticket.Bytes).DefaultIfEmpty(1).Max()),
            StepItemsMax = 2 + random.NextInt(6),
            UnitsInFlightMax = 1 + random.NextInt(30),
        };
        var budget = new MemoryBudget(limits);
        var sink = new RecordingSink();
        using var cancellation = new CancellationTokenSource();
        int ending = random.NextInt(4);
        int endingId = random.NextInt(60);
        var pipeline = new BoundedPipeline<TestTicket>("random", budget, limits);
        int steps = random.NextInt(5);
        for (int i = 0; i < steps; i++)
        {
            int index = i;
            bool yields = random.NextInt(2) == 0;
            pipeline.Step($"step {i}", async (ticket, lease, stopping) =>
            {
                if (yields)
                {
                    await Task.Yield();
                }

                if (ticket.Id == endingId && index == steps / 2)
                {
                    switch (ending)
                    {
                        case 1:
                            throw new FormatException("defect");
                        case 2:
                            await cancellation.CancelAsync();
                            break;
                    }
                }

                lease.ShrinkTo(lease.Bytes / 2);
                return ticket.Id % 7 == index ? throw new StageException(FailureKind.Numerical, "rank") : ticket;
            }, StepOptions.Within(limits, 1 + random.NextInt(4)));
        }

        pipeline.Sink("aggregate", sink.TakeAsync);
        try
        {
            PipelineSummary summary = await RunAsync(pipeline, tickets, cancellation.Token);
            Assert.Equal(tickets.Length, summary.Taken);
            Assert.InRange(summary.InFlightPeak, 0, limits.UnitsInFlightMax);
            Assert.All(tickets, ticket => Assert.Equal(1, ticket.Disposals));
        }
        catch (FlowStoppedException stopped)
        {
            Assert.IsType<FormatException>(stopped.InnerException);
            Assert.Equal(1, ending);
        }
        catch (OperationCanceledException)
        {
            Assert.Equal(2, ending);
        }

        Assert.Equal(tickets.Where(ticket => ticket.Disposals == 1).Select(ticket => ticket.Id), sink.Ids);
        Assert.All(tickets, ticket => Assert.InRange(ticket.Disposals, 0, 1));
        Assert.Equal((0, 0), (budget.ReservedBytes, budget.WaitingCount));
        Assert.InRange(budget.ReservedBytesPeak, 0, budget.CapacityBytes);
    }

    private static async Task<T> AssertStopsAsync<T>(Task run)
        where T : Exception
    {
        FlowStoppedException stopped = await Assert.ThrowsAsync<FlowStoppedException>(() => run);
        Assert.Equal(StopReason.Defect, stopped.Reason);
        return Assert.IsType<T>(stopped.InnerException);
    }

    private static IEnumerable<TestTicket> TicketsThenThrow(TestTicket[] tickets)
    {
        foreach (TestTicket ticket in tickets)
        {
            yield return ticket;
        }

        throw new FormatException("defect of the source");
    }

    /// <summary>A source of one ticket that tells when the feeder is done with it.</summary>
    private sealed class OneTicket(Action onDispose) : IAsyncEnumerable<TestTicket>, IAsyncEnumerator<TestTicket>
    {
        private int _moves;

        public TestTicket Current { get; } = new(0);

        public IAsyncEnumerator<TestTicket> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public ValueTask<bool> MoveNextAsync() => ValueTask.FromResult(++_moves == 1);

        public ValueTask DisposeAsync()
        {
            onDispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class ThrowingTicket : IDisposable
    {
        private bool _wasDisposed;

        public void Dispose()
        {
            if (!_wasDisposed)
            {
                _wasDisposed = true;
                throw new FormatException("defect of disposal");
            }
        }
    }
}
