using System.IO.MemoryMappedFiles;
using Apache.Arrow.Memory;

namespace Apache.Arrow.Ipc.Messages;

/// <summary>Bytes of a mapped file, which stays mapped while any of them are leased.</summary>
/// <remarks>
/// Nobody may shorten the file meanwhile: to touch a page that is gone ends the process. So only files that are ours
/// alone are mapped.
/// </remarks>
internal sealed class MappedSource(MemoryMappedViewStream view, bool leaveOpen) : ByteSource
{
    /// <inheritdoc/>
    internal override long Length { get; } = view.Length;

    /// <inheritdoc/>
    internal override LeasedBytes Take(long position, long count) => LeasedBytes.Of(
        new MappedMemory(view.SafeMemoryMappedViewHandle, view.PointerOffset + position, (int)count), (int)count);

    /// <inheritdoc/>
    internal override ValueTask<LeasedBytes> TakeAsync(long position, long count, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Take(position, count));
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (!leaveOpen)
        {
            view.Dispose();
        }
    }
}
