using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of signed 64-bit integers.</summary>
public class Int64Array : PrimitiveArray<long>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public Int64Array(ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(Int64Type.Default, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public Int64Array(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.Int64);
    }

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>Collects signed 64-bit integers and makes an array of them.</summary>
    public class Builder : PrimitiveArrayBuilder<long, Int64Array, Builder>
    {
        /// <inheritdoc/>
        protected override Int64Array Build(
            ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
            new(valueBuffer, nullBitmapBuffer, length, nullCount, offset);
    }
}
