using Apache.Arrow.Memory;

namespace Apache.Arrow.Ipc.Messages;

/// <summary>Bytes in a caller's memory.</summary>
internal sealed class MemorySource(ReadOnlyMemory<byte> memory) : ByteSource
{
    /// <inheritdoc/>
    internal override long Length => memory.Length;

    /// <inheritdoc/>
    internal override LeasedBytes Take(long position, long count) =>
        LeasedBytes.Free(memory.Slice((int)position, (int)count));

    /// <inheritdoc/>
    internal override ValueTask<LeasedBytes> TakeAsync(long position, long count, CancellationToken cancellation) =>
        ValueTask.FromResult(Take(position, count));

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
