using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of unsigned 8-bit integers.</summary>
public class UInt8Array : PrimitiveArray<byte>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public UInt8Array(ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(UInt8Type.Default, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public UInt8Array(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.UInt8);
    }

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>Collects unsigned 8-bit integers and makes an array of them.</summary>
    public class Builder : PrimitiveArrayBuilder<byte, UInt8Array, Builder>
    {
        /// <inheritdoc/>
        protected override UInt8Array Build(
            ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
            new(valueBuffer, nullBitmapBuffer, length, nullCount, offset);
    }
}
