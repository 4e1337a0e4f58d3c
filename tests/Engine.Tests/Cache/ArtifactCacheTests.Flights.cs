using Pipeline.Engine.Cache;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Engine.Tests.Cache;

/// <summary>Several callers of one key at once, and many callers of many keys.</summary>
public sealed partial class ArtifactCacheTests
{
    [Fact]
    public async Task GetOrComputeAsync_ManyCallersOfOneKey_ComputeOnce()
    {
        ArtifactCache cache = Cache(100);
        var gate = new Gate();
        int computations = 0;
        Task<ArtifactLease<TestArtifact>>[] callers = [.. Enumerable.Range(0, 20).Select(_ => cache.GetOrComputeAsync(
            Key(1),
            "pretreated",
            async stopping =>
            {
                Interlocked.Increment(ref computations);
                await gate.PassAsync(stopping);
                return new TestArtifact(Key(1), 10);
            },
            default).AsTask())];
        gate.Open();
        ArtifactLease<TestArtifact>[] leases = await Task.WhenAll(callers).WaitAsync(Gate.Patience);
        Assert.Equal((1, 1), (computations, leases.Count(lease => !lease.WasHit)));
        Assert.Equal((10, 19), (cache.Statistics.PinnedBytes, cache.Statistics.Hits));
        Array.ForEach(leases, lease => lease.Dispose());
        Assert.Equal(0, cache.Statistics.PinnedBytes);
    }

    [Fact]
    public async Task GetOrComputeAsync_ComputingCallerCancelled_AnotherTakesOver()
    {
        ArtifactCache cache = Cache(100);
        using var cancellation = new CancellationTokenSource();
        Task<ArtifactLease<TestArtifact>> first = cache.GetOrComputeAsync<TestArtifact>(
            Key(1),
            "pretreated",
            async stopping =>
            {
                await new Gate().PassAsync(stopping);
                throw new InvalidOperationException("not reached");
            },
            cancellation.Token).AsTask();
        Task<ArtifactLease<TestArtifact>>[] others =
            [.. Enumerable.Range(0, 3).Select(_ => GetAsync(cache, 1, 10, seconds: 0).AsTask())];
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        ArtifactLease<TestArtifact>[] leases = await Task.WhenAll(others).WaitAsync(Gate.Patience);
        Assert.Single(leases, lease => !lease.WasHit);
        Array.ForEach(leases, lease => lease.Dispose());
        Assert.Equal((0, 10), (cache.Statistics.PinnedBytes, cache.Statistics.KeptBytes));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetOrComputeAsync_HungComputationOfACancelledCaller_IsReplacedAndItsLateValueIsDropped(bool isBlocking)
    {
        // Aim: a computation that ignores its token holds up nobody but its caller. Method: it hangs (with or without its thread)
        // while three wait; its token fires; a value made in its place must be the one that everybody gets, before and after the late one.
        ArtifactCache cache = Cache(100);
        using var cancellation = new CancellationTokenSource();
        using var hang = new FaultPoint(isBlocking ? FaultKind.HangBlocking : FaultKind.HangAsync);
        var late = new TestArtifact(Key(1), 30);
        Task<ArtifactLease<TestArtifact>> first = Task.Run(() => cache.GetOrComputeAsync(
            Key(1),
            "pretreated",
            async stopping =>
            {
                await hang.PassAsync(stopping);
                return late;
            },
            cancellation.Token).AsTask());
        while (hang.Strikes == 0)
        {
            await Task.Delay(1);
        }

        Task<ArtifactLease<TestArtifact>>[] others =
            [.. Enumerable.Range(0, 3).Select(_ => GetAsync(cache, 1, 10, seconds: 0).AsTask())];
        Assert.All(others, waiting => Assert.False(waiting.IsCompleted));
        await cancellation.CancelAsync();

        ArtifactLease<TestArtifact>[] leases = await Task.WhenAll(others).WaitAsync(Gate.Patience);
        Assert.Single(leases, lease => !lease.WasHit);
        Assert.False(first.IsCompleted);
        hang.Release();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Gate.Patience));
        Assert.Equal((10, 10), (cache.Statistics.PinnedBytes, cache.Statistics.KeptBytes));
        Array.ForEach(leases, lease => lease.Dispose());
        using ArtifactLease<TestArtifact> again = await GetAsync(cache, 1, 10, seconds: 0);
        Assert.True(again.WasHit);
        Assert.NotSame(late, again.Value);
    }

    [Fact]
    public async Task GetOrComputeAsync_HungComputationFailsLate_IsTheFailureOfItsCallerOnly()
    {
        ArtifactCache cache = Cache(100);
        using var cancellation = new CancellationTokenSource();
        using var hang = new FaultPoint(FaultKind.HangAsync);
        Task<ArtifactLease<TestArtifact>> first = cache.GetOrComputeAsync<TestArtifact>(
            Key(1),
            "pretreated",
            async stopping =>
            {
                await hang.PassAsync(stopping);
                throw new StageException(FailureKind.Numerical, "late");
            },
            cancellation.Token).AsTask();
        await cancellation.CancelAsync();

        // Hangs as well: the flight of the second must not be ended by the first.
        var gate = new Gate();
        Task<ArtifactLease<TestArtifact>> second = cache.GetOrComputeAsync(
            Key(1),
            "pretreated",
            async stopping =>
            {
                await gate.PassAsync(stopping);
                return new TestArtifact(Key(1), 10);
            },
            default).AsTask();
        hang.Release();
        await Assert.ThrowsAsync<StageException>(() => first.WaitAsync(Gate.Patience));
        Task<ArtifactLease<TestArtifact>> third = cache.GetOrComputeAsync<TestArtifact>(
            Key(1), "pretreated", _ => throw new InvalidOperationException("not reached"), default).AsTask();
        gate.Open();
        (await second.WaitAsync(Gate.Patience)).Dispose();
        using ArtifactLease<TestArtifact> shared = await third.WaitAsync(Gate.Patience);
        Assert.True(shared.WasHit);
    }

    [Fact]
    public async Task GetOrComputeAsync_ComputingCallerFails_AllWaitingSeeItAndNothingIsKept()
    {
        ArtifactCache cache = Cache(100);
        var gate = new Gate();
        var failure = new StageException(FailureKind.Numerical, "rank loss");
        Task<ArtifactLease<TestArtifact>>[] callers = [.. Enumerable.Range(0, 3).Select(_ =>
            cache.GetOrComputeAsync<TestArtifact>(
                Key(1),
                "pretreated",
                async stopping =>
                {
                    await gate.PassAsync(stopping);
                    throw failure;
                },
                default).AsTask())];
        gate.Open();
        foreach (Task caller in callers)
        {
            Assert.Same(failure, await Assert.ThrowsAsync<StageException>(() => caller.WaitAsync(Gate.Patience)));
        }

        Assert.False(await TouchAsync(cache, 1, 10, seconds: 1));
        Assert.True(await TouchAsync(cache, 1, 10, seconds: 1));
    }

    [Fact]
    public async Task GetOrComputeAsync_WaitingCallerCancelled_LeavesNoPinBehind()
    {
        ArtifactCache cache = Cache(100);
        var gate = new Gate();
        using var cancellation = new CancellationTokenSource();
        Task<ArtifactLease<TestArtifact>> first = cache.GetOrComputeAsync(
            Key(1),
            "pretreated",
            async stopping =>
            {
                await gate.PassAsync(stopping);
                return new TestArtifact(Key(1), 10);
            },
            default).AsTask();
        Task<ArtifactLease<TestArtifact>> second = cache.GetOrComputeAsync<TestArtifact>(
            Key(1), "pretreated", _ => throw new InvalidOperationException("not reached"), cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Gate.Patience));
        gate.Open();
        (await first.WaitAsync(Gate.Patience)).Dispose();
        Assert.Equal((0, 10), (cache.Statistics.PinnedBytes, cache.Statistics.KeptBytes));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task GetOrComputeAsync_ImpossibleSize_FailsAndTheKeyIsFree(long bytes)
    {
        ArtifactCache cache = Cache(100);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => TouchAsync(cache, 1, bytes, seconds: 1));
        Assert.False(await TouchAsync(cache, 1, 10, seconds: 1));
    }

    // Aim: hits, evictions and bytes are those of the definition. Method: random requests and disposals against
    // a plain list that is searched from end to end.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task AnyRequests_AgainstNaiveModel_GiveTheSameHits(ulong seed)
    {
        var random = new Pcg64(seed);
        var model = new NaiveCache(200);
        ArtifactCache cache = Cache(200);
        List<(int Id, ArtifactLease<TestArtifact> Lease)> held = [];
        for (int step = 0; step < 3000; step++)
        {
            if (held.Count > 0 && random.NextInt(2) == 0)
            {
                int released = random.NextInt(held.Count);
                held[released].Lease.Dispose();
                model.Unpin(Key(held[released].Id));
                held.RemoveAt(released);
            }
            else
            {
                int id = random.NextInt(25);
                long bytes = 1 + (id * 7 % 60);
                double seconds = 1 + (id * 5 % 11);
                ArtifactLease<TestArtifact> lease = await GetAsync(cache, id, bytes, seconds);
                Assert.Equal(Key(id), lease.Value.Key);
                bool isHit = model.Request(Key(id), bytes, seconds);
                Assert.True(isHit == lease.WasHit, $"Seed {seed}, step {step}, id {id}: hit expected {isHit}.");
                held.Add((id, lease));
            }

            CacheStatistics statistics = cache.Statistics;
            Assert.True(
                statistics.KeptBytes == model.KeptBytes && statistics.PinnedBytes == model.PinnedBytes
                && statistics.KeptBytes <= statistics.CapacityBytes,
                $"Seed {seed}, step {step}: kept {statistics.KeptBytes}, expected {model.KeptBytes}.");
        }
    }

    // Aim: under load the account balances and a key is never computed twice at once, but for callers that are cancelled and have
    // not noticed yet. Method: eight workers, few keys, little room, some failures and cancellations.
    [Fact]
    public async Task GetOrComputeAsync_ManyThreadsAndKeys_BalancesInTheEnd()
    {
        const int Keys = 12;
        ArtifactCache cache = Cache(100);
        int[] computing = new int[Keys];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new Pcg64((ulong)worker);
            for (int round = 0; round < 400; round++)
            {
                int id = random.NextInt(Keys);
                int fate = random.NextInt(10);
                using var cancellation = new CancellationTokenSource();
                try
                {
                    Task<ArtifactLease<TestArtifact>> asked = cache.GetOrComputeAsync(
                        Key(id),
                        "pretreated",
                        async stopping =>
                        {
                            if (fate != 0)
                            {
                                Assert.Equal(1, Interlocked.Increment(ref computing[id]));
                            }

                            await Task.Yield();
                            if (fate != 0)
                            {
                                Interlocked.Decrement(ref computing[id]);
                            }

                            stopping.ThrowIfCancellationRequested();
                            return fate == 1
                                ? throw new StageException(FailureKind.Numerical, "expected")
                                : new TestArtifact(Key(id), 5 + (id * 3));
                        },
                        cancellation.Token).AsTask();
                    if (fate == 0)
                    {
                        await cancellation.CancelAsync();
                    }

                    using ArtifactLease<TestArtifact> lease = await asked;
                    Assert.Equal(Key(id), lease.Value.Key);
                    await Task.Yield();
                }
                catch (Exception exception) when (exception is StageException or OperationCanceledException)
                {
                    // Expected for the fates 0 and 1 and for those who waited with them.
                }
            }
        }))).WaitAsync(Gate.Patience);
        CacheStatistics statistics = cache.Statistics;
        Assert.Equal(0, statistics.PinnedBytes);
        Assert.InRange(statistics.KeptBytes, 1, 100);
        Assert.True(statistics.Hits > 0 && statistics.Evictions > 0);
    }
}
