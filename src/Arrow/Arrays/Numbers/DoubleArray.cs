using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of double-precision numbers.</summary>
public class DoubleArray : PrimitiveArray<double>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public DoubleArray(ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(DoubleType.Default, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public DoubleArray(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.Double);
    }

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>Collects double-precision numbers and makes an array of them.</summary>
    public class Builder : PrimitiveArrayBuilder<double, DoubleArray, Builder>
    {
        /// <inheritdoc/>
        protected override DoubleArray Build(
            ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
            new(valueBuffer, nullBitmapBuffer, length, nullCount, offset);
    }
}
