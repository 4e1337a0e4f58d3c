using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of unsigned 64-bit integers.</summary>
public class UInt64Array : PrimitiveArray<ulong>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public UInt64Array(ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(UInt64Type.Default, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public UInt64Array(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.UInt64);
    }

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>Collects unsigned 64-bit integers and makes an array of them.</summary>
    public class Builder : PrimitiveArrayBuilder<ulong, UInt64Array, Builder>
    {
        /// <inheritdoc/>
        protected override UInt64Array Build(
            ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
            new(valueBuffer, nullBitmapBuffer, length, nullCount, offset);
    }
}
