namespace Pipeline.Stages.Spectra.OnDisk;

/// <summary>Where the spectra of a file lie: runs of rows of equal length.</summary>
/// <remarks>Memory: two numbers for each batch. Complete after the last <see cref="Add"/>, immutable from then on.</remarks>
public sealed class DiskRows
{
    private readonly List<int> _firstRows = [];
    private readonly List<long> _starts = [];

    /// <summary>Rows of p values of so many bytes.</summary>
    public DiskRows(int variableCount, int valueBytes)
    {
        VariableCount = variableCount;
        ValueBytes = valueBytes;
    }

    /// <summary>Number of variables, p.</summary>
    public int VariableCount { get; }

    /// <summary>Bytes of a value: 4 for single precision, 8 for double.</summary>
    public int ValueBytes { get; }

    /// <summary>Bytes of a spectrum.</summary>
    public long RowBytes => (long)VariableCount * ValueBytes;

    /// <summary>Rows of all runs.</summary>
    public int Count { get; private set; }

    /// <summary>Where a row begins in the file.</summary>
    public long PositionOf(int row) => PlaceOf(row).Position;

    /// <summary>Where a row begins in the file, and how many rows of its run there are from it on.</summary>
    public (long Position, int RowsLeft) PlaceOf(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Count, nameof(row));
        int run = _firstRows.BinarySearch(row);
        run = run < 0 ? ~run - 1 : run;
        int end = run + 1 < _firstRows.Count ? _firstRows[run + 1] : Count;
        return (_starts[run] + ((row - _firstRows[run]) * RowBytes), end - row);
    }

    /// <summary>Adds a run behind those before.</summary>
    internal void Add(int rows, long start)
    {
        if (rows > 0)
        {
            _firstRows.Add(Count);
            _starts.Add(start);
            Count = checked(Count + rows);
        }
    }
}
