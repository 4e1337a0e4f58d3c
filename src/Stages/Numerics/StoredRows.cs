using System.Runtime.InteropServices;

namespace Pipeline.Stages.Numerics;

/// <summary>The rows of a matrix that several threads read, stored as doubles or as something narrower, without gaps.</summary>
/// <remarks>Unlike a view it can be kept by the pieces of a computation. Immutable.</remarks>
/// <typeparam name="T">What the values are stored as.</typeparam>
internal sealed class StoredRows<T>
    where T : unmanaged
{
    private readonly ReadOnlyMemory<T> _values;

    /// <summary>n × p values, row after row.</summary>
    public StoredRows(int rows, int columns, ReadOnlyMemory<T> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, checked(rows * columns));
        _values = values;
        Rows = rows;
        Columns = columns;
    }

    /// <summary>Number of rows, n.</summary>
    public int Rows { get; }

    /// <summary>Number of columns, p.</summary>
    public int Columns { get; }

    /// <summary>The first value.</summary>
    public ref T Start => ref MemoryMarshal.GetReference(_values.Span);

    /// <summary>One row.</summary>
    public ReadOnlySpan<T> Row(int row) => _values.Span.Slice(row * Columns, Columns);
}
