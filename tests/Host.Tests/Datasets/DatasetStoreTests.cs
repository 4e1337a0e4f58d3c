using Microsoft.Data.Sqlite;
using Pipeline.Engine;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Datasets;
using Pipeline.Host.Tests.Inbox;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Datasets;

public sealed class DatasetStoreTests
{
    [Fact]
    public async Task ReadChunk_DamagedOrMissingFile_IsMadeAnewFromItsSource()
    {
        using var inbox = new InboxHarness();
        inbox.Put("a.csv", InboxHarness.Table(0, 4));
        await inbox.SettleAsync();
        string file = Assert.Single(Directory.GetFiles(Path.Combine(inbox.Store.Folder, "chunks")));
        byte[] whole = await File.ReadAllBytesAsync(file);
        DatasetDigestsAreEqual(inbox);
        for (int at = 0; at < whole.Length; at += 7)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x11;
            await File.WriteAllBytesAsync(file, damaged);
            DatasetDigestsAreEqual(inbox);
        }

        File.Delete(file);
        DatasetDigestsAreEqual(inbox);
        Assert.Equal(whole, await File.ReadAllBytesAsync(file));
    }

    [Fact]
    public async Task ReadChunk_DamagedWithItsSource_SaysSo()
    {
        using var inbox = new InboxHarness();
        inbox.Put("a.csv", InboxHarness.Table(0, 4));
        await inbox.SettleAsync();
        File.Delete(Assert.Single(Directory.GetFiles(Path.Combine(inbox.Store.Folder, "chunks"))));
        await File.WriteAllTextAsync(Assert.Single(Directory.GetFiles(Path.Combine(inbox.Store.Folder, "sources"))), InboxHarness.Table(0, 3));
        StageException refused = Assert.Throws<StageException>(() => inbox.Store.Merge());
        Assert.Equal(FailureKind.Storage, refused.Kind);
        Assert.Contains("a.csv", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadChunk_OfASmallSource_NeedsNoFile()
    {
        using var inbox = new InboxHarness();
        using DatasetStore small = await DatasetStore.OpenAsync(
            Path.Combine(inbox.Root, "data"), "small", inbox.State, inbox.Storage, new CsvChunkCodec(), SpectraFormatsReaders.Text(WideCsvOptions.Default));
        using var bytes = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(InboxHarness.Table(0, 4)));
        await small.IngestAsync(small.StageSoon(bytes, "a.csv", long.MaxValue), mayLose: true, DateTimeOffset.UnixEpoch);
        DatasetChunk chunk = Assert.Single(small.Manifest.Chunks);
        Assert.Equal(chunk.Digest, DatasetDigests.Of(small.ReadChunk(chunk)));
        Assert.Empty(Directory.GetFiles(Path.Combine(small.Folder, "chunks")));
        Assert.Equal(4, small.Merge().SampleCount);
    }

    [Fact]
    public void Open_Twice_IsRefusedWithAReason()
    {
        using var inbox = new InboxHarness();
        StageException refused = Assert.Throws<StageException>(() => InboxHarness.OpenState(inbox.Root));
        Assert.Contains("another process", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../corn")]
    [InlineData("a/b")]
    [InlineData(".corn")]
    public async Task Open_ImpossibleName_IsRefused(string name)
    {
        using var inbox = new InboxHarness();
        Assert.Equal(FailureKind.InvalidRequest, (await Assert.ThrowsAsync<StageException>(() => inbox.OpenStore(name))).Kind);
    }

    [Fact]
    public void Codec_ChunkWithNumericLabelsAndGaps_ComesBackBitByBit()
    {
        SpectralChunk chunk = TestChunks.Make(4, 9, 3);
        chunk = new SpectralChunk(
            chunk.Ids, chunk.Axis, chunk.X,
            [new ResponseColumn("y,1", [1.0 / 3, double.NaN, -0.0, 1e-300]), new ResponseColumn("none", [.. Enumerable.Repeat(double.NaN, 4)])],
            [new LabelColumn("plate", ["1", "2", "", "4"]), new LabelColumn("void", ["", "", "", ""])]);
        var codec = new CsvChunkCodec();
        var stream = new MemoryStream();
        codec.Write(chunk, stream);
        stream.Position = 0;
        SpectralChunk read = codec.Read(stream);
        Assert.Equal(chunk.X.Values.ToArray(), read.X.Values.ToArray());
        Assert.Equal(chunk.Responses.Select(r => r.Name), read.Responses.Select(r => r.Name));
        Assert.Equal(DatasetDigests.Of(chunk), DatasetDigests.Of(read));
    }

    [Fact]
    public async Task Quarantine_ReasonDeleted_BytesAreTriedAgain()
    {
        using var inbox = new InboxHarness();
        inbox.Put("a.csv", InboxHarness.Table(0, 4));
        inbox.Put("b.csv", InboxHarness.Table(0, 1).Replace("S0000,10,0,", "S0000,10,9,", StringComparison.Ordinal));
        await inbox.SettleAsync();
        IngestOutcome refused = inbox.Outcomes[1];
        Assert.Contains("another spectrum", refused.Message, StringComparison.Ordinal);
        inbox.Put("a.csv", InboxHarness.Table(1, 3));
        await inbox.SettleAsync();
        Assert.Equal(refused.Message, Assert.Single(inbox.Store.Quarantine.List()).Message);
        File.Delete(Path.Combine(inbox.Store.Quarantine.Folder, refused.Digest.ToString(), "reason.json"));
        await inbox.SettleAsync();
        Assert.Equal(IngestKind.Spectra, inbox.Outcomes[^1].Kind);
        Assert.Equal(4, inbox.Store.Merge().SampleCount);
        Assert.Empty(inbox.Store.Quarantine.List());
        Assert.Equal(0, inbox.Store.Quarantine.Count);
    }

    [Fact]
    public async Task Ingest_DiskThatFailsWhileTheCopyIsRead_TakesTheFileLater()
    {
        var storage = new FailingStorage();
        using var inbox = new InboxHarness(storage);
        inbox.Put("a.csv", InboxHarness.Table(0, 4));
        storage.Fails = (call, path) => call == "Read" && StorageNames.IsTemporary(path);
        Assert.Equal(FailureKind.Storage, (await inbox.SettleAsync()).Failure?.Kind);
        Assert.Empty(inbox.Store.Quarantine.List());
        storage.Fails = (_, _) => false;
        await inbox.SettleAsync();
        Assert.Equal(IngestKind.Spectra, Assert.Single(inbox.Outcomes).Kind);
    }

    [Theory]
    [InlineData("id,1100 nm,1110 nm,1120 nm\nA,1,2\n", "")]
    [InlineData("", "")]
    [InlineData(null, "Read")]
    [InlineData(null, "OpenRead")]
    public async Task ReadChunk_UnreadableSource_IsAStorageFailureThatNamesBothFiles(string? text, string fails)
    {
        var storage = new FailingStorage();
        using var inbox = new InboxHarness(storage);
        inbox.Put("a.csv", InboxHarness.Table(0, 4));
        await inbox.SettleAsync();
        string file = Assert.Single(Directory.GetFiles(Path.Combine(inbox.Store.Folder, "chunks")));
        string source = Assert.Single(Directory.GetFiles(Path.Combine(inbox.Store.Folder, "sources")));
        File.Delete(file);
        if (text is not null)
        {
            await File.WriteAllTextAsync(source, text);
        }

        storage.Fails = (call, path) => call == fails && path == source;
        StageException refused = Assert.Throws<StageException>(() => inbox.Store.Merge());
        Assert.Equal(FailureKind.Storage, refused.Kind);
        Assert.Contains(file, refused.Message, StringComparison.Ordinal);
        Assert.Contains(source, refused.Message, StringComparison.Ordinal);
        Assert.Contains("Restore", refused.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Open_SourcesWithoutTheirDatabase_IsRefusedNamingIt()
    {
        using var inbox = new InboxHarness();
        inbox.Put("a.csv", InboxHarness.Table(0, 4));
        inbox.Put("b.csv", InboxHarness.Table(4, 4));
        await inbox.SettleAsync();
        inbox.Close();
        File.Delete(inbox.State.FilePath);
        StageException refused = Assert.Throws<StageException>(() => new InboxHarness(root: inbox.Root));
        Assert.Equal(FailureKind.Storage, refused.Kind);
        Assert.Contains(inbox.State.FilePath, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CommitPoint.BeforeCommit)]
    [InlineData(CommitPoint.AfterCommit)]
    internal async Task Ingest_CommitThatFails_EndsWithEverySampleOnce(CommitPoint where)
    {
        // Whether the disk has kept the commit or not, what is read again decides, and the file's next turn does the rest.
        using var inbox = new InboxHarness();
        inbox.Put("a.csv", InboxHarness.Table(0, 4));
        inbox.Put("b.csv", InboxHarness.Table(4, 4));
        int left = 2;
        inbox.State.Probe = point =>
        {
            if (point == where && left-- > 0)
            {
                throw new SqliteException("injected", 10);
            }
        };
        Assert.Equal(FailureKind.Storage, (await inbox.SettleAsync()).Failure?.Kind);
        await inbox.SettleAsync();
        await inbox.SettleAsync();
        Assert.Equal(8, inbox.Manifest.SampleIds.Length);
        Assert.Equal(2, inbox.Manifest.Chunks.Length);
        inbox.Close();
        using var second = new InboxHarness(root: inbox.Root);
        Assert.Equal(inbox.Manifest.SampleIds.ToArray(), second.Manifest.SampleIds.ToArray());
        Assert.Equal(2, Directory.GetFiles(Path.Combine(second.Store.Folder, "sources")).Length);
    }

    private static void DatasetDigestsAreEqual(InboxHarness inbox)
    {
        DatasetChunk chunk = Assert.Single(inbox.Manifest.Chunks);
        Assert.Equal(chunk.Digest, DatasetDigests.Of(inbox.Store.ReadChunk(chunk)));
    }
}
