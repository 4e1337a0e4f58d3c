using Pipeline.Engine;
using Pipeline.Engine.Storage;
using Pipeline.Host.Tests.Inbox;
using Pipeline.Host.Upkeep.Backups;
using Xunit;

namespace Pipeline.Host.Tests.Upkeep.Backups;

/// <summary>Backups of a data folder at rest, over disks that fail.</summary>
[Collection(LaboratoryData.Collection)]
public sealed class BackupMakerTests : IDisposable
{
    private readonly CommandHarness _shell = new();
    private readonly string _data;
    private readonly string _target;

    public BackupMakerTests(LaboratoryData laboratory)
    {
        _data = laboratory.CopyTo(_shell.PathOf("data"));
        _target = _shell.PathOf("backup");
    }

    public void Dispose() => _shell.Dispose();

    [Theory]
    [InlineData("backup")]
    [InlineData("backup.tar")]
    public void Make_DataAtRest_HoldsEverythingButTheCache(string name)
    {
        string target = _shell.PathOf(name);
        string[] before = LaboratoryData.Files(_data);
        BackupReport report = Make(new LocalStorage(), target);
        Assert.Equal(before, LaboratoryData.Files(_data).Where(IsOurs));
        Assert.Equal(
            before.Where(file => !file.StartsWith("cache/", StringComparison.Ordinal) && file != "state.db.lock"),
            report.Manifest.Files.Select(file => file.Path).Order(StringComparer.Ordinal));
        Assert.Empty(report.Manifest.Damaged);
        Assert.Equal(0, report.LeftOutCount);
        Assert.Equal(report.Manifest.LengthBytes, report.Kinds.Sum(kind => kind.Bytes));
        Assert.Equal(["state", "run", "predictions", "result", "source", "chunk", "quarantined source", "reason"], report.Kinds.Select(kind => kind.Kind));
        Assert.False(Directory.Exists(target + BackupMaker.UnfinishedEnding));

        // Lists and records are compared by their text.
        BackupManifest verified = BackupVerifier.Verify(new BackupReader(target, new LocalStorage()), default);
        Assert.Equal(report.Manifest.ToJson(), verified.ToJson());
    }

    // A process that is killed does nothing more: from the n-th call on (each of the first, then every seventh), everything fails. Nothing
    // then looks like a backup, and the next one to the same place cleans up and is whole.
    [Theory]
    [InlineData("backup")]
    [InlineData("backup.tar")]
    public void Make_KilledAtAnyCall_LeavesNothingThatLooksComplete(string name)
    {
        string target = _shell.PathOf(name);
        for (int n = 1; ; n += n < 30 ? 1 : 7)
        {
            int calls = 0;
            var storage = new FailingStorage { Fails = (_, _) => ++calls >= n };
            if (TryMake(storage, target) is null)
            {
                // What fails after the last name is given is the cleaning up, which the next backup does.
                Assert.True(n > 10, $"{n} calls");
                break;
            }

            Assert.False(Path.Exists(target), $"call {n}");
            string unfinished = Path.Combine(target + BackupMaker.UnfinishedEnding, "backup");
            if (Directory.Exists(unfinished) && !File.Exists(Path.Combine(unfinished, BackupManifest.ChecksumName)))
            {
                StageException refused = Assert.Throws<StageException>(
                    () => BackupVerifier.Verify(new BackupReader(unfinished, new LocalStorage()), default));
                Assert.Contains("no complete backup", refused.Message, StringComparison.Ordinal);
            }
        }

        BackupVerifier.Verify(new BackupReader(target, new LocalStorage()), default);
        string second = _shell.PathOf("second-" + name);
        var last =
            new FailingStorage { Fails = (call, path) => call is "Move" or "MoveFolder" or "DeleteFolder" && path.Contains("second", StringComparison.Ordinal) };
        Assert.NotNull(TryMake(last, second));
        Assert.True(Directory.Exists(second + BackupMaker.UnfinishedEnding));
        Make(new LocalStorage(), second);
        Assert.False(Directory.Exists(second + BackupMaker.UnfinishedEnding));
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("backup.tar")]
    public void Make_DiskFullBeforehand_SaysHowMuchAndLeavesNothing(string name)
    {
        // Room for a little, then for the state alone.
        long state = new FileInfo(Path.Combine(_data, "state.db")).Length;
        Assert.True(TryMake(new FailingStorage { Free = _ => state + (5 << 20) }, _shell.PathOf(name))!.IsDiskFull);
        StageException? refused = TryMake(new FailingStorage { Free = _ => 1 << 20 }, _shell.PathOf(name));
        Assert.True(refused!.IsDiskFull);
        Assert.Contains("The backup takes at least ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("has 1 MiB free. Make room there, or name a place on another disk.", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["data"], Directory.GetFileSystemEntries(_shell.Folder).Select(Path.GetFileName));
    }

    // Others write to the disk too, so it may become full after the look at its space.
    [Fact]
    public void Make_DiskFullOnTheWay_SaysSoAndLeavesNothing()
    {
        var storage = new FailingStorage { Fails = (call, path) => call == "Write" && path.Contains("chunks", StringComparison.Ordinal) };
        StageException? refused = TryMake(storage, _target);
        Assert.Contains("chunks", refused!.Message, StringComparison.Ordinal);
        Assert.Equal(["data"], Directory.GetFileSystemEntries(_shell.Folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("backup.tar")]
    public void Make_Interrupted_LeavesNothing(string name)
    {
        using var stop = new CancellationTokenSource();
        var storage = new FailingStorage();
        storage.Fails = (call, path) =>
        {
            if (call == "OpenRead" && path.Contains("sources", StringComparison.Ordinal))
            {
                stop.Cancel();
            }

            return false;
        };
        Assert.Throws<OperationCanceledException>(() => BackupMaker.Make(_data, _shell.PathOf(name), storage, TimeProvider.System, stop.Token));
        Assert.Equal(["data"], Directory.GetFileSystemEntries(_shell.Folder).Select(Path.GetFileName));
    }

    // The daemon replaces the run between the copy of the state and the opening of its files; the second attempt finds all.
    [Fact]
    public void Make_RunVanishesMeanwhile_BeginsAgainWithANewerState()
    {
        string run = Directory.GetDirectories(Path.Combine(_data, "studies", "protein")).Single();
        string aside = _shell.PathOf("aside");
        var storage = new FailingStorage();
        int attempts = 0;
        storage.Fails = (call, path) =>
        {
            if (call == "OpenRead" && path.StartsWith(run, StringComparison.Ordinal) && attempts++ == 0)
            {
                Directory.Move(run, aside);
            }
            else if (call == "Stamp" && path == run)
            {
                Directory.Move(aside, run);
            }

            return false;
        };
        BackupReport report = Make(storage, _target);
        Assert.Empty(report.Manifest.Damaged);
        Assert.Contains(report.Manifest.Files, file => file.Path.EndsWith("model/model.json", StringComparison.Ordinal));
        Assert.Equal(
            2,
            storage.Calls.Count(
                call => call.Call == "OpenRead" && call.Path.EndsWith(".tmp" + Path.DirectorySeparatorChar + "state.db", StringComparison.Ordinal)));
    }

    [Fact]
    public void Make_ModelIsGoneForGood_IsSaid()
    {
        string run = Directory.GetDirectories(Path.Combine(_data, "studies", "protein")).Single();
        Directory.Delete(run, recursive: true);
        BackupReport report = Make(new LocalStorage(), _target);
        Assert.Equal([$"studies/protein/{Path.GetFileName(run)}"], report.Manifest.Damaged.AsEnumerable());
    }

    [Fact]
    public void Make_SourceDamagedAndChunkGone_NamesTheSourceAndGoesOn()
    {
        string[] sources = Directory.GetFiles(Path.Combine(_data, "datasets", "wheat", "sources"));
        FlipBit(sources[0]);
        File.Delete(sources[1]);
        File.Delete(Directory.GetFiles(Path.Combine(_data, "datasets", "wheat", "chunks"))[0]);
        BackupReport report = Make(new LocalStorage(), _target);
        Assert.Equal(
            new[] { sources[0], sources[1] }.Select(path => $"datasets/wheat/sources/{Path.GetFileName(path)}").Order(),
            report.Manifest.Damaged.Order());
        Assert.Equal(1, report.LeftOutCount);
        BackupVerifier.Verify(new BackupReader(_target, new LocalStorage()), default);
    }

    [Fact]
    public void Make_TargetInsideData_Refuses() => Refuses(Path.Combine(_data, "backup"), "lies in the data folder");

    [Fact]
    public void Make_TargetNotEmpty_Refuses()
    {
        Directory.CreateDirectory(_target);
        File.WriteAllText(Path.Combine(_target, "letter.txt"), "keep me");
        Refuses(_target, "is there already");
        Assert.Equal("keep me", File.ReadAllText(Path.Combine(_target, "letter.txt")));
    }

    [Fact]
    public void Make_TarIsThere_Refuses() => Refuses(_shell.Write("old.tar", "old"), "is there already");

    [Fact]
    public void Make_TargetEmpty_IsUsed()
    {
        Directory.CreateDirectory(_target);
        Make(new LocalStorage(), _target);
        Assert.True(File.Exists(Path.Combine(_target, BackupManifest.FileName)));
    }

    [Fact]
    public void Make_AnotherWritesThere_Refuses()
    {
        Directory.CreateDirectory(_target + BackupMaker.UnfinishedEnding);
        using IDisposable other = new LocalStorage().Lock(Path.Combine(_target + BackupMaker.UnfinishedEnding, "lock"));
        Refuses(_target, "Another backup is being written");
    }

    [Fact]
    public void Make_NoState_SaysWhatToName()
    {
        File.Delete(Path.Combine(_data, "state.db"));
        Refuses(_target, "There is no state database");
    }

    /// <summary>Changes one bit in the middle of a file.</summary>
    internal static void FlipBit(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    // SQLite's own files come with every look.
    private static bool IsOurs(string file) => file is not ("state.db-wal" or "state.db-shm");

    private void Refuses(string target, string why)
    {
        StageException? refused = TryMake(new LocalStorage(), target);
        Assert.Equal(FailureKind.InvalidRequest, refused!.Kind);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    private StageException? TryMake(IStorage storage, string target)
    {
        try
        {
            Make(storage, target);
            return null;
        }
        catch (StageException refused)
        {
            return refused;
        }
    }

    private BackupReport Make(IStorage storage, string target) => BackupMaker.Make(_data, target, storage, TimeProvider.System, default);
}
