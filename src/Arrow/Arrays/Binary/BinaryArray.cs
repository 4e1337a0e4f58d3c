using System.Collections;
using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of byte strings.</summary>
public partial class BinaryArray : Array, IReadOnlyList<byte[]?>
{
    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public BinaryArray(ArrayData data)
        : this(ArrowTypeId.Binary, data)
    {
    }

    /// <summary>Makes an array over parts of a type that is stored as byte strings.</summary>
    public BinaryArray(ArrowTypeId typeId, ArrayData data)
        : base(data)
    {
        data.Require(typeId);
        data.RequireBuffers(3, "validity, offsets and bytes");
    }

    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public BinaryArray(
        IArrowType dataType,
        int length,
        ArrowBuffer valueOffsetsBuffer,
        ArrowBuffer dataBuffer,
        ArrowBuffer nullBitmapBuffer,
        int nullCount = 0,
        int offset = 0)
        : this(new ArrayData(dataType, length, nullCount, offset, [nullBitmapBuffer, valueOffsetsBuffer, dataBuffer]))
    {
    }

    /// <summary>The bytes of the offsets, those before the array's offset included.</summary>
    public ArrowBuffer ValueOffsetsBuffer => Data.Buffers[1];

    /// <summary>The bytes of all strings.</summary>
    public ArrowBuffer ValueBuffer => Data.Buffers[2];

    /// <summary>Where strings start, and behind the last where it ends.</summary>
    public ReadOnlySpan<int> ValueOffsets => Offsets.Of<int>(this);

    /// <summary>The bytes of all strings.</summary>
    public ReadOnlySpan<byte> Values => ValueBuffer.Span;

    int IReadOnlyCollection<byte[]?>.Count => Length;

    byte[]? IReadOnlyList<byte[]?>.this[int index] => Copy(index);

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>The number of bytes of a string; 0 where it is null.</summary>
    public int GetValueLength(int index) => Offsets.GetLength<int>(this, index);

    /// <summary>The bytes of a string; none where it is null.</summary>
    public ReadOnlySpan<byte> GetBytes(int index) => GetBytes(index, out _);

    /// <summary>The bytes of a string; none where it is null.</summary>
    public ReadOnlySpan<byte> GetBytes(int index, out bool isNull)
    {
        int length = GetValueLength(index);
        isNull = IsNull(index);
        return isNull ? default : Values.Slice(ValueOffsets[index], length);
    }

    /// <inheritdoc/>
    IEnumerator<byte[]?> IEnumerable<byte[]?>.GetEnumerator() => Items.Enumerate(Length, Copy);

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => Items.Enumerate(Length, Copy);

    private byte[]? Copy(int index)
    {
        ReadOnlySpan<byte> bytes = GetBytes(index, out bool isNull);
        return isNull ? null : bytes.ToArray();
    }
}
