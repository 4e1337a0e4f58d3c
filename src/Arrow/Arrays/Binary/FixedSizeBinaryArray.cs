using System.Collections;
using Apache.Arrow.Types;

namespace Apache.Arrow.Arrays;

/// <summary>An array of byte strings of equal length.</summary>
public partial class FixedSizeBinaryArray : Array, IReadOnlyList<byte[]>
{
    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public FixedSizeBinaryArray(ArrayData data)
        : this(ArrowTypeId.FixedSizedBinary, data)
    {
    }

    /// <summary>Makes an array over parts of a type that is stored as byte strings of equal length.</summary>
    public FixedSizeBinaryArray(ArrowTypeId typeId, ArrayData data)
        : base(data)
    {
        data.Require(typeId);
        data.RequireBuffers(2, "validity and bytes");
    }

    /// <summary>The bytes of all strings, those before the offset included.</summary>
    public ArrowBuffer ValueBuffer => Data.Buffers[1];

    int IReadOnlyCollection<byte[]>.Count => Length;

    byte[] IReadOnlyList<byte[]>.this[int index] => Copy(index);

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>The bytes of a string; none where it is null.</summary>
    public ReadOnlySpan<byte> GetBytes(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Length);
        int width = ((FixedSizeBinaryType)Data.DataType).ByteWidth;
        return IsNull(index) ? default : ValueBuffer.Span.Slice(checked((Offset + index) * width), width);
    }

    /// <inheritdoc/>
    IEnumerator<byte[]> IEnumerable<byte[]>.GetEnumerator() => Items.Enumerate(Length, Copy);

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => Items.Enumerate(Length, Copy);

    private byte[] Copy(int index) => GetBytes(index).ToArray();
}
