using Pipeline.Engine;
using Pipeline.Host.Datasets;
using Pipeline.Host.Inbox;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Spectra;
using Xunit;

namespace Pipeline.Host.Tests.Inbox;

/// <summary>Files that are taken together: the same as one at a time, at a fraction of the flushes.</summary>
public sealed class WatchedFolderGroupTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(FinishedSource.Leave, 1)]
    [InlineData(FinishedSource.Leave, 2)]
    [InlineData(FinishedSource.Move, 3)]
    [InlineData(FinishedSource.Delete, 4)]
    public async Task Scan_AnyGroupSize_ComesToTheSame(FinishedSource finished, ulong seed)
    {
        // Spectra, the same bytes under other names, bad files, samples with a second spectrum, tables of references, later versions: the
        // naive twin takes them one by one, and sources, quarantine and everything told about each file agree to the letter.
        string naive = await TextOfAsync(finished, seed, groupFilesMax: 1, groupBytesMax: long.MaxValue);
        Assert.Equal(naive, await TextOfAsync(finished, seed, groupFilesMax: 5, groupBytesMax: long.MaxValue));
        Assert.Equal(naive, await TextOfAsync(finished, seed, DatasetStore.GroupFilesMax, groupBytesMax: long.MaxValue));
        Assert.Equal(naive, await TextOfAsync(finished, seed, DatasetStore.GroupFilesMax, groupBytesMax: 700));
        Assert.All(
            Enum.GetNames<IngestKind>().Where(kind => kind is not ("Known" or "KnownBad" or "Refused")),
            kind => Assert.Contains($" {kind} ", naive, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scan_ManySmallFiles_ShareTheirCommits()
    {
        using var inbox = new InboxHarness();
        for (int i = 0; i < 300; i++)
        {
            inbox.Put($"f{i:000}.csv", InboxHarness.Table(i, 1));
        }

        long before = inbox.State.Statistics.Commits;
        ScanReport report = await inbox.SettleAsync();
        Assert.Equal(300, report.ReadyCount);
        Assert.Equal(300, inbox.Manifest.Chunks.Length);

        // Two groups with rows and files seen, and what the first scan may have had to say.
        Assert.InRange(inbox.State.Statistics.Commits - before, 2, 5);
    }

    [Fact]
    public async Task RunAsync_StoppedWhileAGroupIsCopied_FinishesWhatIsCopiedAndTakesNoOther()
    {
        using var stop = new CancellationTokenSource();
        using var inbox = new InboxHarness(new ChangingStorage(stop.Cancel));
        for (int i = 0; i < 10; i++)
        {
            inbox.Put($"f{i}.csv", InboxHarness.Table(i, 1));
        }

        await inbox.Folder.ScanAsync();
        inbox.Time.Advance(InboxHarness.Quiet);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => inbox.Folder.RunAsync(heartbeat: null, stop.Token, CancellationToken.None).WaitAsync(Patience));
        Assert.Equal(inbox.PathOf("f0.csv"), Assert.Single(inbox.Outcomes).Path);
        Assert.Empty(inbox.Folder.InHand);
        Assert.Empty(Directory.GetFiles(Path.Combine(inbox.Store.Folder, "sources"), "*.tmp"));
        await inbox.SettleAsync();
        Assert.Equal(10, inbox.Manifest.Chunks.Length);
    }

    [Fact]
    public async Task Scan_TooManyWaitForMemory_WaitsAnewLikeADiskThatFails()
    {
        bool isCrowded = true;
        using var inbox = new InboxHarness(change: options => options with
        {
            ReserveAsync = (_, _) => isCrowded ? throw new StageException(FailureKind.OverBudget, "1024 wait already.")
                : ValueTask.FromResult<IDisposable>(new MemoryStream()),
        });
        for (int i = 0; i < 12; i++)
        {
            inbox.Put($"f{i:00}.csv", InboxHarness.Table(i, 1));
        }

        ScanReport report = await inbox.SettleAsync();
        Assert.Equal("1024 wait already.", report.Failure!.Message);
        Assert.False(report.IsComplete);
        Assert.Empty(inbox.Manifest.Chunks);
        Assert.Empty(Temporaries(inbox));
        isCrowded = false;
        await inbox.SettleAsync();
        Assert.Equal(12, inbox.Manifest.Chunks.Length);
    }

    [Fact]
    public async Task Scan_CutWithACopyThatCannotBeDeleted_LetsGoOfTheOthersAndSaysThatItWasCut()
    {
        var storage = new FailingStorage { Fails = (call, path) => call == "Delete" && path.EndsWith("1.tmp", StringComparison.Ordinal) };
        using var inbox = new InboxHarness(storage, options => options with { ReserveAsync = (_, _) => throw new OperationCanceledException() });
        for (int i = 0; i < 3; i++)
        {
            inbox.Put($"f{i}.csv", InboxHarness.Table(i, 1));
        }

        await Assert.ThrowsAsync<OperationCanceledException>(inbox.SettleAsync);
        Assert.Equal("1.tmp", Path.GetFileName(Assert.Single(Temporaries(inbox))));
    }

    [Fact]
    public async Task Scan_CopyOfKnownBytesCannotBeDeleted_IsNoFailureOfWhatHasJoined()
    {
        var storage = new FailingStorage();
        using var inbox = new InboxHarness(storage);
        inbox.Put("a.csv", InboxHarness.Table(0, 2));
        await inbox.SettleAsync();
        storage.Fails = (call, path) => call == "Delete" && path.EndsWith(".tmp", StringComparison.Ordinal);
        inbox.Put("b.csv", InboxHarness.Table(0, 2));
        inbox.Put("c.csv", InboxHarness.Table(2, 2));
        ScanReport report = await inbox.SettleAsync();
        Assert.Null(report.Failure);
        Assert.Equal([IngestKind.Spectra, IngestKind.Alias, IngestKind.Spectra], inbox.Outcomes.Select(outcome => outcome.Kind));
    }

    private static string[] Temporaries(InboxHarness inbox) => Directory.GetFiles(Path.Combine(inbox.Store.Folder, "sources"), "*.tmp");

    private static async Task<string> TextOfAsync(FinishedSource finished, ulong seed, int groupFilesMax, long groupBytesMax)
    {
        using var inbox = new InboxHarness(
            change: options => options with { Finished = finished, GroupFilesMax = groupFilesMax, GroupBytesMax = groupBytesMax });
        var random = new Pcg64(seed);
        for (int round = 0; round < 4; round++)
        {
            for (int i = 0; i < 25; i++)
            {
                inbox.Put($"f{random.NextInt(40):00}.csv", Content(random));
            }

            await inbox.SettleAsync();
        }

        IEnumerable<string> lines =
        [
            .. inbox.Manifest.Chunks.Select(chunk => $"{chunk.Source} {string.Join(',', chunk.Source.Aliases)} {chunk.Digest} {string.Join(',', chunk.Ids)}"),
            .. inbox.Manifest.References.Select(table => $"{table.Source} {string.Join(',', table.Source.Aliases)} {string.Join(',', table.Ids)}"),
            .. inbox.Store.Quarantine.List().Select(reason => reason.ToString()),
            .. inbox.Outcomes.Select(one =>
                $"{one.Path} {one.Kind} {one.Digest} {one.NewSamples} {one.NewReferences} {one.Superseded} {one.Message} {string.Join(',', one.Warnings)}"),
            .. Directory.GetFiles(inbox.In, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal),
            $"{DatasetDigests.Of(inbox.Store.Merge())}",
        ];
        return string.Join('\n', lines).Replace(inbox.Root, "", StringComparison.Ordinal);
    }

    private static string Content(Pcg64 random)
    {
        int first = random.NextInt(30);
        return random.NextInt(10) switch
        {
            0 => $"sample_id,1100 nm,1110 nm,1120 nm\nA{first},1,2\n",
            1 => $"sample_id,1100 nm,1110 nm,1120 nm\nS{first:0000},7,8,9\n",
            2 => $"sample_id,moisture\nS{first:0000},3\ns{first + 1:0000},{random.NextInt(3)}\nS{first + 2:0000}.spc,4\n",
            3 => $"sample_id,1100 nm,1110 nm\nB{first},1,2\n",
            _ => InboxHarness.Table(first, 1 + random.NextInt(3)),
        };
    }
}
