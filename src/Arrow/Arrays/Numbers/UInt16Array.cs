using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of unsigned 16-bit integers.</summary>
public class UInt16Array : PrimitiveArray<ushort>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public UInt16Array(ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(UInt16Type.Default, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public UInt16Array(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.UInt16);
    }

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>Collects unsigned 16-bit integers and makes an array of them.</summary>
    public class Builder : PrimitiveArrayBuilder<ushort, UInt16Array, Builder>
    {
        /// <inheritdoc/>
        protected override UInt16Array Build(
            ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
            new(valueBuffer, nullBitmapBuffer, length, nullCount, offset);
    }
}
