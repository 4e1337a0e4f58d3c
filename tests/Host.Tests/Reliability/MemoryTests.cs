using Pipeline.Host.Configuration;
using Pipeline.Host.Service;
using Xunit;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>The daemon's memory: how it is divided, and what it is under more than it can hold.</summary>
public sealed class MemoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-memory-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait("speed", "slow")]
    public async Task Serve_ThreeTimesItsMemoryWhileStudiesRun_StaysWithinItAndTakesEveryFile()
    {
        // Resident memory by kind is what only this system tells.
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        OverloadFigures figures = await Overload.RunAsync(new OverloadOptions
        {
            Folder = _folder,
            Times = 3,
            SmallFileCount = 40,
            Patience = TimeSpan.FromMinutes(5),
        });
        Assert.True(figures.IsHeld, $"{figures}\n{figures.Said}");
    }

    [Theory]
    [InlineData(16)]
    [InlineData(256)]
    [InlineData(1024)]
    [InlineData(64 * 1024)]
    public void Of_AnyMemory_LeavesAQuarterToWhatNoAccountSees(int mebibytes)
    {
        var process = new PipelineOptions { MemoryBytes = (long)mebibytes << 20, Threads = 2 };
        DaemonMemory memory = DaemonMemory.Of(process);
        long sum = memory.ArrivalBytes + memory.SampleBytes + memory.CacheBytes + memory.WorkBytes;
        Assert.InRange(sum, process.MemoryBytes / 2, process.MemoryBytes * 3 / 4);
        Assert.True(memory.FileBytesMax * DaemonMemory.CopiesPerFile <= memory.ArrivalBytes);
        Assert.True(DaemonMemory.HeapBytes(process) >= sum * 5 / 4);
    }

    [Theory]
    [InlineData(1L << 20)]
    [InlineData(1L << 30)]
    public void MemoryBytesFor_Samples_IsEnoughForThem(long bytes)
    {
        var process = new PipelineOptions { MemoryBytes = DaemonMemory.MemoryBytesFor(bytes), Threads = 2 };
        Assert.InRange(DaemonMemory.Of(process).SampleBytes, bytes, 2 * bytes);
    }
}
