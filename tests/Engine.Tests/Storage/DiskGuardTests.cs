using System.Diagnostics;
using Pipeline.Engine.Storage;
using Pipeline.Support;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Engine.Tests.Storage;

public sealed class DiskGuardTests(ITestOutputHelper output)
{
    private static readonly long Floor = Limits.Tiny.DiskFreeBytesMin;

    private readonly SimulatedDisk _disk = new() { CapacityBytes = 10 * Floor };
    private readonly SteppedTime _time = new();
    private readonly List<DiskChange> _changes = [];

    [Fact]
    public async Task WaitForSpaceAsync_DiskFillsAndEmpties_HoldsBackInBetween()
    {
        using DiskGuard guard = Guard();
        Assert.True(guard.WaitForSpaceAsync(default).AsTask().IsCompletedSuccessfully);
        _disk.Write("/a", s => s.Write(new byte[(10 * Floor) - (Floor / 2)]));
        _time.Step();
        Task waiting = guard.WaitForSpaceAsync(default).AsTask();
        Assert.True(guard.IsFull);

        // Above the floor, but not twice: still closed.
        _disk.CapacityBytes = (11 * Floor) + (Floor / 2) - 1;
        _time.Step();
        Assert.False(waiting.IsCompleted);
        _disk.CapacityBytes = (11 * Floor) + (Floor / 2);
        _time.Step();
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal([new DiskChange(true, Floor / 2), new DiskChange(false, 2 * Floor)], _changes);
    }

    [Fact]
    public void Report_DiskFull_ClosesAtOnceAndForAWhile()
    {
        // A used-up quota does not show in the free bytes: the guard must not open at the next look.
        using DiskGuard guard = Guard();
        Assert.False(guard.Report(new StageException(FailureKind.Storage, "Something else.")));
        Assert.False(guard.IsFull);
        for (int round = 0; round < 2; round++)
        {
            Assert.True(guard.Report(Full()));
            Assert.True(guard.Report(Full()));
            Assert.True(guard.IsFull);
            _time.Step();
            _time.Step();
            Assert.True(guard.IsFull);
            _time.Step();
            Assert.False(guard.IsFull);
        }

        Assert.Equal([true, false, true, false], _changes.Select(change => change.IsFull));
    }

    [Fact]
    public void Look_DiskThatDoesNotAnswer_ChangesNothing()
    {
        using DiskGuard guard = Guard();
        _disk.Write("/a", s => s.Write(new byte[(10 * Floor) - (Floor / 2)]));
        _time.Step();
        var gone = new DiskGuard(new LocalStorage(), Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N")), 1, _time, _changes.Add);
        gone.Look();
        gone.Dispose();
        Assert.Single(_changes);
    }

    [Fact]
    public async Task WaitForSpaceAsync_Cancelled_EndsAndTheGuardGoesOn()
    {
        using DiskGuard guard = Guard();
        guard.Report(Full());
        using var cancelled = new CancellationTokenSource();
        Task waiting = guard.WaitForSpaceAsync(cancelled.Token).AsTask();
        Task patient = guard.WaitForSpaceAsync(default).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        for (int i = 0; i < 3; i++)
        {
            _time.Step();
        }

        await patient.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Guard_DiskAlreadyFull_IsClosedFromTheStart()
    {
        _disk.CapacityBytes = Floor - 1;
        using DiskGuard guard = Guard();
        Assert.True(guard.IsFull);
    }

    [Fact]
    [Trait("speed", "slow")]
    public async Task WaitForSpaceAsync_SmallRealDisk_PausesWithinTwoSecondsAndResumesWithinTen()
    {
        // A disk of 64 MiB is filled to its last byte, then emptied; clock and free bytes are the real ones.
        string folder = Directory.CreateTempSubdirectory("small-disk").FullName;
        if (!OperatingSystem.IsLinux() || !await RunAsync("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder))
        {
            Directory.Delete(folder);
            output.WriteLine("Skipped: mounting a small disk needs Linux and its administrator.");
            return;
        }

        try
        {
            var storage = new LocalStorage();
            using var guard = new DiskGuard(storage, folder, 8 << 20, TimeProvider.System);
            Assert.False(guard.IsFull);
            string filler = Path.Combine(folder, "filler");
            File.WriteAllBytes(filler, new byte[60 << 20]);
            long start = Stopwatch.GetTimestamp();
            await UntilAsync(() => guard.IsFull);
            TimeSpan pause = Stopwatch.GetElapsedTime(start);
            StageException refused = Assert.Throws<StageException>(
                () => storage.Write(Path.Combine(folder, "a"), file => file.Write(new byte[8 << 20])));
            Assert.True(guard.Report(refused), refused.Message);
            Assert.Equal([filler], storage.List(folder).Select(entry => entry.Path));
            Task waiting = guard.WaitForSpaceAsync(default).AsTask();
            File.Delete(filler);
            start = Stopwatch.GetTimestamp();
            await waiting.WaitAsync(TimeSpan.FromSeconds(20));
            TimeSpan resume = Stopwatch.GetElapsedTime(start);
            storage.Write(Path.Combine(folder, "a"), file => file.Write(new byte[8 << 20]));
            output.WriteLine($"Paused after {pause.TotalSeconds:F2} s, resumed after {resume.TotalSeconds:F2} s.");
            Assert.InRange(pause.TotalSeconds, 0, 2);
            Assert.InRange(resume.TotalSeconds, 0, 10);
        }
        finally
        {
            await RunAsync("umount", folder);
            Directory.Delete(folder);
        }
    }

    private static async Task UntilAsync(Func<bool> isTrue)
    {
        for (int i = 0; i < 400 && !isTrue(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(isTrue());
    }

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }

    private static StageException Full() => new(FailureKind.Storage, "No space left.") { IsDiskFull = true };

    private DiskGuard Guard() => new(_disk, "/", Floor, _time, _changes.Add);

    /// <summary>A clock that goes on by a second per step and then rings its timers.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        private readonly List<Ring> _rings = [];
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _seconds;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Assert.Equal(TimeSpan.FromSeconds(1), period);
            var ring = new Ring(this, () => callback(state));
            _rings.Add(ring);
            return ring;
        }

        public void Step()
        {
            _seconds++;
            _rings.ToList().ForEach(ring => ring.Call());
        }

        private sealed class Ring(SteppedTime time, Action call) : ITimer
        {
            public void Call() => call();

            public bool Change(TimeSpan dueTime, TimeSpan period) => false;

            public void Dispose() => time._rings.Remove(this);

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
