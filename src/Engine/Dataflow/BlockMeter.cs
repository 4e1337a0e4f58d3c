namespace Pipeline.Engine.Dataflow;

/// <summary>The counters of one block in one run.</summary>
/// <remarks>Written by the block's runners with interlocked operations, read by any thread.</remarks>
internal sealed class BlockMeter(string name, StepOptions options, TimeProvider clock)
{
    private long _in;
    private long _out;
    private long _failures;
    private long _progressed = clock.GetTimestamp();

    public string Name => name;

    public long In => Interlocked.Read(ref _in);

    public long Out => Interlocked.Read(ref _out);

    /// <summary>Reads how many items wait before the block; set when the block is made.</summary>
    public Func<int> Waiting { get; set; } = () => 0;

    /// <summary>Reads how many items wait behind the block; set when the block is made.</summary>
    public Func<int> Finished { get; set; } = () => 0;

    public void CountIn()
    {
        Volatile.Write(ref _progressed, clock.GetTimestamp());
        Interlocked.Increment(ref _in);
    }

    public void CountOut()
    {
        Volatile.Write(ref _progressed, clock.GetTimestamp());
        Interlocked.Increment(ref _out);
    }

    public void CountFailure() => Interlocked.Increment(ref _failures);

    public StepProgress Snapshot(long bytesHeld, TimeSpan oldestAge)
    {
        // Out before in: a snapshot taken in between shows an item as running and never a negative number.
        long left = Out;
        long entered = In;
        return new StepProgress(
            name,
            entered,
            left,
            Interlocked.Read(ref _failures),
            Waiting(),
            (int)(entered - left),
            Finished(),
            bytesHeld,
            options.Capacity,
            options.Parallelism,
            oldestAge,
            clock.GetElapsedTime(Volatile.Read(ref _progressed)));
    }
}
