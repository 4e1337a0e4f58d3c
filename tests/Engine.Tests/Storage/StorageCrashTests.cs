using Pipeline.Engine.Storage;
using Pipeline.Support;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Engine.Tests.Storage;

/// <summary>Every operation of the storage, with the power cut before each of its steps.</summary>
public sealed class StorageCrashTests(ITestOutputHelper output)
{
    private static readonly string[] Many = ["a", "b", "c"];
    private readonly CrashPoints _crashes = new(output) { SurvivorsMax = 1000, ResumesAfterKill = true };

    [Fact]
    public void Write_PowerCut_LeavesTheOldFileOrTheNewOne()
    {
        // Each seed cuts the unflushed bytes elsewhere.
        int recoveries = 0;
        foreach (int seed in Enumerable.Range(1, 10))
        {
            recoveries += Run(new CrashPoints(output) { SurvivorsMax = 1000, ResumesAfterKill = true, Seed = seed }).Recoveries;
        }

        Assert.InRange(recoveries, 400, 1000);

        static CrashCount Run(CrashPoints crashes) => crashes.Run(
            disk => disk.Write("/d/a", file =>
            {
                file.Write("new "u8);
                file.Write("bytes"u8);
            }),
            (disk, site) => Assert.Contains(StoredFiles.Text(disk, "/d/a"), site.IsFinished ? ["new bytes"] : (string[])["old", "new bytes"]),
            disk =>
            {
                disk.CreateFolder("/d");
                disk.Write("/d/a", file => file.Write("old"u8));
            });
    }

    [Fact]
    public void CopyInAndMove_PowerCut_LeavesNoFileOrAWholeOne() => _crashes.Run(
        disk =>
        {
            disk.CreateFolder("/d/sources/2020");
            disk.CopyIn(new MemoryStream([.. "spectrum"u8]), "/d/upload.tmp", 99, default);
            disk.Move("/d/upload.tmp", "/d/sources/2020/a");
        },
        (disk, site) =>
        {
            if (site.IsFinished || disk.Stamp("/d/sources/2020/a") is not null)
            {
                Assert.Equal("spectrum", StoredFiles.Text(disk, "/d/sources/2020/a"));
            }
        });

    [Fact]
    public void CopySoonFlushAndMoveOfMany_PowerCut_LeavesNoFileOrAWholeOne() => _crashes.Run(
        disk =>
        {
            disk.CreateFolder("/d/sources");
            UnflushedFile[] files =
                [.. Many.Select(name => disk.CopySoon(new MemoryStream([.. "spectrum"u8]), $"/d/{name}.tmp", 99, default))];
            disk.Flush(files);
            disk.Move([.. Many.Select(name => ($"/d/{name}.tmp", $"/d/sources/{name}"))]);
        },
        (disk, site) => Assert.All(Many, name =>
        {
            if (site.IsFinished || disk.Stamp($"/d/sources/{name}") is not null)
            {
                Assert.Equal("spectrum", StoredFiles.Text(disk, $"/d/sources/{name}"));
            }
        }));

    [Fact]
    public void WriteSoon_PowerCut_NeverTouchesAnotherFile() => _crashes.Run(
        disk => disk.WriteSoon("/d/b", file => file.Write("chunk"u8)),
        (disk, site) => Assert.Equal("kept", StoredFiles.Text(disk, "/d/a")),
        disk =>
        {
            disk.CreateFolder("/d");
            disk.Write("/d/a", file => file.Write("kept"u8));
        });

    [Fact]
    public void DeleteMany_Finished_NoneComesBack() => _crashes.Run(
        disk => disk.Delete(["/d/a", "/d/b", "/d/missing"]),
        (disk, site) => Assert.True(site is not { IsFinished: true, IsResumed: false } || (disk.Stamp("/d/a") is null && disk.Stamp("/d/b") is null)),
        disk =>
        {
            disk.CreateFolder("/d");
            disk.Write("/d/a", file => file.Write("data"u8));
            disk.Write("/d/b", file => file.Write("data"u8));
        });

    [Fact]
    public void Move_ToAnotherDevice_NeverLosesTheFile() => _crashes.Run(
        disk =>
        {
            ((SimulatedDisk)disk).OtherDevice = "/share";
            if (disk.Stamp("/d/a") is not null)
            {
                disk.Move("/d/a", "/share/a");
            }
        },
        (disk, site) =>
        {
            string[] places = [.. new[] { "/d/a", "/share/a" }.Where(path => disk.Stamp(path) is not null)];
            Assert.NotEmpty(places);
            Assert.All(places, path => Assert.Equal("data", StoredFiles.Text(disk, path)));
            Assert.True(!site.IsFinished || places.Contains("/share/a"));
        },
        disk =>
        {
            disk.CreateFolder("/d");
            disk.CreateFolder("/share");
            disk.Write("/d/a", file => file.Write("data"u8));
        });

    [Fact]
    public void FoldersMovedAndDeleted_PowerCut_AreThereOrNot() => _crashes.Run(
        disk =>
        {
            disk.CreateFolder("/d/new");
            disk.Write("/d/new/a", file => file.Write("data"u8));
            if (!disk.FolderExists("/d/x"))
            {
                disk.MoveFolder("/d/new", "/d/x");
            }

            disk.Delete("/d/b");
            disk.DeleteFolder("/d/old");
        },
        (disk, site) =>
        {
            Assert.True(!site.IsFinished || disk.FolderExists("/d/x"));
            if (disk.FolderExists("/d/x"))
            {
                Assert.Equal("data", StoredFiles.Text(disk, "/d/x/a"));
            }

            Assert.True(site is { IsFinished: true, IsResumed: false } ? disk.Stamp("/d/b") is null && !disk.FolderExists("/d/old") : disk.FolderExists("/d"));
        },
        disk =>
        {
            disk.CreateFolder("/d/old");
            disk.Write("/d/old/a", file => file.Write("data"u8));
            disk.Write("/d/b", file => file.Write("data"u8));
        });

    [Theory]
    [InlineData(DiskAction.Flush)]
    [InlineData(DiskAction.FlushFolder)]
    public void Run_ADiskThatForgetsToFlush_IsCaught(DiskAction forgotten)
    {
        // The harness itself: without one of the flushes some outcome must break the promise.
        Assert.ThrowsAny<Exception>(() => _crashes.Run(
            disk =>
            {
                ((SimulatedDisk)disk).Fault = step => step.Action == forgotten ? DiskFault.Skip : DiskFault.None;
                disk.Write("/a", file => file.Write("new"u8));
            },
            (disk, site) => Assert.Contains(StoredFiles.Text(disk, "/a"), site.IsFinished ? ["new"] : (string[])["old", "new"]),
            disk => disk.Write("/a", file => file.Write("old"u8))));
    }
}
