using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of unsigned 32-bit integers.</summary>
public class UInt32Array : PrimitiveArray<uint>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public UInt32Array(ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(UInt32Type.Default, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public UInt32Array(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.UInt32);
    }

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>Collects unsigned 32-bit integers and makes an array of them.</summary>
    public class Builder : PrimitiveArrayBuilder<uint, UInt32Array, Builder>
    {
        /// <inheritdoc/>
        protected override UInt32Array Build(
            ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
            new(valueBuffer, nullBitmapBuffer, length, nullCount, offset);
    }
}
