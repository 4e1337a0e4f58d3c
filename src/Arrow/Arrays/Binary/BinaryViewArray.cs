using System.Collections;
using System.Runtime.InteropServices;
using Apache.Arrow.Scalars;
using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of byte strings, each a view of bytes that may lie anywhere.</summary>
public partial class BinaryViewArray : Array, IReadOnlyList<byte[]>
{
    private const int FixedBuffers = 2;

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public BinaryViewArray(ArrayData data)
        : this(ArrowTypeId.BinaryView, data)
    {
    }

    /// <summary>Makes an array over parts of a type that is stored as views.</summary>
    public BinaryViewArray(ArrowTypeId typeId, ArrayData data)
        : base(data)
    {
        data.Require(typeId);
        if (data.Buffers.Length < FixedBuffers)
        {
            throw new ArgumentException($"Expected validity and views, found {data.Buffers.Length} buffers.", nameof(data));
        }
    }

    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public BinaryViewArray(
        IArrowType dataType,
        int length,
        ArrowBuffer binaryViewsBuffer,
        ArrowBuffer dataBuffer,
        ArrowBuffer nullBitmapBuffer,
        int nullCount = 0,
        int offset = 0)
        : this(new ArrayData(dataType, length, nullCount, offset, [nullBitmapBuffer, binaryViewsBuffer, dataBuffer]))
    {
    }

    /// <summary>The bytes of the views, those before the array's offset included.</summary>
    public ArrowBuffer ViewsBuffer => Data.Buffers[1];

    /// <summary>The number of buffers that hold long strings.</summary>
    public int DataBufferCount => Data.Buffers.Length - FixedBuffers;

    /// <summary>The views; those that are null are undefined.</summary>
    public ReadOnlySpan<BinaryView> Views => MemoryMarshal.Cast<byte, BinaryView>(ViewsBuffer.Span).Slice(Offset, Length);

    int IReadOnlyCollection<byte[]>.Count => Length;

    byte[] IReadOnlyList<byte[]>.this[int index] => Copy(index);

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>A buffer that holds long strings.</summary>
    public ArrowBuffer DataBuffer(int index) => Data.Buffers.AsSpan(FixedBuffers)[index];

    /// <summary>The number of bytes of a string; 0 where it is null.</summary>
    public int GetValueLength(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Length);
        return IsValid(index) ? Views[index].Length : 0;
    }

    /// <summary>The bytes of a string; none where it is null.</summary>
    public ReadOnlySpan<byte> GetBytes(int index) => GetBytes(index, out _);

    /// <summary>The bytes of a string; none where it is null.</summary>
    public ReadOnlySpan<byte> GetBytes(int index, out bool isNull)
    {
        int length = GetValueLength(index);
        isNull = IsNull(index);
        if (isNull)
        {
            return default;
        }

        ref readonly BinaryView view = ref Views[index];
        return view.IsInline ? view.Bytes : DataBuffer(view.BufferIndex).Span.Slice(view.BufferOffset, length);
    }

    /// <inheritdoc/>
    IEnumerator<byte[]> IEnumerable<byte[]>.GetEnumerator() => Items.Enumerate(Length, Copy);

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => Items.Enumerate(Length, Copy);

    private byte[] Copy(int index) => GetBytes(index).ToArray();
}
