using Pipeline.Engine.Dataflow;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Engine.Tests.Dataflow;

public sealed class MemoryBudgetTests
{
    [Fact]
    public async Task ReserveAsync_LargeRequestAtHead_IsNotStarvedBySmallOnes()
    {
        MemoryBudget budget = Budget(100);
        MemoryLease first = await budget.ReserveAsync(60, default);
        ValueTask<MemoryLease> large = budget.ReserveAsync(100, default);
        ValueTask<MemoryLease> small = budget.ReserveAsync(1, default);
        Assert.False(budget.TryReserve(1, out _));
        Assert.Equal((60, 2), (budget.ReservedBytes, budget.WaitingCount));

        first.Dispose();
        MemoryLease granted = await large.AsTask().WaitAsync(Gate.Patience);
        Assert.False(small.IsCompleted);
        granted.Dispose();
        (await small.AsTask().WaitAsync(Gate.Patience)).Dispose();
        Assert.Equal((0, 100), (budget.ReservedBytes, budget.ReservedBytesPeak));
    }

    [Fact]
    public void ReserveAsync_MoreThanCapacity_SaysAskedCapacityAndRemedy()
    {
        MemoryBudget budget = Budget(100);
        StageException refused = Assert.Throws<StageException>(() => { _ = budget.ReserveAsync(101, default).AsTask(); });
        Assert.Equal(FailureKind.OverBudget, refused.Kind);
        Assert.Contains("101 bytes", refused.Message, StringComparison.Ordinal);
        Assert.Contains("100 bytes", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Raise the memory budget", refused.Message, StringComparison.Ordinal);
        Assert.False(budget.TryReserve(101, out _));
    }

    [Fact]
    public async Task ReserveAsync_Cancelled_LeavesTheQueueAndServesThoseBehind()
    {
        MemoryBudget budget = Budget(100);
        using MemoryLease first = await budget.ReserveAsync(60, default);
        using var cancellation = new CancellationTokenSource();
        Task<MemoryLease> large = budget.ReserveAsync(100, cancellation.Token).AsTask();
        Task<MemoryLease> small = budget.ReserveAsync(40, default).AsTask();

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large.WaitAsync(Gate.Patience));
        using MemoryLease served = await small.WaitAsync(Gate.Patience);
        Assert.Equal((100, 0), (budget.ReservedBytes, budget.WaitingCount));
    }

    [Fact]
    public async Task ReserveAsync_TokenCancelledBefore_ReservesNothing()
    {
        MemoryBudget budget = Budget(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await budget.ReserveAsync(1, new CancellationToken(canceled: true)));
        Assert.Equal(0, budget.ReservedBytesPeak);
    }

    [Fact]
    public async Task ReserveAsync_TooManyWaiting_IsRefused()
    {
        MemoryBudget budget = Budget(100);
        MemoryLease all = await budget.ReserveAsync(100, default);
        Task<MemoryLease>[] waiting =
            [.. Enumerable.Range(0, Limits.Tiny.WaitingReservationsMax).Select(_ => budget.ReserveAsync(1, default).AsTask())];
        StageException refused = Assert.Throws<StageException>(() => { _ = budget.ReserveAsync(1, default).AsTask(); });
        Assert.Contains("WaitingReservationsMax", refused.Message, StringComparison.Ordinal);
        all.Dispose();
        await Task.WhenAll(waiting).WaitAsync(Gate.Patience);
    }

    [Fact]
    public async Task ShrinkTo_SmallerThenLarger_NeverGrows()
    {
        MemoryBudget budget = Budget(100);
        MemoryLease lease = await budget.ReserveAsync(80, default);
        lease.ShrinkTo(30);
        lease.ShrinkTo(50);
        Assert.Equal((30, 30, 80), (lease.Bytes, budget.ReservedBytes, budget.ReservedBytesPeak));
        lease.Dispose();
        lease.Dispose();
        lease.ShrinkTo(10);
        Assert.Equal((0, 0), (lease.Bytes, budget.ReservedBytes));
    }

    [Fact]
    public async Task Dispose_FromManyThreadsAtOnce_ReleasesOnce()
    {
        MemoryBudget budget = Budget(100);
        using MemoryLease other = await budget.ReserveAsync(40, default);
        for (int round = 0; round < 200; round++)
        {
            MemoryLease lease = await budget.ReserveAsync(60, default);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(lease.Dispose)));
            Assert.Equal(40, budget.ReservedBytes);
        }
    }

    // Aim: the account is right after any sequence of calls. Method: a list and a queue as the naive model.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task AnyCalls_AgainstNaiveModel_GiveTheSameAccount(ulong seed)
    {
        const int Capacity = 50;
        var random = new Pcg64(seed);
        MemoryBudget budget = new(Limits.Tiny with { BudgetBytesMax = Capacity, WaitingReservationsMax = 1000 });
        List<(MemoryLease Lease, long Bytes)> held = [];
        List<(Task<MemoryLease> Task, long Bytes, CancellationTokenSource Source)> queue = [];
        long peak = 0;
        for (int step = 0; step < 2000; step++)
        {
            switch (random.NextInt(5))
            {
                case 0 or 1:
                    long bytes = random.NextInt(Capacity + 1);
                    var source = new CancellationTokenSource();
                    queue.Add((budget.ReserveAsync(bytes, source.Token).AsTask(), bytes, source));
                    break;
                case 2 when held.Count > 0:
                    int released = random.NextInt(held.Count);
                    held[released].Lease.Dispose();
                    held.RemoveAt(released);
                    break;
                case 3 when held.Count > 0:
                    int shrunk = random.NextInt(held.Count);
                    long to = random.NextInt(Capacity + 1);
                    held[shrunk].Lease.ShrinkTo(to);
                    held[shrunk] = (held[shrunk].Lease, Math.Min(to, held[shrunk].Bytes));
                    break;
                case 4 when queue.Count > 0:
                    int withdrawn = random.NextInt(queue.Count);
                    await queue[withdrawn].Source.CancelAsync();
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queue[withdrawn].Task);
                    queue.RemoveAt(withdrawn);
                    break;
            }

            while (queue.Count > 0 && held.Sum(lease => lease.Bytes) + queue[0].Bytes <= Capacity)
            {
                held.Add((await queue[0].Task.WaitAsync(Gate.Patience), queue[0].Bytes));
                queue.RemoveAt(0);
                peak = Math.Max(peak, held.Sum(lease => lease.Bytes));
            }

            long expected = held.Sum(lease => lease.Bytes);
            Assert.True(
                budget.ReservedBytes == expected && budget.WaitingCount == queue.Count
                && budget.ReservedBytesPeak == peak && queue.All(waiter => !waiter.Task.IsCompleted),
                $"Seed {seed}, step {step}: expected {expected} reserved, {queue.Count} waiting, peak {peak}; "
                + $"found {budget.ReservedBytes}, {budget.WaitingCount}, {budget.ReservedBytesPeak}.");
        }
    }

    // Aim: the peak never exceeds the capacity and nothing leaks when many threads reserve, shrink and cancel.
    [Fact]
    public async Task ReserveAsync_ManyThreads_KeepsThePeakWithinCapacity()
    {
        const int Capacity = 1000;
        MemoryBudget budget = new(Limits.Tiny with { BudgetBytesMax = Capacity, WaitingReservationsMax = 100 });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new Pcg64((ulong)worker);
            for (int round = 0; round < 300; round++)
            {
                using var source = new CancellationTokenSource();
                Task<MemoryLease> asked = budget.ReserveAsync(random.NextInt(Capacity + 1), source.Token).AsTask();
                if (random.NextInt(4) == 0)
                {
                    await source.CancelAsync();
                }

                try
                {
                    using MemoryLease lease = await asked;
                    lease.ShrinkTo(lease.Bytes / 2);
                    await Task.Yield();
                }
                catch (OperationCanceledException)
                {
                    // Expected for those that were cancelled while waiting.
                }
            }
        }))).WaitAsync(Gate.Patience);
        Assert.Equal((0, 0), (budget.ReservedBytes, budget.WaitingCount));
        Assert.InRange(budget.ReservedBytesPeak, 1, Capacity);
    }

    private static MemoryBudget Budget(long bytes) => new(Limits.Tiny with { BudgetBytesMax = bytes });
}
