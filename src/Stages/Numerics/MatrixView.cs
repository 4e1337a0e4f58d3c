namespace Pipeline.Stages.Numerics;

/// <summary>A row-major matrix for reading; rows may be a stride apart.</summary>
public readonly ref struct MatrixView
{
    private readonly ReadOnlySpan<double> _values;

    /// <summary>A view of <paramref name="rows"/> rows that start <paramref name="stride"/> values apart.</summary>
    public MatrixView(ReadOnlySpan<double> values, int rows, int columns, int stride)
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

    /// <summary>True where rows follow each other without a gap.</summary>
    public bool IsContiguous => Stride == Columns || Rows <= 1;

    /// <summary>The values from the first element on; contiguous rows only if <see cref="IsContiguous"/>.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>One element.</summary>
    public double this[int row, int column] => _values[(row * Stride) + column];

    /// <summary>One row.</summary>
    public ReadOnlySpan<double> Row(int row) => _values.Slice(row * Stride, Columns);

    /// <summary>A band of rows.</summary>
    public MatrixView RowBand(int start, int count) =>
        new(count == 0 ? default : _values.Slice(start * Stride, ((count - 1) * Stride) + Columns), count, Columns, Stride);

    /// <summary>The rectangle of some rows and columns.</summary>
    public MatrixView Block(int row, int column, int rows, int columns) =>
        new(rows == 0 ? default : _values[((row * Stride) + column)..], rows, columns, Stride);

    /// <summary>Copies one column.</summary>
    public void CopyColumn(int column, Span<double> target)
    {
        for (int i = 0; i < Rows; i++)
        {
            target[i] = this[i, column];
        }
    }

    /// <summary>Copies all values into a matrix of the same shape.</summary>
    public void CopyTo(MatrixSpan target)
    {
        for (int i = 0; i < Rows; i++)
        {
            Row(i).CopyTo(target.Row(i));
        }
    }

    /// <summary>A copy that owns its memory.</summary>
    public Matrix ToMatrix()
    {
        var copy = new Matrix(Rows, Columns);
        CopyTo(copy.Span);
        return copy;
    }
}
