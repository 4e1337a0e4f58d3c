using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>Columns of equal length with a schema.</summary>
public class RecordBatch : IArrowRecord
{
    private readonly List<IArrowArray> _columns;

    /// <summary>Makes a batch of <paramref name="length"/> rows; the columns are in the order of the schema.</summary>
    public RecordBatch(Schema schema, IEnumerable<IArrowArray> data, int length)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Schema = schema;
        Length = length;
        _columns = [.. data];
    }

    /// <summary>Names and types of the columns.</summary>
    public Schema Schema { get; }

    /// <summary>The number of columns.</summary>
    public int ColumnCount => _columns.Count;

    /// <summary>The columns in order.</summary>
    public IEnumerable<IArrowArray> Arrays => _columns;

    /// <summary>The number of rows.</summary>
    public int Length { get; }

    IRecordType IArrowRecord.Schema => Schema;

    int IArrowArray.Offset => 0;

    int IArrowArray.NullCount => 0;

    ArrayData IArrowArray.Data =>
        throw new NotSupportedException("A record batch is made of columns; ask those for their parts.");

    /// <summary>The column at a position.</summary>
    public IArrowArray Column(int i) => _columns[i];

    /// <summary>The first column of that name.</summary>
    public IArrowArray Column(string columnName) => Column(columnName, null);

    /// <summary>The first column of that name in the comparer's sense.</summary>
    public IArrowArray Column(string columnName, IEqualityComparer<string>? comparer)
    {
        int index = Schema.GetFieldIndex(columnName, comparer);
        return index >= 0
            ? _columns[index]
            : throw new ArgumentOutOfRangeException(nameof(columnName), $"The batch has no column '{columnName}'.");
    }

    /// <summary>A batch with copies of all bytes.</summary>
    public RecordBatch Clone(MemoryAllocator? allocator = default) =>
        new(Schema, _columns.Select(column => ArrowArrayFactory.BuildArray(column.Data.Clone(allocator))), Length);

    /// <summary>Some rows of the batch, over the same memory.</summary>
    public RecordBatch Slice(int offset, int length)
    {
        if (offset > Length)
        {
            throw new ArgumentException($"The slice starts at {offset}, behind the end {Length} of the batch.", nameof(offset));
        }

        length = Math.Min(Length - offset, length);
        return new(Schema, _columns.Select(column => ArrowArrayFactory.Slice(column, offset, length)), length);
    }

    /// <summary>Some rows of the batch, over the same memory, which stays until both are disposed.</summary>
    public RecordBatch SliceShared(int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        length = Math.Min(Length - offset, length);
        ArrayData[] columns = ArrayData.RetainAll([.. _columns.Select(column => column.Data.Slice(offset, length))]);
        return new(Schema, columns.Select(ArrowArrayFactory.BuildArray), length);
    }

    /// <inheritdoc/>
    public void Accept(IArrowArrayVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        if (visitor is IArrowArrayVisitor<IArrowRecord> ofRecords and not IArrowArrayVisitor<RecordBatch>)
        {
            ofRecords.Visit(this);
            return;
        }

        Array.Accept(this, visitor);
    }

    /// <summary>Releases memory that came from a caller's allocator.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    bool IArrowArray.IsNull(int index) => false;

    bool IArrowArray.IsValid(int index) => true;

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(RecordBatch)}: {ColumnCount} columns of {Length} rows";

    /// <summary>Releases the columns.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (IArrowArray column in _columns)
            {
                column.Dispose();
            }
        }
    }
}
