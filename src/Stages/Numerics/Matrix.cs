namespace Pipeline.Stages.Numerics;

/// <summary>A row-major matrix of doubles that owns its memory.</summary>
/// <remarks>Rows are samples, columns are variables, unless a method says otherwise.</remarks>
public sealed class Matrix
{
    private readonly double[] _values;

    /// <summary>A matrix of zeros.</summary>
    public Matrix(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        _values = HugePages.Advise(new double[checked(rows * columns)]);
        Rows = rows;
        Columns = columns;
    }

    /// <summary>A matrix over an existing row-major array, which it owns from now on.</summary>
    public Matrix(int rows, int columns, double[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length != (long)rows * columns)
        {
            throw new ArgumentException($"Expected {rows} x {columns} values, found {values.Length}.", nameof(values));
        }

        _values = values;
        Rows = rows;
        Columns = columns;
    }

    private Matrix(double[] values, int rows, int columns)
    {
        _values = values;
        Rows = rows;
        Columns = columns;
    }

    /// <summary>Number of rows, n.</summary>
    public int Rows { get; }

    /// <summary>Number of columns, p.</summary>
    public int Columns { get; }

    /// <summary>Bytes of the values.</summary>
    public long SizeBytes => (long)Rows * Columns * sizeof(double);

    /// <summary>All values, row after row.</summary>
    public Span<double> Values => _values.AsSpan(0, Rows * Columns);

    /// <summary>The matrix for reading.</summary>
    public MatrixView View => new(_values, Rows, Columns, Columns);

    /// <summary>The matrix for writing.</summary>
    public MatrixSpan Span => new(_values, Rows, Columns, Columns);

    /// <summary>The rows for pieces of a computation.</summary>
    internal StoredRows<double> Stored => new(Rows, Columns, _values.AsMemory(0, Rows * Columns));

    /// <summary>One element.</summary>
    public double this[int row, int column]
    {
        get => _values[(row * Columns) + column];
        set => _values[(row * Columns) + column] = value;
    }

    /// <summary>One row.</summary>
    public Span<double> Row(int row) => _values.AsSpan(row * Columns, Columns);

    /// <summary>A matrix in the first values of an array that may be longer, as the pool hands them out.</summary>
    internal static Matrix WithinLonger(double[] values, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, checked(rows * columns), nameof(values));
        return new Matrix(values, rows, columns);
    }

    /// <summary>A matrix whose values are to be written before they are read: clearing it would take as long as filling it.</summary>
    private static Matrix Undefined(int rows, int columns) =>
        new(HugePages.Advise(GC.AllocateUninitializedArray<double>(checked(rows * columns))), rows, columns);

    /// <summary>A copy of some rows, in the order given.</summary>
    public Matrix SelectRows(ReadOnlySpan<int> rows)
    {
        Matrix target = Undefined(rows.Length, Columns);
        for (int i = 0; i < rows.Length; i++)
        {
            Row(rows[i]).CopyTo(target.Row(i));
        }

        return target;
    }

    /// <summary>A copy of some columns, in the order given.</summary>
    public Matrix SelectColumns(ReadOnlySpan<int> columns)
    {
        Matrix target = Undefined(Rows, columns.Length);
        for (int i = 0; i < Rows; i++)
        {
            ReadOnlySpan<double> source = Row(i);
            Span<double> selected = target.Row(i);
            for (int j = 0; j < columns.Length; j++)
            {
                selected[j] = source[columns[j]];
            }
        }

        return target;
    }
}
