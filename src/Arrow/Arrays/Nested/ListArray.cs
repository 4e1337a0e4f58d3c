using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of lists of any length.</summary>
public partial class ListArray : Array
{
    /// <summary>Makes an array of lists over their values; <paramref name="nullBitmapBuffer"/> is empty when no list is null.</summary>
    public ListArray(
        IArrowType dataType,
        int length,
        ArrowBuffer valueOffsetsBuffer,
        IArrowArray values,
        ArrowBuffer nullBitmapBuffer,
        int nullCount = 0,
        int offset = 0)
        : this(
            new ArrayData(dataType, length, nullCount, offset, [nullBitmapBuffer, valueOffsetsBuffer], [values.Data]),
            values)
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public ListArray(ArrayData data)
        : this(data, data.OnlyChild())
    {
    }

    private protected ListArray(ArrayData data, IArrowArray values, ArrowTypeId typeId)
        : base(data)
    {
        data.Require(typeId);
        data.RequireBuffers(2, "validity and offsets");
        Values = values;
    }

    private ListArray(ArrayData data, IArrowArray values)
        : this(data, values, ArrowTypeId.List)
    {
    }

    /// <summary>The values of all lists, those before this array's offset included.</summary>
    public IArrowArray Values { get; }

    /// <summary>The bytes of the offsets, those before the array's offset included.</summary>
    public ArrowBuffer ValueOffsetsBuffer => Data.Buffers[1];

    /// <summary>Where lists start among the values, and behind the last where it ends.</summary>
    public ReadOnlySpan<int> ValueOffsets => Offsets.Of<int>(this);

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>The number of values of one list; 0 where it is null.</summary>
    public int GetValueLength(int index) => Offsets.GetLength<int>(this, index);

    /// <summary>The values of one list, or null where the list is null.</summary>
    public IArrowArray? GetSlicedValues(int index)
    {
        int length = GetValueLength(index);
        return IsNull(index) ? null : ArrowArrayFactory.Slice(Values, ValueOffsets[index], length);
    }
}
