using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of half-precision numbers.</summary>
public class HalfFloatArray : PrimitiveArray<Half>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public HalfFloatArray(ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(HalfFloatType.Default, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public HalfFloatArray(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.HalfFloat);
    }

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>Collects half-precision numbers and makes an array of them.</summary>
    public class Builder : PrimitiveArrayBuilder<Half, HalfFloatArray, Builder>
    {
        /// <inheritdoc/>
        protected override HalfFloatArray Build(
            ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
            new(valueBuffer, nullBitmapBuffer, length, nullCount, offset);
    }
}
