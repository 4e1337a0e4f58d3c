using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of signed 16-bit integers.</summary>
public class Int16Array : PrimitiveArray<short>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public Int16Array(ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(Int16Type.Default, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public Int16Array(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.Int16);
    }

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>Collects signed 16-bit integers and makes an array of them.</summary>
    public class Builder : PrimitiveArrayBuilder<short, Int16Array, Builder>
    {
        /// <inheritdoc/>
        protected override Int16Array Build(
            ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
            new(valueBuffer, nullBitmapBuffer, length, nullCount, offset);
    }
}
