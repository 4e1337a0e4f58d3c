namespace Pipeline.DaemonBench;

/// <summary>The most memory that a process had while it was watched.</summary>
/// <param name="AnonymousPeak">Bytes that are nobody's file; the most of all looks.</param>
/// <param name="ResidentPeak">All resident bytes; the kernel's own peak (VmHWM), which misses nothing.</param>
internal sealed record MemoryTrace(long AnonymousPeak, long ResidentPeak)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks at a process until it is gone or nobody asks any more.</summary>
    public static async Task<MemoryTrace> WatchAsync(int process, CancellationToken end)
    {
        var trace = new MemoryTrace(0, 0);
        while (!end.IsCancellationRequested && ProcessSight.Of(process) is { } sight)
        {
            trace = new MemoryTrace(Math.Max(trace.AnonymousPeak, sight.AnonymousBytes), Math.Max(trace.ResidentPeak, sight.PeakBytes));
            await Task.Delay(LookEvery, CancellationToken.None);
        }

        return trace;
    }
}
