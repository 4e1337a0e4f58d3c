using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of single-precision numbers.</summary>
public class FloatArray : PrimitiveArray<float>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public FloatArray(ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(FloatType.Default, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public FloatArray(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.Float);
    }

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>Collects single-precision numbers and makes an array of them.</summary>
    public class Builder : PrimitiveArrayBuilder<float, FloatArray, Builder>
    {
        /// <inheritdoc/>
        protected override FloatArray Build(
            ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
            new(valueBuffer, nullBitmapBuffer, length, nullCount, offset);
    }
}
