using Pipeline.Engine.Identity;
using Pipeline.Host.Datasets;
using Pipeline.Host.Inbox;
using Xunit;

namespace Pipeline.Host.Tests.Inbox;

public sealed class WatchedFolderTests
{
    [Theory]
    [InlineData(FinishedSource.Leave)]
    [InlineData(FinishedSource.Move)]
    [InlineData(FinishedSource.Delete)]
    public async Task Scan_MarkerIsWanted_TakesAFileOnceItsSignIsThere(FinishedSource finished)
    {
        using var inbox = new InboxHarness(change: o => o with { Marker = ".done", Patterns = ["*"], Finished = finished });
        inbox.Put("a.csv", InboxHarness.Table(0, 2));
        Assert.Equal(1, (await inbox.SettleAsync()).WaitingCount);
        Assert.Empty(inbox.Outcomes);
        File.WriteAllText(Path.Combine(inbox.In, "a.csv.done"), "");
        Assert.Equal(0, (await inbox.SettleAsync()).WaitingCount);
        Assert.Equal(IngestKind.Spectra, Assert.Single(inbox.Outcomes).Kind);
        Assert.Equal(finished == FinishedSource.Leave, File.Exists(Path.Combine(inbox.In, "a.csv.done")));
    }

    [Fact]
    public async Task Scan_ReaderIsNamed_ReadsByItWhateverTheBytesAre()
    {
        using var inbox = new InboxHarness(change: o => o with { Reader = "no such reader" });
        inbox.Put("a.csv", InboxHarness.Table(0, 2));
        await inbox.SettleAsync();
        Assert.Equal(IngestKind.Quarantined, Assert.Single(inbox.Outcomes).Kind);
    }

    [Fact]
    public async Task Scan_HundredFilesInBursts_AreTakenOnce()
    {
        using var inbox = new InboxHarness(change: o => o with { FilesPerScanMax = 7 });
        for (int burst = 0; burst < 4; burst++)
        {
            for (int i = 0; i < 25; i++)
            {
                int number = (burst * 25) + i;
                inbox.Put($"f{number:000}.csv", InboxHarness.Table(number * 2, 2));
            }

            await inbox.Folder.ScanAsync();
            inbox.Time.Advance(TimeSpan.FromSeconds(2));
        }

        inbox.Time.Advance(InboxHarness.Quiet);
        for (ScanReport report = await inbox.Folder.ScanAsync(); !report.IsComplete; report = await inbox.Folder.ScanAsync())
        {
            Assert.Equal(7, report.ReadCount);
        }

        Assert.Equal(100, inbox.Outcomes.Count);
        Assert.Equal(200, inbox.Outcomes.Sum(o => o.NewSamples));
        Assert.Equal(200, inbox.Store.Merge().SampleCount);
        Assert.Equal(0, (await inbox.SettleAsync()).ReadCount);
        Assert.Equal(100, inbox.Outcomes.Count);
    }

    [Fact]
    public async Task Scan_WriterThatPausesShorterThanTheQuietPeriod_IsNeverReadInPart()
    {
        using var inbox = new InboxHarness();
        string[] lines = InboxHarness.Table(0, 6).Split('\n');
        string written = "";
        foreach (string line in lines[..^1])
        {
            written += line + "\n";
            inbox.Put("slow.csv", written);
            await inbox.Folder.ScanAsync();
            inbox.Time.Advance(InboxHarness.Quiet - TimeSpan.FromSeconds(1));
            await inbox.Folder.ScanAsync();
            Assert.Empty(inbox.Outcomes);
        }

        await inbox.SettleAsync();
        Assert.Equal(6, Assert.Single(inbox.Outcomes).NewSamples);
        Assert.Empty(inbox.Store.Quarantine.List());
    }

    [Fact]
    public async Task Scan_WriterThatPausesLongerThanTheQuietPeriod_LeavesTheWholeFileInTheEnd()
    {
        using var inbox = new InboxHarness();
        string whole = InboxHarness.Table(0, 6);
        int cut = whole.LastIndexOf(',') + 1;
        inbox.Put("slow.csv", whole[..cut]);
        await inbox.SettleAsync();
        inbox.Put("slow.csv", whole);
        await inbox.SettleAsync();
        Assert.Equal(IngestKind.Quarantined, inbox.Outcomes[0].Kind);
        Assert.Equal(6, inbox.Outcomes[1].NewSamples);
        Assert.Equal(Digest(inbox.PathOf("slow.csv")), Assert.Single(inbox.Manifest.Chunks).Source.Digest);
    }

    [Fact]
    public async Task Scan_FileThatGrowsAfterwards_SupersedesItsEarlierVersion()
    {
        using var inbox = new InboxHarness();
        inbox.Put("grows.csv", InboxHarness.Table(0, 2));
        await inbox.SettleAsync();
        inbox.Put("grows.csv", InboxHarness.Table(0, 5));
        await inbox.SettleAsync();
        Assert.Equal(3, inbox.Outcomes[1].NewSamples);
        Assert.Equal(inbox.Outcomes[0].Digest, inbox.Outcomes[1].Superseded);
        Assert.Single(inbox.Manifest.Chunks);
        Assert.Equal(5, inbox.Store.Merge().SampleCount);
    }

    [Fact]
    public async Task Scan_NameUsedAgainAfterRelease_SupersedesNothing()
    {
        using var inbox = new InboxHarness(change: o => o with { Finished = FinishedSource.Delete });
        inbox.Put("scan.csv", InboxHarness.Table(0, 2));
        await inbox.SettleAsync();
        Assert.False(File.Exists(inbox.PathOf("scan.csv")));
        inbox.Put("scan.csv", InboxHarness.Table(2, 2));
        await inbox.SettleAsync();
        Assert.Null(inbox.Outcomes[1].Superseded);
        Assert.Equal(4, inbox.Store.Merge().SampleCount);
    }

    [Fact]
    public async Task Scan_MovedFiles_KeepTheirFoldersAndNeverOverwrite()
    {
        using var inbox = new InboxHarness(change: o => o with { Finished = FinishedSource.Move, IsRecursive = true });
        inbox.Put("a/scan.csv", InboxHarness.Table(0, 2));
        await inbox.SettleAsync();
        inbox.Put("a/scan.csv", InboxHarness.Table(2, 2));
        await inbox.SettleAsync();
        Assert.Equal(2, Directory.GetFiles(inbox.PathOf("done/a")).Length);
        Assert.Empty(Directory.GetFiles(inbox.PathOf("a")));
        Assert.Equal(2, inbox.Outcomes.Count);
    }

    [Fact]
    public async Task Scan_TemporariesAndRenameIntoPlace_AreTakenUnderTheLastName()
    {
        using var inbox = new InboxHarness(change: o => o with { Patterns = ["*"] });
        foreach (string name in (string[])["x.csv.tmp", "y.part", ".hidden.csv"])
        {
            inbox.Put(name, InboxHarness.Table(0, 2));
        }

        Assert.Equal(0, (await inbox.SettleAsync()).ListedCount);
        File.Move(inbox.PathOf("x.csv.tmp"), inbox.PathOf("x.csv"));
        await inbox.SettleAsync();
        Assert.Equal(inbox.PathOf("x.csv"), Assert.Single(inbox.Outcomes).Path);
    }

    [Fact]
    public async Task Scan_SameBytesUnderAnotherName_AreAnAlias()
    {
        using var inbox = new InboxHarness();
        inbox.Put("a.csv", InboxHarness.Table(0, 3));
        inbox.Put("b.csv", InboxHarness.Table(0, 3));
        await inbox.SettleAsync();
        Assert.Equal([IngestKind.Spectra, IngestKind.Alias], inbox.Outcomes.Select(o => o.Kind));
        Assert.Equal(inbox.PathOf("b.csv"), Assert.Single(Assert.Single(inbox.Manifest.Chunks).Source.Aliases));
        Assert.Equal(0, inbox.Outcomes[1].NewSamples);
    }

    [Fact]
    public async Task Scan_KnownBytesCopiedOverAnEarlierVersion_TakeItsPlace()
    {
        using var inbox = new InboxHarness();
        const string Wrong = "sample_id,protein\nS0000,1\nS0001,1\n";
        const string Right = "sample_id,protein\nS0000,2\nS0001,2\n";
        inbox.Put("a.csv", "sample_id,1100 nm,1110 nm,1120 nm\nS0000,1,2,3\nS0001,2,3,4\n");
        inbox.Put("results.csv", Wrong);
        await inbox.SettleAsync();
        inbox.Put("corrected.csv", Right);
        await inbox.SettleAsync();
        Assert.Equal([1, 1], inbox.Store.Merge().Responses[0].Values.ToArray());
        Fingerprint wrong = Digest(inbox.PathOf("results.csv"));
        for (int time = 0; time < 2; time++)
        {
            inbox.Put("results.csv", Right);
            File.SetLastWriteTimeUtc(inbox.PathOf("results.csv"), DateTime.UnixEpoch.AddDays(20000 + time));
            await inbox.SettleAsync();
            Assert.Equal([2, 2], inbox.Store.Merge().Responses[0].Values.ToArray());
            Assert.Equal((IngestKind.Alias, wrong), (inbox.Outcomes[^1].Kind, inbox.Outcomes[^1].Superseded!.Value));
            inbox.Put("results.csv", Wrong);
            await inbox.SettleAsync();
        }
    }

    [Fact]
    public async Task Scan_FirstNameOfSharedBytesChanges_OtherNameKeepsThem()
    {
        using var inbox = new InboxHarness();
        inbox.Put("a.csv", InboxHarness.Table(0, 3));
        inbox.Put("b.csv", InboxHarness.Table(0, 3));
        await inbox.SettleAsync();
        inbox.Put("a.csv", InboxHarness.Table(3, 2));
        await inbox.SettleAsync();
        await inbox.SettleAsync();
        Assert.Equal(5, inbox.Store.Merge().SampleCount);
        Assert.Equal([inbox.PathOf("a.csv"), inbox.PathOf("b.csv")], inbox.Manifest.Chunks.Select(c => c.Source.Path));
    }

    [Fact]
    public async Task Scan_FileThatChangesDuringTheCopy_IsReadAnewLater()
    {
        string path = "";
        var storage = new ChangingStorage(() => File.AppendAllText(path, InboxHarness.Table(9, 1).Split('\n')[1] + "\n"));
        using var inbox = new InboxHarness(storage);
        path = inbox.PathOf("a.csv");
        inbox.Put("a.csv", InboxHarness.Table(0, 3));
        await inbox.SettleAsync();
        Assert.Empty(inbox.Outcomes);
        Assert.Empty(Directory.GetFiles(Path.Combine(inbox.Store.Folder, "sources")));
        await inbox.SettleAsync();
        Assert.Equal(4, Assert.Single(inbox.Outcomes).NewSamples);
    }

    [Fact]
    public async Task Scan_TooLongFilesAndPaths_AreLeftAloneAndToldOnce()
    {
        using var inbox = new InboxHarness(change: o => o with { FileBytesMax = 60, PathCharsMax = o.Path.Length + 10 });
        inbox.Put("a.csv", InboxHarness.Table(0, 3));
        inbox.Put("with-a-long-name.csv", "x");
        await inbox.SettleAsync();
        await inbox.SettleAsync();
        Assert.Empty(inbox.Outcomes);
        Assert.Equal(2, inbox.Notices.Count);
    }

    [Fact]
    public async Task Hints_FileCreated_AskForAScan()
    {
        using var inbox = new InboxHarness();
        using var hints = new FolderHints(inbox.In, isRecursive: false);
        Assert.True(hints.Renew());
        inbox.Put("a.csv", "x");
        await hints.Next.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Scan_FolderThatVanishesAndReturns_IsToldOnceAndLosesNothing()
    {
        using var inbox = new InboxHarness();
        inbox.Put("a.csv", InboxHarness.Table(0, 3));
        await inbox.SettleAsync();
        Directory.Move(inbox.In, inbox.In + "-gone");
        Assert.True((await inbox.Folder.ScanAsync()).IsFolderMissing);
        Assert.True((await inbox.Folder.ScanAsync()).IsFolderMissing);
        Assert.Single(inbox.Notices);
        Assert.Equal(3, inbox.Manifest.SampleIds.Length);
        Directory.Move(inbox.In + "-gone", inbox.In);
        inbox.Put("b.csv", InboxHarness.Table(3, 3));
        Assert.Equal(1, (await inbox.SettleAsync()).ReadCount);
        Assert.Equal(2, inbox.Notices.Count);
        Assert.Equal(6, inbox.Manifest.SampleIds.Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Scan_ClockThatJumps_ChangesNothing(int hours)
    {
        using var inbox = new InboxHarness();
        inbox.Put("a.csv", InboxHarness.Table(0, 3));
        File.SetLastWriteTimeUtc(inbox.PathOf("a.csv"), DateTime.UnixEpoch.AddDays(40000).AddHours(hours));
        await inbox.Folder.ScanAsync();
        inbox.Time.Jump(TimeSpan.FromHours(hours));
        await inbox.Folder.ScanAsync();
        Assert.Empty(inbox.Outcomes);
        inbox.Time.Advance(InboxHarness.Quiet);
        inbox.Time.Jump(TimeSpan.FromHours(-2 * hours));
        await inbox.Folder.ScanAsync();
        Assert.Single(inbox.Outcomes);
    }

    [Theory]
    [InlineData("binary.bin", "\u0001\u0002\u0000\u0007", "no known kind")]
    [InlineData("ragged.csv", "id,1100 nm,1110 nm,1120 nm\nA,1,2,3\nB,1,2\n", "Line 3")]
    [InlineData("text.csv", "id,1100 nm,1110 nm,1120 nm\nA,1,2,x\n", "Line 2, sample 'A', column 4")]
    public async Task Scan_BadFile_GoesToQuarantineAndIsToldOnce(string name, string text, string reason)
    {
        using var inbox = new InboxHarness(change: o => o with { Finished = FinishedSource.Delete });
        inbox.Put(name, text);
        byte[] bytes = File.ReadAllBytes(inbox.PathOf(name));
        await inbox.SettleAsync();
        inbox.Put("again-" + name, text);
        await inbox.SettleAsync();
        IngestOutcome outcome = Assert.Single(inbox.Outcomes);
        Assert.Equal(IngestKind.Quarantined, outcome.Kind);
        Assert.Contains(reason, outcome.Message, StringComparison.Ordinal);
        QuarantineReason kept = Assert.Single(inbox.Store.Quarantine.List());
        Assert.Equal(inbox.PathOf(name), kept.Path);
        Assert.Equal(outcome.Message, kept.Message);
        using Stream stream = File.OpenRead(Path.Combine(inbox.Store.Quarantine.Folder, outcome.Digest.ToString(), "bytes"));
        var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        Assert.Equal(bytes, copy.ToArray());
        Assert.Empty(Directory.GetFiles(inbox.In));
    }

    [Fact]
    public async Task Scan_EmptyFile_WaitsLongAndThenGoesToQuarantine()
    {
        using var inbox = new InboxHarness();
        inbox.Put("empty.csv", "");
        await inbox.SettleAsync();
        Assert.Empty(inbox.Outcomes);
        inbox.Time.Advance(TimeSpan.FromMinutes(10));
        await inbox.Folder.ScanAsync();
        Assert.Equal(IngestKind.Quarantined, Assert.Single(inbox.Outcomes).Kind);
    }

    [Fact]
    public async Task Scan_AfterRestart_ReadsNothingTwiceAndMissesNothing()
    {
        using var first = new InboxHarness(change: o => o with { FilesPerScanMax = 3 });
        for (int i = 0; i < 8; i++)
        {
            first.Put($"f{i}.csv", InboxHarness.Table(i * 2, 2));
        }

        await first.SettleAsync();
        first.Close();
        using var second = new InboxHarness(root: first.Root);
        Assert.Equal(3, second.Manifest.Chunks.Length);
        Assert.Equal(5, (await second.SettleAsync()).ReadCount);
        Assert.Equal(16, second.Store.Merge().SampleCount);
        Assert.Equal(5, second.Outcomes.Count);
    }

    [Fact]
    public async Task Scan_LedgerLost_OnlyCostsReading()
    {
        using var first = new InboxHarness();
        first.Put("a.csv", InboxHarness.Table(0, 2));
        await first.SettleAsync();
        await first.State.CommitAsync(transaction => transaction.Execute("DELETE FROM seen"));
        first.Close();
        using var second = new InboxHarness(root: first.Root);
        Assert.Equal(1, (await second.SettleAsync()).ReadCount);
        Assert.Empty(second.Outcomes);
        Assert.Single(second.Manifest.Chunks);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Scan_ReferencesBeforeOrAfterSpectra_GiveTheSameChunk(bool before)
    {
        using var inbox = new InboxHarness();
        const string Late = "sample_id,moisture\ns0001.SPC,7.5\nS0000,8.25\nS0009,1\n";
        string[] order = before ? ["refs.csv", "spectra.csv"] : ["spectra.csv", "refs.csv"];
        foreach (string name in order)
        {
            inbox.Put(name, name == "refs.csv" ? Late : InboxHarness.Table(0, 3));
            await inbox.SettleAsync();
        }

        Assert.Equal(5, inbox.Outcomes.Sum(o => o.NewReferences));
        Stages.Spectra.SpectralChunk merged = inbox.Store.Merge();
        Assert.Equal("moisture", merged.Responses[0].Name);
        Assert.Equal([8.25, 7.5, double.NaN], merged.Responses[0].Values.ToArray());
        Assert.Equal(["S0009"], Stages.Spectra.Dataset.Join(inbox.Manifest).WithoutSpectrum.ToArray());
    }

    [Fact]
    public async Task Run_WithoutAnyEvent_StillScans()
    {
        using var inbox = new InboxHarness(change: o => o with { UsesEvents = false });
        using var end = new CancellationTokenSource();
        await end.CancelAsync();
        await inbox.Folder.RunAsync(end.Token);
        inbox.Put("a.csv", InboxHarness.Table(0, 1));
        Assert.Equal(1, (await inbox.SettleAsync()).ReadCount);
    }

    [Theory]
    [InlineData(FinishedSource.Leave, false)]
    [InlineData(FinishedSource.Move, true)]
    [InlineData(FinishedSource.Delete, false)]
    public async Task Scan_CrashBetweenAnyTwoEffects_EndsInTheSameManifest(FinishedSource finished, bool leavesHalf)
    {
        string expected = await FinalStateAsync(int.MaxValue, leavesHalf, finished);
        int crashes = 0;
        for (int n = 0; await RunsIntoCrashAsync(n); n++)
        {
            crashes++;
        }

        Assert.InRange(crashes, 15, 200);

        async Task<bool> RunsIntoCrashAsync(int n)
        {
            bool crashed = false;
            string found = await FinalStateAsync(n, leavesHalf, finished, () => crashed = true);
            Assert.True(expected == found, $"After a crash at effect {n + 1}:\n{found}\nexpected\n{expected}");
            return crashed;
        }
    }

    [Theory]
    [InlineData(FinishedSource.Move)]
    [InlineData(FinishedSource.Delete)]
    public async Task Scan_ReleaseThatFails_IsToldOnceAllTheSame(FinishedSource finished)
    {
        var storage = new FailingStorage();
        using var inbox = new InboxHarness(storage, o => o with { Finished = finished });
        inbox.Put("a.csv", InboxHarness.Table(0, 2));
        storage.Fails = (call, path) => call is "Move" or "Delete" && path == inbox.PathOf("a.csv");
        Assert.NotNull((await inbox.SettleAsync()).Failure);
        Assert.Equal(IngestKind.Spectra, Assert.Single(inbox.Outcomes).Kind);
        await inbox.SettleAsync();
        storage.Fails = (_, _) => false;
        await inbox.SettleAsync();
        Assert.Single(inbox.Outcomes);
        Assert.False(File.Exists(inbox.PathOf("a.csv")));
    }

    [Theory]
    [InlineData("Move", false)]
    [InlineData("Read", false)]
    [InlineData("Stamp", true)]
    public async Task Scan_FailureAfterTheCopy_LeavesNoTemporary(string fails, bool isSource)
    {
        var storage = new FailingStorage();
        using var inbox = new InboxHarness(storage);
        inbox.Put("a.csv", InboxHarness.Table(0, 2));
        storage.Fails = (call, path) => call == fails
            && (isSource ? path == inbox.PathOf("a.csv") : path.EndsWith(".tmp", StringComparison.Ordinal));
        Assert.NotNull((await inbox.SettleAsync()).Failure);
        Assert.Empty(Directory.GetFiles(Path.Combine(inbox.Store.Folder, "sources")));
        storage.Fails = (_, _) => false;
        await inbox.SettleAsync();
        Assert.Single(inbox.Outcomes);
    }

    [Fact]
    public async Task Scan_DiskThatFailsForLong_IsToldOnceAndAgainAfterItWorked()
    {
        var storage = new FailingStorage();
        using var inbox = new InboxHarness(storage);
        inbox.Put("a.csv", InboxHarness.Table(0, 2));
        storage.Fails = (call, _) => call == "CopyIn";
        await inbox.SettleAsync();
        await inbox.SettleAsync();
        await inbox.SettleAsync();
        Assert.Single(inbox.Notices);
        Assert.True(storage.Calls.Where(call => call.Call == "CopyIn").Select(call => call.Path).Distinct().Count() > 1);
        storage.Fails = (_, _) => false;
        await inbox.SettleAsync();
        Assert.Single(inbox.Outcomes);
        storage.Fails = (call, _) => call == "CopyIn";
        inbox.Put("b.csv", InboxHarness.Table(2, 2));
        await inbox.SettleAsync();
        Assert.Equal(2, inbox.Notices.Count);
    }

    [Fact]
    public async Task Scan_FilesThatFail_DoNotHoldUpTheOthers()
    {
        var storage = new FailingStorage();
        using var inbox = new InboxHarness(storage, o => o with { Finished = FinishedSource.Delete });
        for (int i = 0; i < 7; i++)
        {
            inbox.Put($"bad{i}.csv", InboxHarness.Table(i * 2, 2));
        }

        inbox.Put("good.csv", InboxHarness.Table(100, 2));
        storage.Fails = (call, path) => call == "Delete" && Path.GetFileName(path).StartsWith("bad", StringComparison.Ordinal);
        ScanReport report = await inbox.SettleAsync();
        Assert.Equal(8, report.ReadCount);
        Assert.Contains("bad0", report.Failure!.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(inbox.PathOf("good.csv")));
        Assert.Equal(8, inbox.Outcomes.Count);
    }

    [Fact]
    public async Task Scan_MoreFailingFilesThanOneScanTries_ReachesTheOthersAllTheSame()
    {
        var storage = new FailingStorage();
        using var inbox = new InboxHarness(storage);
        for (int i = 0; i < 40; i++)
        {
            inbox.Put($"bad{i:00}.csv", InboxHarness.Table(i * 2, 2));
        }

        inbox.Put("good.csv", InboxHarness.Table(100, 2));
        storage.Fails = (call, path) => call == "Stamp" && Path.GetFileName(path).StartsWith("bad", StringComparison.Ordinal);
        for (int scan = 0; scan < 7; scan++)
        {
            Assert.InRange((await inbox.Folder.ScanAsync()).ReadCount, 0, 9);
            inbox.Time.Advance(InboxHarness.Quiet);
        }

        Assert.Equal(inbox.PathOf("good.csv"), Assert.Single(inbox.Outcomes).Path);
    }

    [Fact]
    public async Task Scan_ReleaseThatFails_IsTriedAgainWithoutASecondCopy()
    {
        var storage = new FailingStorage();
        using var inbox = new InboxHarness(storage, o => o with { Finished = FinishedSource.Delete });
        inbox.Put("a.csv", InboxHarness.Table(0, 2));
        storage.Fails = (call, path) => call == "Delete" && path == inbox.PathOf("a.csv");
        await inbox.SettleAsync();
        Assert.NotNull((await inbox.SettleAsync()).Failure);
        storage.Fails = (_, _) => false;
        await inbox.SettleAsync();
        Assert.False(File.Exists(inbox.PathOf("a.csv")));
        Assert.Single(storage.Calls, c => c.Call == "CopyIn");
        inbox.Put("a.csv", InboxHarness.Table(2, 2));
        await inbox.SettleAsync();
        Assert.Equal(4, inbox.Manifest.SampleIds.Length);
    }

    [Fact]
    public async Task Scan_NameUsedAgainForOtherColumns_KeepsTheEarlierValues()
    {
        using var inbox = new InboxHarness(change: o => o with { Finished = FinishedSource.Delete });
        inbox.Put("a.csv", "sample_id,1100 nm,1110 nm,1120 nm\nA,1,2,3\nB,2,3,4\n");
        inbox.Put("results.csv", "sample_id,protein\nA,10\nB,11\n");
        await inbox.SettleAsync();
        inbox.Put("results.csv", "sample_id,moisture\nA,7\nB,8\n");
        await inbox.SettleAsync();
        Assert.Null(inbox.Outcomes[^1].Superseded);
        Assert.Equal(["moisture", "protein"], inbox.Store.Merge().Responses.Select(r => r.Name));
    }

    private static async Task<string> FinalStateAsync(int n, bool leavesHalf, FinishedSource finished, Action? crashed = null)
    {
        string root = Directory.CreateTempSubdirectory("crash").FullName;
        string files = Path.Combine(root, "in");
        Directory.CreateDirectory(files);
        await File.WriteAllTextAsync(Path.Combine(files, "a.csv"), InboxHarness.Table(0, 2));
        await File.WriteAllTextAsync(Path.Combine(files, "b.csv"), "id,1100 nm,1110 nm,1120 nm\nA,1,2\n");
        await File.WriteAllTextAsync(Path.Combine(files, "c.csv"), InboxHarness.Table(0, 2));
        await File.WriteAllTextAsync(Path.Combine(files, "d.csv"), "sample_id,moisture\nS0001,3\n");
        var storage = new CrashingStorage(n, leavesHalf);
        InboxHarness? first = null;
        try
        {
            first = new InboxHarness(storage, o => o with { Finished = finished }, root);
            first.State.Probe = _ => storage.Count();
            await first.SettleAsync();
        }
        catch (SimulatedCrash)
        {
            crashed?.Invoke();
        }

        first?.Close();
        using var second = new InboxHarness(change: o => o with { Finished = finished }, root: root);
        await second.SettleAsync();
        await second.SettleAsync();
        IEnumerable<byte[]> entries = second.Manifest.Chunks.Select(Stages.Spectra.DatasetEntryJson.Write)
            .Concat(second.Manifest.References.Select(Stages.Spectra.DatasetEntryJson.Write));
        string text = string.Join('\n', entries.Select(System.Text.Encoding.UTF8.GetString)).Replace(root, "ROOT", StringComparison.Ordinal);
        Assert.Equal(2, second.Store.Merge().SampleCount);
        Assert.Equal(finished == FinishedSource.Leave ? 4 : 0, Directory.GetFiles(files).Length);
        Assert.Empty(Directory.GetFiles(second.Store.Folder, "*.tmp", SearchOption.AllDirectories));
        return text + "\nquarantine: " + string.Join(", ", second.Store.Quarantine.List().Select(r => r.Digest + r.Message));
    }

    private static Fingerprint Digest(string path) => Fingerprint.OfBytes(File.ReadAllBytes(path));
}
