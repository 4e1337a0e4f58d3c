using Pipeline.Engine.Cache;
using Pipeline.Engine.Cache.Disk;
using Pipeline.Engine.Identity;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Engine.Tests.Cache.Disk;

public sealed class DiskTierTests : IDisposable
{
    private const string Kind = "moments";

    private static readonly TestCodec Codec = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-disk-tier-").FullName;
    private readonly ManualTimeProvider _clock = new();

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public async Task Read_AfterWriteAndRestart_GivesTheSame()
    {
        await using (DiskTier first = Tier())
        {
            Assert.True(Write(first, 1, 100, seconds: 2));
            Assert.Equal(100, Read(first, 1).Value!.SizeBytes);
        }

        await using DiskTier second = Tier();
        DiskRead<TestArtifact> read = Read(second, 1);
        Assert.Equal((Key(1), 2.0), (read.Value!.Key, read.ComputeSeconds));
        Assert.Null(Read(second, 2).Value);
        Assert.Null(Read(second, 2).Reason);
        await second.Listing;
        Assert.Equal((1, 100 + ArtifactHeader.SizeBytes, true), (second.Statistics.KeptCount, second.Statistics.KeptBytes, second.Statistics.IsListed));
        Assert.Equal(100 + ArtifactHeader.SizeBytes, second.BytesOf(Kind));
    }

    // Aim: no altered file is ever believed. Method: every bit of every byte of a small file, each time in a fresh tier.
    [Fact]
    public async Task Read_AnyByteFlipped_IsDamagedAndRemoved()
    {
        string path = await WriteOneAsync();
        byte[] whole = await File.ReadAllBytesAsync(path);
        for (int position = 0; position < whole.Length; position++)
        {
            foreach (byte flip in new byte[] { 1, 0x80, 0xff })
            {
                byte[] damaged = [.. whole];
                damaged[position] ^= flip;
                await AssertDamagedAsync(path, damaged, $"byte {position} ^ {flip}");
            }
        }
    }

    [Fact]
    public async Task Read_AnyLength_IsDamagedAndRemoved()
    {
        string path = await WriteOneAsync();
        byte[] whole = await File.ReadAllBytesAsync(path);
        for (int length = 0; length < whole.Length; length++)
        {
            await AssertDamagedAsync(path, whole[..length], $"length {length}");
        }

        await AssertDamagedAsync(path, [.. whole, 0], "one byte more");
    }

    [Fact]
    public async Task Read_FileOfAnotherKey_IsDamaged()
    {
        string path = await WriteOneAsync();
        var name = new ArtifactFileName(Key(2), Kind, 1_000_000, TestCodec.HeadBytes);
        Directory.CreateDirectory(Path.GetDirectoryName(name.PathBelow(_folder))!);
        File.Move(path, name.PathBelow(_folder));
        await using DiskTier tier = Tier();
        Assert.Equal(CacheMiss.Damaged, Read(tier, 2).Reason);
        Assert.False(File.Exists(name.PathBelow(_folder)));
    }

    [Fact]
    public async Task Open_KilledInMidSpill_RemovesTheTemporaryOnly()
    {
        string path = await WriteOneAsync();
        string temporary = Path.Combine(_folder, "tmp", $"{Key(2)}-1-1");
        await File.WriteAllBytesAsync(temporary, new byte[77]);
        await using DiskTier tier = Tier();
        Assert.False(File.Exists(temporary));
        Assert.True(File.Exists(path));
        Assert.Null(Read(tier, 2).Reason);
        Assert.NotNull(Read(tier, 1).Value);
    }

    // Aim: a full disk drops the spill and leaves nothing behind. Method: the n-th byte fails, for every n.
    [Fact]
    public async Task Write_DiskFull_IsDroppedWithoutATrace()
    {
        int fileBytes = ArtifactHeader.SizeBytes + 100;
        for (int room = 0; room < fileBytes; room += 7)
        {
            await using var tier = new DiskTier(
                _folder, Limits.Tiny, _clock, path => new FullDisk(ArtifactFile.Create(path), room), freeBytes: null);
            Assert.False(Write(tier, 1, 100, seconds: 1), $"Room {room}.");
            Assert.Empty(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
            Assert.Equal(0, tier.Statistics.KeptBytes);
        }
    }

    [Fact]
    public async Task Write_BelowTheFloorOfFreeSpace_GivesWayAndDrops()
    {
        long free = 10_000;
        Limits limits = Limits.Tiny with { DiskFreeBytesMin = 250 };
        await using var tier = new DiskTier(_folder, limits, _clock, ArtifactFile.Create, () => free);
        Assert.True(Write(tier, 1, 100, seconds: 1));
        Assert.True(Write(tier, 2, 100, seconds: 5));
        free = 1000;
        Assert.False(Write(tier, 3, 100, seconds: 9));

        // The shortage is one file, and the cheapest gave way.
        Assert.Equal((1, 1), (tier.Statistics.Evictions, tier.Statistics.KeptCount));
        Assert.NotNull(Read(tier, 2).Value);
        free = 10_000;
        Assert.True(Write(tier, 3, 100, seconds: 9));
    }

    [Fact]
    public async Task Write_Full_EvictsTheCheapestPerByteAndNeverExceeds()
    {
        long fileBytes = 100 + ArtifactHeader.SizeBytes;
        await using DiskTier tier = Tier(3 * fileBytes);
        double[] seconds = [3, 1, 4, 2, 6, 5];
        for (int id = 0; id < seconds.Length; id++)
        {
            Assert.True(Write(tier, id, 100, seconds[id]));
            Assert.InRange(tier.Statistics.KeptBytes, 1, 3 * fileBytes);
            Assert.Equal(tier.Statistics.KeptCount, Files().Length);
        }

        // Worked by hand, in seconds per file: id 1 leaves at 1, so id 3 starts at 1 + 2; it and id 0 leave at 3.
        Assert.Equal(3, tier.Statistics.KeptCount);
        Assert.Null(Read(tier, 1).Value);
        Assert.NotNull(Read(tier, 4).Value);
        Assert.NotNull(Read(tier, 5).Value);
        Assert.False(Write(tier, 9, 4 * fileBytes, seconds: 100));
    }

    [Fact]
    public async Task Read_OlderThanAllowed_IsExpiredAcrossRestarts()
    {
        await using (DiskTier first = Tier())
        {
            Write(first, 1, 100, seconds: 1);
        }

        _clock.Advance(TimeSpan.FromHours(2));
        await using DiskTier second = Tier();
        Assert.NotNull(second.Read(Key(1), Codec, TimeSpan.FromHours(3)).Value);
        Assert.Equal(TimeSpan.FromHours(2), Read(second, 1).Age);
        Assert.Equal(CacheMiss.Expired, second.Read(Key(1), Codec, TimeSpan.FromHours(1)).Reason);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task AnyUse_FolderDeleted_GoesOn()
    {
        await using DiskTier tier = Tier();
        Write(tier, 1, 100, seconds: 1);
        Directory.Delete(_folder, recursive: true);
        Assert.Equal(default, Read(tier, 1));
        Assert.Equal(0, tier.Statistics.KeptBytes);
        Assert.True(Write(tier, 1, 100, seconds: 1));
        Assert.NotNull(Read(tier, 1).Value);
    }

    [Fact]
    public async Task Open_FolderThatIsAFile_MissesAndDrops()
    {
        string path = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(path, "in the way");
        await using var tier = new DiskTier(path, Limits.Tiny, _clock);
        Assert.False(Write(tier, 1, 100, seconds: 1));
        Assert.Null(Read(tier, 1).Value);
    }

    [Fact]
    public async Task Open_LessRoomThanBefore_EvictsDown()
    {
        await using (DiskTier large = Tier())
        {
            for (int id = 0; id < 10; id++)
            {
                Write(large, id, 100, seconds: 1 + id);
            }
        }

        long fileBytes = 100 + ArtifactHeader.SizeBytes;
        await using DiskTier small = Tier(4 * fileBytes);
        await small.Listing;
        Assert.Equal((4, 4), (small.Statistics.KeptCount, Files().Length));
        Assert.Equal(4 * fileBytes, small.Statistics.KeptBytes);
    }

    [Fact]
    public async Task Open_ForeignFiles_AreLeftAlone()
    {
        string part = Path.Combine(_folder, "00");
        Directory.CreateDirectory(part);
        string foreign = Path.Combine(part, "notes.txt");
        await File.WriteAllTextAsync(foreign, "mine");
        await using DiskTier tier = Tier();
        await tier.Listing;
        Assert.Equal(0, tier.Statistics.KeptCount);
        Assert.True(File.Exists(foreign));
    }

    [Fact]
    public async Task IsWorthWriting_ByBytesAndSeconds()
    {
        await using DiskTier tier = Tier();
        double perSecond = tier.Statistics.ReadBytesPerSecond;
        Assert.False(tier.IsWorthWriting((long)perSecond, 1));
        Assert.True(tier.IsWorthWriting((long)perSecond, 1.1));
        Assert.False(tier.IsWorthWriting(1, 0.0001));
    }

    private static Fingerprint Key(int id) => new FingerprintBuilder("test", 1).Add("id", id).ToFingerprint();

    private static DiskRead<TestArtifact> Read(DiskTier tier, int id) => tier.Read(Key(id), Codec, timeToLive: null);

    private bool Write(DiskTier tier, int id, long bytes, double seconds)
    {
        var value = new TestArtifact(Key(id), bytes);
        return tier.Write(Key(id), Kind, bytes, seconds, _clock.GetUtcNow(), stream => Codec.Write(value, stream));
    }

    private DiskTier Tier(long bytes = 1 << 20) => new(_folder, Limits.Tiny with { CacheDiskBytesMax = bytes }, _clock);

    private string[] Files() => Directory.GetFiles(_folder, "*.artifact", SearchOption.AllDirectories);

    private async Task<string> WriteOneAsync()
    {
        await using DiskTier tier = Tier();
        Assert.True(Write(tier, 1, TestCodec.HeadBytes, seconds: 1));
        return Assert.Single(Files());
    }

    private async Task AssertDamagedAsync(string path, byte[] bytes, string what)
    {
        await File.WriteAllBytesAsync(path, bytes);
        await using DiskTier tier = Tier();
        DiskRead<TestArtifact> read = Read(tier, 1);
        Assert.True(read.Value is null && read.Reason == CacheMiss.Damaged, what);
        Assert.False(File.Exists(path), what);
        Assert.Equal((1, 0), (tier.Statistics.Damaged, tier.Statistics.KeptBytes));
    }

    /// <summary>A disk that takes a number of bytes and then is full.</summary>
    private sealed class FullDisk(Stream file, long room) : Stream
    {
        private long _room = room;

        public override bool CanRead => false;

        public override bool CanSeek => true;

        public override bool CanWrite => true;

        public override long Length => file.Length;

        public override long Position
        {
            get => file.Position;
            set => file.Position = value;
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            if ((_room -= count) < 0)
            {
                throw new IOException("No space left on device.");
            }

            file.Write(buffer, offset, count);
        }

        public override void Flush() => file.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

        public override void SetLength(long value) => file.SetLength(value);

        protected override void Dispose(bool disposing)
        {
            file.Dispose();
            base.Dispose(disposing);
        }
    }
}
