using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of records, held column by column.</summary>
/// <remarks>A field of a record that is null holds something undefined; only the record's own validity tells.</remarks>
public class StructArray : Array, IArrowRecord
{
    private IReadOnlyList<IArrowArray>? _fields;

    /// <summary>Makes an array of records over its columns; <paramref name="nullBitmapBuffer"/> is empty when no record is null.</summary>
    public StructArray(
        IArrowType dataType,
        int length,
        IEnumerable<IArrowArray> children,
        ArrowBuffer nullBitmapBuffer,
        int nullCount = 0,
        int offset = 0)
        : this(new ArrayData(
            dataType, length, nullCount, offset, [nullBitmapBuffer], children.Select(child => child.Data).ToArray()))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public StructArray(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.Struct);
        data.RequireBuffers(1, "validity");
    }

    /// <summary>The columns, each from this array's offset and of its length.</summary>
    public IReadOnlyList<IArrowArray> Fields => LazyInitializer.EnsureInitialized(ref _fields, BuildFields);

    IRecordType IArrowRecord.Schema => Type;

    int IArrowRecord.ColumnCount => Fields.Count;

    private StructType Type => (StructType)Data.DataType;

    IArrowArray IArrowRecord.Column(string columnName, IEqualityComparer<string>? comparer) =>
        Fields[Type.GetFieldIndex(columnName, comparer)];

    IArrowArray IArrowRecord.Column(int columnIndex) => Fields[columnIndex];

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor)
    {
        if (visitor is not IArrowArrayVisitor<StructArray> && visitor is IArrowArrayVisitor<IArrowRecord> records)
        {
            records.Visit(this);
        }
        else
        {
            Accept(this, visitor);
        }
    }

    /// <summary>The children, which do not know of this array's offset and may be longer than it.</summary>
    private IReadOnlyList<IArrowArray> BuildFields() =>
        [.. Data.Children.Select(child => ArrowArrayFactory.BuildArray(
            Offset == 0 && child.Length == Length ? child : child.Slice(Offset, Length)))];
}
