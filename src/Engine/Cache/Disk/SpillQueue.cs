using System.Threading.Channels;
using Pipeline.Engine.Cache.Memory;

namespace Pipeline.Engine.Cache.Disk;

/// <summary>Values on their way to the disk, written one after the other in the background.</summary>
/// <remarks>
/// Invariant: a value in the queue is pinned until it is written or dropped, so its bytes stay counted where they were;
/// those of a value that memory did not keep are bounded by the queue's own ceiling.
/// Nobody waits for the disk: a full queue drops what comes, and the drop is counted with its kind.
/// A defect of a codec ends the writing, drops what waits, and is rethrown by <see cref="DisposeAsync"/>.
/// Any thread may add. Ceilings: <see cref="Limits.SpillsWaitingMax"/>, <see cref="Limits.SpillBytesMax"/>.
/// </remarks>
internal sealed class SpillQueue : IAsyncDisposable
{
    private readonly DiskTier _disk;
    private readonly Action<CacheEntry> _unpin;
    private readonly long _bytesMax;
    private readonly Channel<Spill> _spills;
    private readonly Task _writing;
    private long _bytes;

    /// <summary>A queue that starts to write at once.</summary>
    public SpillQueue(DiskTier disk, Limits limits, Action<CacheEntry> unpin)
    {
        _disk = disk;
        _unpin = unpin;
        _bytesMax = limits.SpillBytesMax;
        _spills = Channel.CreateBounded<Spill>(
            new BoundedChannelOptions(limits.SpillsWaitingMax) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Takes over one pin of an entry, and gives it back once the value is written or dropped.</summary>
    public void Add(CacheEntry entry, DateTimeOffset madeAt, Action<Stream> write)
    {
        bool fits = Interlocked.Add(ref _bytes, entry.SizeBytes) <= _bytesMax;
        var spill = new Spill(entry, madeAt, write, Written: null);
        if (!fits || !_spills.Writer.TryWrite(spill))
        {
            Release(spill, isWritten: false);
        }
    }

    /// <summary>Ends when everything that was added before is written or dropped.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _spills.Writer.WriteAsync(new Spill(null, default, null, written), cancellation);
        }
        catch (ChannelClosedException)
        {
            // Safe: nothing is written any more, and nothing waits.
            return;
        }

        await written.Task.WaitAsync(cancellation);
    }

    /// <summary>Writes what waits and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _spills.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAllAsync()
    {
        try
        {
            await foreach (Spill spill in _spills.Reader.ReadAllAsync())
            {
                bool isWritten = false;
                try
                {
                    isWritten = spill.Entry is { } entry && _disk.Write(
                        entry.Key, entry.Kind.Kind, entry.SizeBytes, entry.ComputeSeconds, spill.MadeAt, spill.Write!);
                }
                finally
                {
                    Release(spill, isWritten);
                }
            }
        }
        finally
        {
            _spills.Writer.TryComplete();
            while (_spills.Reader.TryRead(out Spill? spill))
            {
                Release(spill, isWritten: false);
            }
        }
    }

    private void Release(Spill spill, bool isWritten)
    {
        if (spill.Entry is { } entry)
        {
            Interlocked.Add(ref _bytes, -entry.SizeBytes);
            entry.Kind.CountSpill(isWritten);
            _unpin(entry);
        }

        spill.Written?.SetResult();
    }

    private sealed record Spill(CacheEntry? Entry, DateTimeOffset MadeAt, Action<Stream>? Write, TaskCompletionSource? Written);
}
