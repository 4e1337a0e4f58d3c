using Pipeline.Engine;
using Pipeline.Host.Configuration;

namespace Pipeline.Host.Service;

/// <summary>How a daemon divides the memory it was given.</summary>
/// <remarks>
/// First the runtime's own part goes off, then a quarter for what no account sees: rows of results, texts, lists of samples, and
/// what the collector has not taken back yet. Of the rest, three sixteenths are for files that arrive, three for the samples
/// of a study, four for cached intermediates, six for units in work. The heap as a whole is bounded by the collector itself, a
/// sixteenth below the memory given, so that garbage is taken back in time. What lies outside the heap (compiled code,
/// threads, SQLite, dirty pages of files: some 70 MiB) then fits beside it into the memory given and a quarter.
/// </remarks>
/// <param name="ArrivalBytes">Files that are read, in all their copies.</param>
/// <param name="SampleBytes">The samples of one study, in all their copies.</param>
/// <param name="CacheBytes">Cached intermediates.</param>
/// <param name="WorkBytes">Units in work.</param>
internal sealed record DaemonMemory(long ArrivalBytes, long SampleBytes, long CacheBytes, long WorkBytes)
{
    /// <summary>
    /// How often a file's bytes are held while it is read: as bytes, as Arrow or text, as a matrix of doubles where the file has
    /// floats, and once more while the chunk is written.
    /// </summary>
    public const int CopiesPerFile = 6;

    private const string HeapLimit = "GCHeapHardLimit";
    private const long RuntimeBytes = 48L << 20;
    private const long HeapBytesMin = 96L << 20;

    // More than this gains nothing: the flush of so many bytes takes longer than its beginning.
    private const long GroupBytesCap = 16L << 20;

    /// <summary>The longest file that is taken.</summary>
    public long FileBytesMax => Math.Min(ArrivalBytes / CopiesPerFile, Array.MaxLength);

    /// <summary>The most bytes of files that are taken together: a few groups of several folders have room side by side.</summary>
    public long GroupBytesMax => Math.Min(FileBytesMax / 4, GroupBytesCap);

    /// <summary>The division of a process's memory.</summary>
    public static DaemonMemory Of(PipelineOptions process)
    {
        long sixteenth = (process.MemoryBytes - Math.Min(RuntimeBytes, process.MemoryBytes / 4)) / 4 * 3 / 16;
        return new DaemonMemory(3 * sixteenth, 3 * sixteenth, 4 * sixteenth, 6 * sixteenth);
    }

    /// <summary>The memory of a process in which so many bytes of samples have room.</summary>
    public static long MemoryBytesFor(long sampleBytes)
    {
        // Sixteen thirds and four thirds are the inverse of the shares; where the runtime's part is a quarter, that is the greater one.
        long shares = ((sampleBytes + 2) / 3 * 16 * 4 / 3) + 64;
        return shares + Math.Min(RuntimeBytes, (shares + 2) / 3);
    }

    /// <summary>The limits of cache and budget.</summary>
    public Limits Limits(PipelineOptions process) => process.LimitsFor(WorkBytes, CacheBytes);

    /// <summary>The most bytes of the heap, garbage among them.</summary>
    public static long HeapBytes(PipelineOptions process) => Math.Max(HeapBytesMin, process.MemoryBytes / 16 * 15);

    /// <summary>Bounds the heap of this process; false where the runtime does not allow it any more.</summary>
    public static bool BoundHeap(PipelineOptions process)
    {
        // A heap that already holds more than the bound stays as it is; nothing has changed then.
        try
        {
            AppContext.SetData(HeapLimit, (ulong)HeapBytes(process));
            GC.RefreshMemoryLimit();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
