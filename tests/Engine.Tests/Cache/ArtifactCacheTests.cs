using Pipeline.Engine.Cache;
using Pipeline.Engine.Identity;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Engine.Tests.Cache;

public sealed partial class ArtifactCacheTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task GetOrComputeAsync_SecondTime_IsAHitThatSavesItsSeconds()
    {
        ArtifactCache cache = Cache(100);
        using ArtifactLease<TestArtifact> first = await GetAsync(cache, 1, 10, seconds: 3);
        using ArtifactLease<TestArtifact> second = await GetAsync(cache, 1, 10, seconds: 3);
        Assert.Equal((false, true), (first.WasHit, second.WasHit));
        Assert.Same(first.Value, second.Value);
        KindStatistics kind = Assert.Single(cache.Statistics.Kinds);
        Assert.Equal(("pretreated", 1, 1, 10, 3.0), (kind.Kind, kind.Hits, kind.Misses, kind.KeptBytes, kind.SavedSeconds));
    }

    [Fact]
    public async Task GetOrComputeAsync_Full_EvictsTheCheapestPerByte()
    {
        ArtifactCache cache = Cache(100);
        await TouchAsync(cache, 1, 50, seconds: 10);
        await TouchAsync(cache, 2, 50, seconds: 1);
        await TouchAsync(cache, 3, 50, seconds: 5);
        Assert.True(await TouchAsync(cache, 1, 50, seconds: 10));
        Assert.Equal((1, 100), (cache.Statistics.Evictions, cache.Statistics.KeptBytes));
        Assert.False(await TouchAsync(cache, 2, 50, seconds: 1));
        KindStatistics kind = Assert.Single(cache.Statistics.Kinds);
        Assert.Equal((3, 1, 0), (kind.MissesNeverComputed, kind.MissesEvicted, kind.MissesNotKept));
    }

    // Aim: a value once dear but never asked for again leaves in the end. Method: a stream of cheaper values.
    [Fact]
    public async Task GetOrComputeAsync_DearValueNeverUsedAgain_AgesOut()
    {
        ArtifactCache cache = Cache(100);
        await TouchAsync(cache, 1, 50, seconds: 10);
        for (int id = 2; id < 20; id++)
        {
            await TouchAsync(cache, id, 50, seconds: 1);
        }

        Assert.False(await TouchAsync(cache, 1, 50, seconds: 10));
    }

    [Fact]
    public async Task GetOrComputeAsync_OftenUsed_OutlivesDearer()
    {
        ArtifactCache cache = Cache(100);
        await TouchAsync(cache, 1, 50, seconds: 1);
        await TouchAsync(cache, 2, 50, seconds: 3);
        for (int use = 0; use < 4; use++)
        {
            await TouchAsync(cache, 1, 50, seconds: 1);
        }

        await TouchAsync(cache, 3, 50, seconds: 1);
        Assert.True(await TouchAsync(cache, 1, 50, seconds: 1));
    }

    [Fact]
    public async Task GetOrComputeAsync_PinnedValues_AreNeverEvicted()
    {
        ArtifactCache cache = Cache(100);
        using ArtifactLease<TestArtifact> pinned = await GetAsync(cache, 1, 60, seconds: 0);
        await TouchAsync(cache, 2, 40, seconds: 100);
        await TouchAsync(cache, 3, 40, seconds: 1);
        Assert.Equal((60, 100), (cache.Statistics.PinnedBytes, cache.Statistics.KeptBytes));
        Assert.True(await TouchAsync(cache, 1, 60, seconds: 0));
        pinned.Dispose();
        pinned.Dispose();
        Assert.Equal(0, cache.Statistics.PinnedBytes);
        await TouchAsync(cache, 4, 90, seconds: 1);
        Assert.False(await TouchAsync(cache, 1, 60, seconds: 0));
    }

    [Fact]
    public async Task GetOrComputeAsync_NoRoomBesideThePinned_HandsOutAndDoesNotKeep()
    {
        ArtifactCache cache = Cache(100);
        using ArtifactLease<TestArtifact> pinned = await GetAsync(cache, 1, 60, seconds: 1);
        await TouchAsync(cache, 2, 30, seconds: 1);
        using (ArtifactLease<TestArtifact> tooLarge = await GetAsync(cache, 3, 50, seconds: 1))
        {
            Assert.Equal(50, tooLarge.Value.SizeBytes);

            // Shared while it is in use; and nothing gave way to it in vain.
            Assert.True(await TouchAsync(cache, 3, 50, seconds: 1));
            Assert.True(await TouchAsync(cache, 2, 30, seconds: 1));
            Assert.Equal((90, 2, 0), (cache.Statistics.KeptBytes, cache.Statistics.KeptCount, cache.Statistics.Evictions));
        }

        Assert.False(await TouchAsync(cache, 3, 50, seconds: 1));
        Assert.Equal(1, Assert.Single(cache.Statistics.Kinds).MissesNotKept);
    }

    [Fact]
    public async Task GetOrComputeAsync_CapacityZero_KeepsNothing()
    {
        ArtifactCache cache = Cache(0);
        Assert.False(await TouchAsync(cache, 1, 1, seconds: 1));
        Assert.False(await TouchAsync(cache, 1, 1, seconds: 1));
    }

    [Fact]
    public async Task Evicted_MoreKeysThanRemembered_CountAsNeverComputed()
    {
        ArtifactCache cache = Cache(10);
        for (int id = 0; id <= Limits.Tiny.EvictedKeysMax + 1; id++)
        {
            await TouchAsync(cache, id, 10, seconds: 1);
        }

        // The keys 0 to 4 gave way; four of them, 1 to 4, are remembered.
        await TouchAsync(cache, 0, 10, seconds: 1);
        Assert.Equal(0, Assert.Single(cache.Statistics.Kinds).MissesEvicted);
        await TouchAsync(cache, 4, 10, seconds: 1);
        Assert.Equal(1, Assert.Single(cache.Statistics.Kinds).MissesEvicted);
    }

    [Fact]
    public async Task Value_AfterDisposal_Throws()
    {
        ArtifactLease<TestArtifact> lease = await GetAsync(Cache(100), 1, 10, seconds: 1);
        lease.Dispose();
        Assert.Throws<ObjectDisposedException>(() => lease.Value);
    }

    [Fact]
    public async Task GetOrComputeAsync_KeyOfAnotherType_IsRefused()
    {
        ArtifactCache cache = Cache(100);
        await TouchAsync(cache, 1, 10, seconds: 1);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await cache.GetOrComputeAsync(
            Key(1), "other", _ => ValueTask.FromResult(new OtherArtifact(1)), default));
        Assert.Equal(0, cache.Statistics.PinnedBytes);
    }

    [Fact]
    public async Task GetOrComputeAsync_TooManyKinds_IsRefused()
    {
        ArtifactCache cache = Cache(100);
        for (int id = 0; id < Limits.Tiny.ArtifactKindsMax; id++)
        {
            await TouchAsync(cache, id, 1, seconds: 1, kind: $"kind {id}");
        }

        await Assert.ThrowsAsync<ArgumentException>(() => TouchAsync(cache, 99, 1, seconds: 1, kind: "one more"));
        Assert.Equal(Limits.Tiny.ArtifactKindsMax, cache.Statistics.Kinds.Length);
    }

    private static Fingerprint Key(int id) => new FingerprintBuilder("test", 1).Add("id", id).ToFingerprint();

    private ArtifactCache Cache(long bytes) => new(Limits.Tiny with { CacheBytesMax = bytes }, _clock);

    /// <summary>Asks for a value and lets it go; returns whether it was a hit.</summary>
    private async Task<bool> TouchAsync(ArtifactCache cache, int id, long bytes, double seconds, string kind = "pretreated")
    {
        using ArtifactLease<TestArtifact> lease = await GetAsync(cache, id, bytes, seconds, kind);
        return lease.WasHit;
    }

    private ValueTask<ArtifactLease<TestArtifact>> GetAsync(
        ArtifactCache cache, int id, long bytes, double seconds, string kind = "pretreated") =>
        cache.GetOrComputeAsync(
            Key(id),
            kind,
            _ =>
            {
                _clock.Advance(TimeSpan.FromSeconds(seconds));
                return ValueTask.FromResult(new TestArtifact(Key(id), bytes));
            },
            default);
}
