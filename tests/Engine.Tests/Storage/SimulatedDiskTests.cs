using Pipeline.Engine.Storage;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Engine.Tests.Storage;

public sealed class SimulatedDiskTests : StorageContract
{
    private readonly SimulatedDisk _disk = new();

    public SimulatedDiskTests() => _disk.CreateFolder(Root);

    protected override IStorage Storage => _disk;

    protected override string Root => "/disk";

    [Fact]
    public void Survivor_NothingFlushed_IsEveryOutcome()
    {
        // An unflushed file may be missing, empty, whole, cut or zeros; all of them must come up.
        _disk.Sync();
        _disk.Fault = step => step.Action is DiskAction.Flush or DiskAction.FlushFolder ? DiskFault.Skip : DiskFault.None;
        _disk.Write(At("a"), s => s.Write("data"u8));
        HashSet<string> found = [];
        int count = _disk.SurvivorCount(1000);
        Assert.Equal(2 * 2 * 6, count);
        for (int number = 0; number < count; number++)
        {
            SimulatedDisk left = _disk.Survivor(number, 1000, seed: 7);
            foreach (string name in (string[])["a", "a.tmp"])
            {
                found.Add(left.Stamp(At(name)) is null ? $"no {name}" : $"{name}: {StoredFiles.Text(left, At(name)).Replace('\0', '0')}");
            }
        }

        Assert.Superset(new HashSet<string> { "no a", "a: data", "a: ", "a: 0000", "no a.tmp", "a.tmp: data", "a.tmp: " }, found);
        Assert.Contains("data", StoredFiles.Text(_disk.Survivor(1, 1000, 7), At("a")), StringComparison.Ordinal);
        Assert.Empty(_disk.Survivor(0, 1000, 7).List(Root));
    }

    [Fact]
    public void Survivor_EverythingFlushed_IsOneOutcome()
    {
        _disk.Sync();
        _disk.Write(At("a"), s => s.Write("data"u8));
        Assert.Equal(1, _disk.SurvivorCount(1000));
        Assert.Equal("data", StoredFiles.Text(_disk.Survivor(0, 1000, 1), At("a")));
        Assert.Throws<PowerCutException>(() => _disk.Stamp(At("a")));
    }

    [Fact]
    public void Survivor_RenameFromFolderToFolder_NeverLosesBothNames()
    {
        _disk.CreateFolder(At("x"));
        _disk.Write(At("a"), s => s.Write("data"u8));
        _disk.Sync();
        _disk.Fault = step => step.Action == DiskAction.FlushFolder ? DiskFault.Skip : DiskFault.None;
        _disk.Move(At("a"), At("x/a"));
        (bool, bool)[] left =
        [
            .. Enumerable.Range(0, _disk.SurvivorCount(9)).Select(number => _disk.Survivor(number, 9, 1))
                .Select(disk => (disk.Stamp(At("a")) is not null, disk.Stamp(At("x/a")) is not null)),
        ];
        Assert.Equal([(true, false), (false, true), (true, true)], left);
    }

    [Fact]
    public void Restarted_NothingFlushed_KeepsEverythingUntilThePowerGoes()
    {
        _disk.Sync();
        _disk.PowerCutAt = 2;
        Assert.Throws<PowerCutException>(() => _disk.Write(At("a"), s => s.Write("data"u8)));
        SimulatedDisk next = _disk.Restarted();
        Assert.Equal("data", StoredFiles.Text(next, At("a.tmp")));
        Assert.Null(next.Survivor(0, 99, 1).Stamp(At("a.tmp")));
    }

    [Fact]
    public void Write_NoSpace_IsMarkedLeavesNothingAndWorksWhenSpaceReturns()
    {
        _disk.CapacityBytes = 10;
        _disk.Write(At("a"), s => s.Write("123456"u8));
        StageException refused = Assert.Throws<StageException>(() => _disk.Write(At("b"), s => s.Write("123456"u8)));
        Assert.True(refused.IsDiskFull);
        Assert.Equal(4, _disk.FreeBytes(Root));
        Assert.Single(_disk.List(Root));
        _disk.Delete(At("a"));
        _disk.Write(At("b"), s => s.Write("123456"u8));
        Assert.Equal("123456", Text("b"));
    }

    [Fact]
    public void Write_EveryStepFails_TheEarlierFileOrTheNewOneIsThere()
    {
        // Fails each step once, in each way; whatever is reported, the file is whole and the next attempt succeeds.
        int steps = 0;
        foreach (DiskFault fault in (DiskFault[])[DiskFault.Io, DiskFault.NoSpace])
        {
            for (int n = 0; ; n++)
            {
                var disk = new SimulatedDisk();
                disk.CreateFolder(Root);
                disk.Write(At("a"), s => s.Write("old"u8));
                disk.Sync();
                disk.Fault = step => step.Number == n && step.Action is not (DiskAction.Stamp or DiskAction.Open) ? fault : DiskFault.None;
                StageException? refused = null;
                try
                {
                    disk.Write(At("a"), s => s.Write("new"u8));
                }
                catch (StageException error)
                {
                    refused = error;
                }

                if (refused is null)
                {
                    break;
                }

                steps++;
                Assert.Equal(fault == DiskFault.NoSpace, refused.IsDiskFull);
                disk.Fault = _ => DiskFault.None;
                Assert.Contains(StoredFiles.Text(disk, At("a")), (string[])["old", "new"]);
                Assert.Single(disk.List(Root));
                disk.Write(At("a"), s => s.Write("newest"u8));
                Assert.Equal("newest", StoredFiles.Text(disk.Survivor(0, 99, 1), At("a")));
            }
        }

        Assert.Equal(10, steps);
    }

    [Fact]
    public void Write_FlushFails_IsGivenUpAndNotFlushedAgain()
    {
        // After a failed flush the system calls the lost bytes clean: a second flush of the same file would lie.
        List<DiskAction> actions = [];
        _disk.Sync();
        _disk.Fault = step =>
        {
            actions.Add(step.Action);
            return step.Action == DiskAction.Flush ? DiskFault.Io : DiskFault.None;
        };
        Assert.Throws<StageException>(() => _disk.Write(At("a"), s => s.Write("data"u8)));
        Assert.Equal([DiskAction.Create, DiskAction.Write, DiskAction.Flush, DiskAction.Remove], actions);
        Assert.Throws<StageException>(() => _disk.CopyIn(new MemoryStream([1]), At("b.tmp"), 9, default));
        Assert.Equal(2, actions.Count(action => action == DiskAction.Flush));
        Assert.Empty(_disk.List(Root));
    }

    [Fact]
    public void Flush_AfterAFailedOne_SucceedsAndSavesNothing()
    {
        // The trap itself, so that the simulation is known to have it.
        var disk = new SimulatedDiskFiles(new SimulatedDiskNode(isFolder: true), []);
        using Stream file = disk.Create("/a");
        disk.FlushFolder("/");
        file.Write("data"u8);
        disk.Fault = step => step.Action == DiskAction.Flush ? DiskFault.Io : DiskFault.None;
        Assert.Throws<IOException>(() => disk.Flush(file));
        disk.Fault = _ => DiskFault.None;
        disk.Flush(file);
        Assert.Equal(4, disk.Stamp("/a")!.Value.LengthBytes);
        Assert.Empty(SimulatedDiskSurvivor.Of(disk, 1, 9, 1).Entries["a"].Content);
    }

    [Fact]
    public void CopyIn_SourceFailsOrVanishes_LeavesNothing()
    {
        _disk.Write(At("a"), s => s.Write("data"u8));
        _disk.Fault = step => step.Action == DiskAction.Read ? DiskFault.Io : DiskFault.None;
        using (Stream source = _disk.OpenRead(At("a")))
        {
            Assert.Throws<StageException>(() => _disk.CopyIn(source, At("b.tmp"), 99, default));
        }

        _disk.Fault = step => step.Action == DiskAction.Read ? DiskFault.EndsEarly : DiskFault.None;
        using (Stream source = _disk.OpenRead(At("a")))
        {
            Assert.Equal(0, _disk.CopyIn(source, At("b.tmp"), 99, default).LengthBytes);
        }

        _disk.Delete(At("b.tmp"));
        _disk.Fault = step => step.Action == DiskAction.Open ? DiskFault.Vanish : DiskFault.None;
        Assert.Throws<StageException>(() => _disk.OpenRead(At("a")));
        Assert.Empty(_disk.List(Root));
    }
}
