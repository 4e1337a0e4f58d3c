using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of lists of equal length: the rows of a matrix, one behind the other.</summary>
/// <remarks>
/// A list array that is not a slice holds its whole matrix in one span:
/// <c>((DoubleArray)list.Values).Values</c>, row-major, the list size per row.
/// </remarks>
public partial class FixedSizeListArray : Array
{
    /// <summary>Makes an array of lists over their values; <paramref name="nullBitmapBuffer"/> is empty when no list is null.</summary>
    public FixedSizeListArray(
        IArrowType dataType, int length, IArrowArray values, ArrowBuffer nullBitmapBuffer, int nullCount = 0, int offset = 0)
        : this(new ArrayData(dataType, length, nullCount, offset, [nullBitmapBuffer], [values.Data]), values)
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public FixedSizeListArray(ArrayData data)
        : this(data, data.OnlyChild())
    {
    }

    private FixedSizeListArray(ArrayData data, IArrowArray values)
        : base(data)
    {
        data.Require(ArrowTypeId.FixedSizeList);
        if (data.Buffers.Length != 1)
        {
            throw new ArgumentException($"Expected validity only, found {data.Buffers.Length} buffers.", nameof(data));
        }

        Values = values;
    }

    /// <summary>The values of all lists, those before this array's offset included.</summary>
    public IArrowArray Values { get; }

    private int ListSize => ((FixedSizeListType)Data.DataType).ListSize;

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>The values of one list, or null where the list is null.</summary>
    public IArrowArray? GetSlicedValues(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Length);
        return IsNull(index) ? null : ArrowArrayFactory.Slice(Values, (Offset + index) * ListSize, ListSize);
    }
}
