using System.Buffers;
using System.Runtime.InteropServices;

namespace Apache.Arrow.Memory;

/// <summary>A part of a mapped file, which stays mapped until this is disposed.</summary>
/// <remarks>No finalizer: it could take the mapping from under a span whose array nobody else holds any more.</remarks>
internal sealed unsafe class MappedMemory : MemoryManager<byte>
{
    private readonly SafeBuffer _mapping;
    private readonly byte* _start;
    private readonly int _length;
    private int _released;

    /// <summary>Holds a mapping; the caller has checked that the bytes lie inside it.</summary>
    internal MappedMemory(SafeBuffer mapping, long offset, int length)
    {
        byte* start = null;
        mapping.AcquirePointer(ref start);
        _mapping = mapping;
        _start = start + offset;
        _length = length;
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_released != 0, this);
        return new Span<byte>(_start, _length);
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(_released != 0, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length);
        return new MemoryHandle(_start + elementIndex, default, this);
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
        {
            _mapping.ReleasePointer();
        }
    }
}
