using System.Buffers;

namespace Pipeline.Stages.Tests;

/// <summary>What lives on the heap, as collections find it while every other thread stands still.</summary>
/// <remarks>
/// <c>GC.GetTotalMemory</c> looks after the collection, when the others run again: what they allocate until the looking thread has its turn
/// counts as living, which on a busy machine may be many megabytes. The figures of the collection itself have no such gap.
/// </remarks>
internal static class LiveHeap
{
    private const int PooledLengthMin = 16;
    private const int PooledLengthMax = 1 << 22;

    /// <summary>Bytes of what lives now, after the pool of scratch memory has let go what it kept: what is rented from here on is seen.</summary>
    /// <remarks>Other tests leave megabytes in the pool, which a measured search would rent without the heap growing.</remarks>
    public static long BytesWithoutPool()
    {
        for (int length = PooledLengthMin; length <= PooledLengthMax; length *= 2)
        {
            long allocated;
            do
            {
                allocated = GC.GetAllocatedBytesForCurrentThread();
                _ = ArrayPool<double>.Shared.Rent(length);
            }
            while (GC.GetAllocatedBytesForCurrentThread() == allocated);
        }

        return Bytes();
    }

    /// <summary>Bytes of what lives now.</summary>
    public static long Bytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        GCMemoryInfo found = GC.GetGCMemoryInfo(GCKind.FullBlocking);
        return found.HeapSizeBytes - found.FragmentedBytes;
    }

    /// <summary>The most that lives beyond what lived before while work is done, again and again, until another thread has looked often enough.</summary>
    public static long PeakOf(Action work, int looksMin)
    {
        long before = BytesWithoutPool();
        long peak = before;
        int looks = 0;
        bool isDone = false;
        var watcher = new Thread(() =>
        {
            while (!Volatile.Read(ref isDone))
            {
                peak = Math.Max(peak, Bytes());
                Volatile.Write(ref looks, looks + 1);
            }
        });
        watcher.Start();
        try
        {
            do
            {
                work();
            }
            while (Volatile.Read(ref looks) < looksMin);
        }
        finally
        {
            Volatile.Write(ref isDone, true);
            watcher.Join();
        }

        return peak - before;
    }
}
