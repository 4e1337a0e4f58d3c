using Apache.Arrow.Memory;

namespace Apache.Arrow.Ipc.Messages;

/// <summary>Bytes of a stream that can seek; what is taken is copied into memory of its own.</summary>
internal sealed class SeekableSource(Stream stream, bool leaveOpen, MemoryAllocator? allocator) : ByteSource
{
    /// <inheritdoc/>
    internal override long Length => stream.Length;

    /// <inheritdoc/>
    internal override LeasedBytes Take(long position, long count)
    {
        stream.Position = position;
        return BoundedBytes.Read(stream, count, allocator);
    }

    /// <inheritdoc/>
    internal override ValueTask<LeasedBytes> TakeAsync(long position, long count, CancellationToken cancellation)
    {
        stream.Position = position;
        return BoundedBytes.ReadAsync(stream, count, allocator, cancellation);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (!leaveOpen)
        {
            stream.Dispose();
        }
    }
}
