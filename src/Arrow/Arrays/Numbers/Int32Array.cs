using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of signed 32-bit integers.</summary>
public class Int32Array : PrimitiveArray<int>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public Int32Array(ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(Int32Type.Default, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public Int32Array(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.Int32);
    }

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>Collects signed 32-bit integers and makes an array of them.</summary>
    public class Builder : PrimitiveArrayBuilder<int, Int32Array, Builder>
    {
        /// <inheritdoc/>
        protected override Int32Array Build(
            ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
            new(valueBuffer, nullBitmapBuffer, length, nullCount, offset);
    }
}
