using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of signed 8-bit integers.</summary>
public class Int8Array : PrimitiveArray<sbyte>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public Int8Array(ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(Int8Type.Default, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public Int8Array(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.Int8);
    }

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>Collects signed 8-bit integers and makes an array of them.</summary>
    public class Builder : PrimitiveArrayBuilder<sbyte, Int8Array, Builder>
    {
        /// <inheritdoc/>
        protected override Int8Array Build(
            ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
            new(valueBuffer, nullBitmapBuffer, length, nullCount, offset);
    }
}
