using Pipeline.Engine.Storage;
using Pipeline.Host.State;
using Pipeline.Host.Upkeep;
using Xunit;

namespace Pipeline.Host.Tests.Upkeep;

public sealed class RunningDaemonTests : IDisposable
{
    private static readonly string[] Locks =
    [
        "1: POSIX  ADVISORY  WRITE 812 08:01:4711 0 EOF",
        "1: -> FLOCK  ADVISORY  WRITE 813 08:01:4711 0 EOF",
        "2: FLOCK  ADVISORY  READ 814 08:01:4712 0 EOF",
        "3: FLOCK  ADVISORY  WRITE -1 00:2f:4713 0 EOF",
    ];

    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void Find_LockHeldOrLeft_TellsTheProcessOrNobody()
    {
        Assert.Null(RunningDaemon.Find(_shell.Folder));
        using (new LocalStorage().Lock(HostSchema.FileOf(_shell.Folder) + ".lock"))
        {
            RunningDaemon? found = RunningDaemon.Find(_shell.Folder);
            Assert.NotNull(found);
            if (OperatingSystem.IsLinux())
            {
                Assert.Equal(Environment.ProcessId, found.ProcessId);
            }
        }

        Assert.Null(RunningDaemon.Find(_shell.Folder));
    }

    [Fact]
    public void FindIn_ListOfLocks_TellsWritersOfTheFile()
    {
        Assert.Equal(812, RunningDaemon.FindIn(Locks, 4711)!.ProcessId);
        Assert.Null(RunningDaemon.FindIn(Locks, 711));
        Assert.Null(RunningDaemon.FindIn(Locks, 4712));
        Assert.Equal("a process", RunningDaemon.FindIn(Locks, 4713)!.ToString());
    }
}
