using System.Formats.Tar;
using System.Text;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Storage;
using Pipeline.Host.State;
using Pipeline.Host.Tests.Inbox;
using Pipeline.Host.Upkeep.Backups;
using Xunit;

namespace Pipeline.Host.Tests.Upkeep.Backups;

/// <summary>Backups that are whole, damaged, newer or foreign on their way back.</summary>
[Collection(LaboratoryData.Collection)]
public sealed class BackupRestorerTests : IDisposable
{
    private static readonly LocalStorage Disk = new();

    private readonly CommandHarness _shell = new();
    private readonly string _data;
    private readonly string _backup;

    public BackupRestorerTests(LaboratoryData laboratory)
    {
        _data = laboratory.CopyTo(_shell.PathOf("data"));
        _backup = _shell.PathOf("backup");
        BackupMaker.Make(_data, _backup, Disk, TimeProvider.System, default);
    }

    public void Dispose() => _shell.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restore_WholeBackup_GivesTheSameFilesAndOpens(bool isTar)
    {
        string backup = _backup;
        if (isTar)
        {
            backup = _shell.PathOf("backup.tar");
            BackupMaker.Make(_data, backup, Disk, TimeProvider.System, default);
        }

        string restored = _shell.PathOf("restored");
        BackupManifest manifest = BackupRestorer.Restore(new BackupReader(backup, Disk), restored, Disk, default);
        Assert.Equal([.. manifest.Files.Select(file => file.Path).Append("state.db.lock").Order(StringComparer.Ordinal)], LaboratoryData.Files(restored));
        foreach (string file in manifest.Files.Select(file => file.Path).Where(file => file != "state.db"))
        {
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(_data, file)), await File.ReadAllBytesAsync(Path.Combine(restored, file)));
        }

        await using Engine.State.StateDatabase state = HostSchema.Open(restored, Disk, Limits.Default, TimeProvider.System);
        Assert.True(state.WasClosedCleanly);
    }

    [Fact]
    public void Verify_OneBitInAnyFile_NamesTheFile()
    {
        foreach (string file in LaboratoryData.Files(_backup))
        {
            string path = Path.Combine(_backup, file);
            BackupMakerTests.FlipBit(path);
            StageException damaged = Assert.Throws<StageException>(() => BackupVerifier.Verify(new BackupReader(_backup, Disk), default));
            Assert.Equal(FailureKind.InvalidData, damaged.Kind);
            Assert.Contains(file, damaged.Message, StringComparison.Ordinal);
            BackupMakerTests.FlipBit(path);
        }

        BackupVerifier.Verify(new BackupReader(_backup, Disk), default);
    }

    [Fact]
    public void Verify_OneBitInAnyFileOfATar_NamesTheFile()
    {
        string tar = _shell.PathOf("backup.tar");
        BackupMaker.Make(_data, tar, Disk, TimeProvider.System, default);
        List<(string Name, long Offset)> places = [];
        using (var reader = new TarReader(File.OpenRead(tar)))
        {
            while (reader.GetNextEntry() is { } entry)
            {
                places.Add((entry.Name, entry.DataOffset + (entry.Length / 2)));
            }
        }

        Assert.True(places.Count > 10);
        foreach ((string name, long offset) in places)
        {
            Flip(tar, offset);
            StageException damaged = Assert.Throws<StageException>(() => BackupVerifier.Verify(new BackupReader(tar, Disk), default));
            Assert.Equal(FailureKind.InvalidData, damaged.Kind);
            Assert.Contains(name, damaged.Message, StringComparison.Ordinal);
            Flip(tar, offset);
        }

        // An archive that breaks off is no backup, wherever it does.
        byte[] bytes = File.ReadAllBytes(tar);
        foreach (int length in new[] { 0, 100, bytes.Length / 3, bytes.Length - 4096 })
        {
            File.WriteAllBytes(tar, bytes[..length]);
            Assert.Equal(
                FailureKind.InvalidData, Assert.Throws<StageException>(() => BackupVerifier.Verify(new BackupReader(tar, Disk), default)).Kind);
        }
    }

    [Fact]
    public void Verify_FileMissing_NamesIt()
    {
        string file = LaboratoryData.Files(_backup).First(path => path.Contains("sources", StringComparison.Ordinal));
        File.Delete(Path.Combine(_backup, file));
        StageException damaged = Assert.Throws<StageException>(() => BackupVerifier.Verify(new BackupReader(_backup, Disk), default));
        Assert.Contains($"{file}: missing", damaged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_FileUnreadable_NamesItAndTheOthers()
    {
        BackupMakerTests.FlipBit(Path.Combine(_backup, "state.db"));
        var storage = new FailingStorage { Fails = (call, path) => call == "Read" && path.EndsWith("leaderboard.csv", StringComparison.Ordinal) };
        StageException damaged = Assert.Throws<StageException>(() => BackupVerifier.Verify(new BackupReader(_backup, storage), default));
        Assert.Contains("leaderboard.csv: cannot be read", damaged.Message, StringComparison.Ordinal);
        Assert.Contains("state.db: expected SHA-256", damaged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_DamagedBackup_WritesNothing()
    {
        BackupMakerTests.FlipBit(Path.Combine(_backup, "state.db"));
        Assert.Throws<StageException>(() => Restore("restored"));
        Assert.False(Path.Exists(_shell.PathOf("restored")));
    }

    [Fact]
    public void Restore_NewerFormat_Refuses()
    {
        Rewrite(manifest => manifest with { FormatVersion = 2 });
        Assert.Contains("format 2; this program reads formats 1 to 1", Refused("restored"), StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_NewerTables_Refuses()
    {
        Rewrite(manifest => manifest with { Tables = manifest.Tables.SetItem("host", 99) });
        Assert.Contains("tables of 'host' in version 99", Refused("restored"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("datasets/../../evil")]
    [InlineData("/etc/evil")]
    [InlineData("datasets//evil")]
    [InlineData("elsewhere/evil")]
    [InlineData("datasets/a:b")]
    [InlineData("datasets\\..\\evil")]
    public void Restore_PathThatLeadsOut_Refuses(string path)
    {
        Rewrite(manifest => manifest with { Files = manifest.Files.Add(new BackupFile(path, 0, Fingerprint.OfBytes([]).ToString())) });
        Assert.Contains("names a file that no backup has", Assert.Throws<StageException>(() => Restore("restored")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_NoBackup_SaysWhatToName()
    {
        StageException refused = Assert.Throws<StageException>(() => new BackupReader(_shell.PathOf("nothing"), Disk));
        Assert.Contains("There is no backup", refused.Message, StringComparison.Ordinal);
        Directory.CreateDirectory(_shell.PathOf("empty"));
        StageException incomplete = Assert.Throws<StageException>(() => BackupVerifier.Verify(new BackupReader(_shell.PathOf("empty"), Disk), default));
        Assert.Contains("no complete backup", incomplete.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_TargetNotEmpty_Refuses()
    {
        Directory.CreateDirectory(_shell.PathOf("restored"));
        string letter = _shell.Write("restored/letter.txt", "keep me");
        Assert.Contains("is not empty", Refused("restored"), StringComparison.Ordinal);
        Assert.Equal("keep me", File.ReadAllText(letter));
    }

    [Fact]
    public async Task Restore_DaemonRunsOnTheTarget_Refuses()
    {
        await using Engine.State.StateDatabase running = HostSchema.Open(_data, Disk, Limits.Default, TimeProvider.System);
        Assert.Contains($"A daemon (process {Environment.ProcessId}) runs on", Refused("data"), StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_DiskFullBeforehand_SaysHowMuch()
    {
        var storage = new FailingStorage { Free = _ => 1000 };
        StageException refused = Assert.Throws<StageException>(
            () => BackupRestorer.Restore(new BackupReader(_backup, storage), _shell.PathOf("restored"), storage, default));
        Assert.True(refused.IsDiskFull);
        Assert.Contains("1000 bytes free", refused.Message, StringComparison.Ordinal);
    }

    // A failure takes everything away again; after a kill, which cannot, no daemon and no second restore takes the rest for data.
    [Fact]
    public void Restore_FailsOnTheWay_LeavesNothingOrItsMark()
    {
        string target = _shell.PathOf("restored");
        var failing = new FailingStorage { Fails = (call, path) => call == "Write" && path.Contains("restored/studies", StringComparison.Ordinal) };
        Assert.Throws<StageException>(() => BackupRestorer.Restore(new BackupReader(_backup, failing), target, failing, default));
        Assert.Empty(Directory.GetFileSystemEntries(target));

        var killed = new FailingStorage();
        bool isDead = false;
        killed.Fails = (call, path) => isDead |= call == "Write" && path.Contains("restored/studies", StringComparison.Ordinal);
        Assert.Throws<StageException>(() => BackupRestorer.Restore(new BackupReader(_backup, killed), target, killed, default));
        Assert.NotEmpty(Directory.GetFileSystemEntries(target));
        StageException start = Assert.Throws<StageException>(() => HostSchema.Open(target, Disk, Limits.Default, TimeProvider.System));
        Assert.Contains("was cut off. Delete everything in the folder", start.Message, StringComparison.Ordinal);
        Assert.Contains("was cut off", Assert.Throws<StageException>(() => Restore("restored")).Message, StringComparison.Ordinal);
    }

    private static void Flip(string path, long offset)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = offset;
        int value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 1));
    }

    private void Restore(string name) => BackupRestorer.Restore(new BackupReader(_backup, Disk), _shell.PathOf(name), Disk, default);

    private string Refused(string name)
    {
        StageException refused = Assert.Throws<StageException>(() => Restore(name));
        Assert.Equal(FailureKind.InvalidRequest, refused.Kind);
        return refused.Message;
    }

    private void Rewrite(Func<BackupManifest, BackupManifest> change)
    {
        string path = Path.Combine(_backup, BackupManifest.FileName);
        byte[] json = change(BackupManifest.Read(File.ReadAllBytes(path), _backup)).ToJson();
        File.WriteAllBytes(path, json);
        File.WriteAllBytes(
            Path.Combine(_backup, BackupManifest.ChecksumName), Encoding.ASCII.GetBytes($"{Fingerprint.OfBytes(json)}  {BackupManifest.FileName}\n"));
    }
}
