namespace Pipeline.Stages.Numerics;

/// <summary>The rows of a matrix that several threads read, stored as doubles or as something narrower.</summary>
/// <remarks>Unlike a view it can be kept by the pieces of a computation. Immutable.</remarks>
/// <typeparam name="T">What the values are stored as.</typeparam>
internal abstract class StoredRows<T>(int rows, int columns)
    where T : unmanaged
{
    /// <summary>Number of rows, n.</summary>
    public int Rows { get; } = rows;

    /// <summary>Number of columns, p.</summary>
    public int Columns { get; } = columns;

    /// <summary>One row.</summary>
    public abstract ReadOnlySpan<T> Row(int row);
}

/// <summary>The rows of a matrix of doubles.</summary>
internal sealed class DoubleRows(Matrix matrix) : StoredRows<double>(matrix.Rows, matrix.Columns)
{
    /// <inheritdoc/>
    public override ReadOnlySpan<double> Row(int row) => matrix.Row(row);
}

/// <summary>The rows of a matrix in borrowed memory.</summary>
internal sealed class ScratchRows(ScratchMatrix matrix) : StoredRows<double>(matrix.View.Rows, matrix.View.Columns)
{
    /// <inheritdoc/>
    public override ReadOnlySpan<double> Row(int row) => matrix.Values.Slice(row * Columns, Columns);
}

/// <summary>Rows of single-precision values that follow each other without a gap.</summary>
internal sealed class SingleRows : StoredRows<float>
{
    private readonly ReadOnlyMemory<float> _values;

    /// <summary>n × p values, row after row.</summary>
    public SingleRows(int rows, int columns, ReadOnlyMemory<float> values)
        : base(rows, columns)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, checked(rows * columns));
        _values = values;
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Row(int row) => _values.Span.Slice(row * Columns, Columns);
}
