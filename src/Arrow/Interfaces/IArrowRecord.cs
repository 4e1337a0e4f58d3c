using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>Columns of equal length with a schema.</summary>
public interface IArrowRecord : IArrowArray
{
    /// <summary>Names and types of the columns.</summary>
    IRecordType Schema { get; }

    /// <summary>The number of columns.</summary>
    int ColumnCount { get; }

    /// <summary>The first column of that name.</summary>
    IArrowArray Column(string columnName, IEqualityComparer<string>? comparer = default);

    /// <summary>The column at a position.</summary>
    IArrowArray Column(int columnIndex);
}
