using System.IO.MemoryMappedFiles;
using Apache.Arrow.Memory;

namespace Apache.Arrow.Ipc.Messages;

/// <summary>Bytes that can be taken from any place.</summary>
internal abstract class ByteSource : IDisposable
{
    /// <summary>The number of bytes.</summary>
    internal abstract long Length { get; }

    /// <summary>The bytes of a stream that can seek, where they lie if it is a view of a mapped file.</summary>
    internal static ByteSource Of(Stream stream, bool leaveOpen, MemoryAllocator? allocator) =>
        stream is MemoryMappedViewStream { CanWrite: false } view
            ? new MappedSource(view, leaveOpen)
            : new SeekableSource(stream, leaveOpen, allocator);

    /// <summary>Takes bytes that lie inside.</summary>
    internal abstract LeasedBytes Take(long position, long count);

    /// <summary>Takes bytes that lie inside.</summary>
    internal abstract ValueTask<LeasedBytes> TakeAsync(long position, long count, CancellationToken cancellation);

    /// <summary>Closes what was opened.</summary>
    public abstract void Dispose();
}
