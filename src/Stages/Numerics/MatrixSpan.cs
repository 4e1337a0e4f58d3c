namespace Pipeline.Stages.Numerics;

/// <summary>A row-major matrix for writing; rows may be a stride apart.</summary>
public readonly ref struct MatrixSpan
{
    private readonly Span<double> _values;

    /// <summary>A span of <paramref name="rows"/> rows that start <paramref name="stride"/> values apart.</summary>
    public MatrixSpan(Span<double> values, int rows, int columns, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, columns);
        if (rows > 0 && values.Length < ((long)(rows - 1) * stride) + columns)
        {
            throw new ArgumentException(
                $"{rows} rows of {columns} values, {stride} apart, do not fit into {values.Length} values.",
                nameof(values));
        }

        _values = values;
        Rows = rows;
        Columns = columns;
        Stride = stride;
    }

    /// <summary>Number of rows, n.</summary>
    public int Rows { get; }

    /// <summary>Number of columns, p.</summary>
    public int Columns { get; }

    /// <summary>Values from the start of one row to the start of the next.</summary>
    public int Stride { get; }

    /// <summary>The values from the first element on; contiguous rows only where the stride is the number of columns.</summary>
    public Span<double> Values => _values;

    /// <summary>The same matrix for reading.</summary>
    public MatrixView View => new(_values, Rows, Columns, Stride);

    /// <summary>One element.</summary>
    public ref double this[int row, int column] => ref _values[(row * Stride) + column];

    /// <summary>One row.</summary>
    public Span<double> Row(int row) => _values.Slice(row * Stride, Columns);

    /// <summary>A band of rows.</summary>
    public MatrixSpan RowBand(int start, int count) =>
        new(count == 0 ? default : _values.Slice(start * Stride, ((count - 1) * Stride) + Columns), count, Columns, Stride);

    /// <summary>The rectangle of some rows and columns.</summary>
    public MatrixSpan Block(int row, int column, int rows, int columns) =>
        new(rows == 0 ? default : _values[((row * Stride) + column)..], rows, columns, Stride);

    /// <summary>A writable matrix is readable.</summary>
    public static implicit operator MatrixView(MatrixSpan span) => span.View;
}
