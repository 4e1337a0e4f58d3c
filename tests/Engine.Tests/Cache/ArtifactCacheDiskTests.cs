using Pipeline.Engine.Cache;
using Pipeline.Engine.Cache.Disk;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Engine.Tests.Cache;

/// <summary>Both tiers together.</summary>
public sealed class ArtifactCacheDiskTests : IDisposable
{
    private const string Ageing = "ageing";

    private static readonly TimeSpan TimeToLive = TimeSpan.FromHours(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-cache-").FullName;
    private readonly ManualTimeProvider _clock = new();

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public async Task GetOrComputeAsync_AfterRestart_IsADiskHitThatSavesItsSeconds()
    {
        await using (Tiers first = Open())
        {
            Assert.False(await TouchAsync(first.Cache, 1, 100, seconds: 3));
        }

        await using Tiers second = Open();
        Assert.True(await TouchAsync(second.Cache, 1, 100, seconds: 3));
        Assert.True(await TouchAsync(second.Cache, 1, 100, seconds: 3));
        KindStatistics kind = Assert.Single(second.Cache.Statistics.Kinds);
        Assert.Equal((1, 1, 0, 6.0), (kind.HitsDisk, kind.HitsMemory, kind.Misses, kind.SavedSeconds));
        Assert.Equal(100 + ArtifactHeader.SizeBytes, kind.DiskBytes);
    }

    [Fact]
    public async Task GetOrComputeAsync_CheapOrWithoutCodec_IsNotWritten()
    {
        await using Tiers tiers = Open();
        await TouchAsync(tiers.Cache, 1, 100, seconds: 0);
        (await tiers.Cache.GetOrComputeAsync(Key(2), "moments", _ => Compute(2, 100, 5), default)).Dispose();
        await tiers.Cache.FlushAsync(default);
        Assert.Equal((0, 0), (tiers.Disk.Statistics.KeptCount, tiers.Cache.Statistics.Kinds[0].SpillsDropped));
    }

    [Fact]
    public async Task GetOrComputeAsync_ManyCallersOfOneFile_ReadOnce()
    {
        await using (Tiers first = Open())
        {
            await TouchAsync(first.Cache, 1, 100, seconds: 3);
        }

        await using Tiers second = Open();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
            Assert.True(await TouchAsync(second.Cache, 1, 100, seconds: 3))))).WaitAsync(Gate.Patience);
        KindStatistics kind = Assert.Single(second.Cache.Statistics.Kinds);
        Assert.Equal((1, 19, 0), (kind.HitsDisk, kind.HitsMemory, kind.Misses));
        Assert.Equal(0, second.Cache.Statistics.PinnedBytes);
    }

    [Fact]
    public async Task GetOrComputeAsync_QueueFull_DropsAndCounts()
    {
        await using Tiers tiers = Open();
        using var codec = new SlowCodec();
        await GetAsync(0);
        await codec.Started.WaitAsync(Gate.Patience);

        // One is being written, as many as may wait, and two are too many.
        for (int id = 1; id <= Limits.Tiny.SpillsWaitingMax + 2; id++)
        {
            await GetAsync(id);
        }

        Assert.Equal(2, Assert.Single(tiers.Cache.Statistics.Kinds).SpillsDropped);
        Assert.Equal(40 * (1 + Limits.Tiny.SpillsWaitingMax), tiers.Cache.Statistics.PinnedBytes);
        codec.Go();
        await tiers.Cache.FlushAsync(default).WaitAsync(Gate.Patience);
        Assert.Equal(1 + Limits.Tiny.SpillsWaitingMax, Assert.Single(tiers.Cache.Statistics.Kinds).Spills);
        Assert.Equal(0, tiers.Cache.Statistics.PinnedBytes);

        async Task GetAsync(int id) =>
            (await tiers.Cache.GetOrComputeAsync(Key(id), "moments", _ => Compute(id, 40, 1), codec, default)).Dispose();
    }

    [Fact]
    public async Task GetOrComputeAsync_MoreBytesThanMayWait_DropsAndCounts()
    {
        await using Tiers tiers = Open(memoryBytes: 100_000);
        await TouchAsync(tiers.Cache, 1, Limits.Tiny.SpillBytesMax + 1, seconds: 10);
        Assert.Equal(1, Assert.Single(tiers.Cache.Statistics.Kinds).SpillsDropped);
        Assert.Equal(0, tiers.Cache.Statistics.PinnedBytes);
    }

    [Fact]
    public async Task DisposeAsync_AfterADefectOfTheCodec_RethrowsIt()
    {
        var disk = new DiskTier(_folder, Limits.Tiny, _clock);
        var cache = new ArtifactCache(Limits.Tiny, _clock, disk);
        (await cache.GetOrComputeAsync(Key(1), "moments", _ => Compute(1, 40, 1), new BrokenCodec(), default)).Dispose();
        await Assert.ThrowsAsync<NotSupportedException>(async () => await cache.DisposeAsync());
        Assert.Equal(0, cache.Statistics.PinnedBytes);
        Assert.Empty(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
        Assert.False(await TouchAsync(cache, 2, 40, seconds: 1));
        await disk.DisposeAsync();
    }

    // Aim: both tiers answer as defined whatever happens to the files. Method: random requests, restarts, deletions,
    // damage and time against a plain list and a plain dictionary.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task AnyEvents_AgainstNaiveModel_GiveTheSameHits(ulong seed)
    {
        const long MemoryBytes = 500;
        var random = new Pcg64(seed);
        var memory = new NaiveCache(MemoryBytes);
        Dictionary<int, DateTimeOffset> madeInMemory = [];
        Dictionary<int, (DateTimeOffset MadeAt, bool IsDamaged)> files = [];
        long damaged = 0;
        long expired = 0;
        long hitsDisk = 0;
        Tiers tiers = Open(MemoryBytes);
        for (int step = 0; step < 600; step++)
        {
            int id = random.NextInt(30);
            string path = Directory.Exists(_folder)
                ? Directory.EnumerateFiles(_folder, $"{Key(id)}_*", SearchOption.AllDirectories).SingleOrDefault() ?? ""
                : "";
            switch (random.NextInt(20))
            {
                case 0:
                    await tiers.DisposeAsync();
                    tiers = Open(MemoryBytes);
                    memory = new NaiveCache(MemoryBytes);
                    madeInMemory.Clear();
                    (damaged, expired, hitsDisk) = (0, 0, 0);
                    break;
                case 1 when path.Length > 0:
                    File.Delete(path);
                    files.Remove(id);
                    break;
                case 2 when path.Length > 0:
                    byte[] bytes = await File.ReadAllBytesAsync(path);
                    bytes[random.NextInt(bytes.Length)] ^= (byte)(1 << random.NextInt(8));

                    // Flipping the same bit back would heal the file.
                    await File.WriteAllBytesAsync(path, files[id].IsDamaged ? bytes[..^1] : bytes);
                    files[id] = files[id] with { IsDamaged = true };
                    break;
                case 3 when random.NextInt(5) == 0 && Directory.Exists(_folder):
                    Directory.Delete(_folder, recursive: true);
                    files.Clear();
                    break;
                case 4:
                    _clock.Advance(TimeSpan.FromMinutes(random.NextInt(60)));
                    break;
                default:
                    long size = 40 + (id * 7 % 60);
                    double seconds = 1 + (id * 5 % 11);
                    string kind = id % 3 == 0 ? Ageing : "lasting";
                    DateTimeOffset now = _clock.GetUtcNow();
                    bool IsOld(DateTimeOffset madeAt) => kind == Ageing && now - madeAt > TimeToLive;
                    bool isHit = memory.Holds(Key(id));
                    if (isHit && IsOld(madeInMemory[id]))
                    {
                        isHit = false;
                        memory.Expire(Key(id));
                        expired += files.TryGetValue(id, out (DateTimeOffset, bool IsDamaged) old) && old.IsDamaged ? 0 : 1;
                        damaged += old.IsDamaged ? 1 : 0;
                        files.Remove(id);
                    }
                    else if (!isHit && files.TryGetValue(id, out (DateTimeOffset MadeAt, bool IsDamaged) file))
                    {
                        bool isOld = !file.IsDamaged && IsOld(file.MadeAt);
                        isHit = !file.IsDamaged && !isOld;
                        damaged += file.IsDamaged ? 1 : 0;
                        expired += isOld ? 1 : 0;
                        hitsDisk += isHit ? 1 : 0;
                        madeInMemory[id] = file.MadeAt;
                    }

                    Assert.True(isHit == await TouchAsync(tiers.Cache, id, size, seconds, kind), $"Seed {seed}, step {step}, id {id}: hit expected {isHit}.");
                    await tiers.Cache.FlushAsync(default);
                    memory.Request(Key(id), size, seconds, kind);
                    memory.Unpin(Key(id));
                    if (!isHit)
                    {
                        madeInMemory[id] = _clock.GetUtcNow();
                        files[id] = (_clock.GetUtcNow(), false);
                    }

                    break;
            }

            CacheStatistics statistics = tiers.Cache.Statistics;
            Assert.True(
                statistics.KeptBytes == memory.KeptBytes
                && statistics.Kinds.Sum(kind => kind.MissesDamaged) == damaged
                && statistics.Kinds.Sum(kind => kind.MissesExpired) == expired
                && statistics.Kinds.Sum(kind => kind.HitsDisk) == hitsDisk,
                $"Seed {seed}, step {step}: {statistics}, expected kept {memory.KeptBytes}, damaged {damaged}, expired {expired}, from disk {hitsDisk}.");
        }

        await tiers.DisposeAsync();
    }

    // Aim: whatever threads, a small disk and somebody who deletes do to each other, every caller gets the right value
    // and the account balances. Method: eight workers, few keys, room for some of them in each tier.
    [Fact]
    public async Task GetOrComputeAsync_ManyThreadsAndDeletions_BalancesInTheEnd()
    {
        Tiers tiers = Open(memoryBytes: 300, diskBytes: 2000, clock: TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new Pcg64((ulong)worker);
            for (int round = 0; round < 400; round++)
            {
                if (worker == 0 && round % 20 == 0)
                {
                    foreach (string part in Directory.EnumerateDirectories(_folder).Where(part => random.NextInt(2) == 0))
                    {
                        DeleteAnyway(part);
                    }
                }

                int id = random.NextInt(20);
                using ArtifactLease<TestArtifact> lease = await tiers.Cache.GetOrComputeAsync(
                    Key(id),
                    id % 2 == 0 ? "even" : "odd",
                    async _ =>
                    {
                        // Dearer than a reading by the clock, without waiting: work.
                        long start = TimeProvider.System.GetTimestamp();
                        while (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromMilliseconds(0.5))
                        {
                            await Task.Yield();
                        }

                        return new TestArtifact(Key(id), 40 + id);
                    },
                    new TestCodec(),
                    default);
                Assert.Equal((Key(id), 40 + id), (lease.Value.Key, lease.Value.SizeBytes));
            }
        }))).WaitAsync(Gate.Patience);
        await tiers.Cache.FlushAsync(default);
        CacheStatistics statistics = tiers.Cache.Statistics;
        Assert.Equal(0, statistics.PinnedBytes);
        Assert.InRange(statistics.KeptBytes, 1, 300);
        Assert.InRange(statistics.Disk!.KeptBytes, 0, 2000);
        Assert.Equal(8 * 400, statistics.Hits + statistics.Misses);
        Assert.True(statistics.Kinds.All(kind => kind.HitsMemory > 0 && kind.Spills > 0));
        await tiers.DisposeAsync();
    }

    private static void DeleteAnyway(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // The cache wrote into it meanwhile; the next round tries again.
        }
    }

    private static Fingerprint Key(int id) => new FingerprintBuilder("test", 1).Add("id", id).ToFingerprint();

    private Tiers Open(long memoryBytes = 1000, long diskBytes = 1 << 20, TimeProvider? clock = null)
    {
        Limits limits = Limits.Tiny with { CacheBytesMax = memoryBytes, CacheDiskBytesMax = diskBytes, EvictedKeysMax = 1000 };
        var disk = new DiskTier(_folder, limits, clock ?? _clock);
        return new Tiers(
            disk,
            new ArtifactCache(limits, clock ?? _clock, disk, new Dictionary<string, TimeSpan> { [Ageing] = TimeToLive }));
    }

    private ValueTask<TestArtifact> Compute(int id, long bytes, double seconds)
    {
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        return ValueTask.FromResult(new TestArtifact(Key(id), bytes));
    }

    private async Task<bool> TouchAsync(ArtifactCache cache, int id, long bytes, double seconds, string kind = "moments")
    {
        using ArtifactLease<TestArtifact> lease =
            await cache.GetOrComputeAsync(Key(id), kind, _ => Compute(id, bytes, seconds), new TestCodec(), default);
        Assert.Equal((Key(id), bytes), (lease.Value.Key, lease.Value.SizeBytes));
        return lease.WasHit;
    }

    private sealed record Tiers(DiskTier Disk, ArtifactCache Cache) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Cache.DisposeAsync();
            await Disk.DisposeAsync();
        }
    }

    /// <summary>Writes when it is told to.</summary>
    private sealed class SlowCodec : IArtifactCodec<TestArtifact>, IDisposable
    {
        private readonly ManualResetEventSlim _go = new();
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Started => _started.Task;

        public void Go() => _go.Set();

        public void Write(TestArtifact value, Stream target)
        {
            _started.TrySetResult();
            Assert.True(_go.Wait(Gate.Patience));
            new TestCodec().Write(value, target);
        }

        public TestArtifact? Read(Stream source) => new TestCodec().Read(source);

        public void Dispose() => _go.Dispose();
    }

    private sealed class BrokenCodec : IArtifactCodec<TestArtifact>
    {
        public void Write(TestArtifact value, Stream target) => throw new NotSupportedException("A defect.");

        public TestArtifact? Read(Stream source) => null;
    }
}
