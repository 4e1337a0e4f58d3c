namespace Pipeline.Stages.Numerics;

/// <summary>A row-major matrix of single-precision values for reading; rows may be a stride apart.</summary>
/// <remarks>What files and caches hold in half the bytes. Whoever computes widens each value, which is exact.</remarks>
public readonly ref struct SingleView
{
    private readonly ReadOnlySpan<float> _values;

    /// <summary>A view of <paramref name="rows"/> rows that start <paramref name="stride"/> values apart.</summary>
    public SingleView(ReadOnlySpan<float> values, int rows, int columns, int stride)
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

    /// <summary>The values from the first element on.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>One element.</summary>
    public float this[int row, int column] => _values[(row * Stride) + column];

    /// <summary>One row.</summary>
    public ReadOnlySpan<float> Row(int row) => _values.Slice(row * Stride, Columns);

    /// <summary>A band of rows.</summary>
    public SingleView RowBand(int start, int count) =>
        new(count == 0 ? default : _values.Slice(start * Stride, ((count - 1) * Stride) + Columns), count, Columns, Stride);
}
