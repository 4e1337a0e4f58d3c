using System.Buffers;
using System.Numerics;

namespace Pipeline.Stages.Numerics;

/// <summary>A row-major matrix in memory borrowed from the shared pool, for the length of one computation.</summary>
/// <remarks>
/// Fresh arrays of this size are zeroed and faulted in page by page for every fold, which took half the time of a
/// fit of 72 × 700. Values are undefined until written. Disposing twice is harmless, using it afterwards is a defect.
/// One thread.
/// </remarks>
internal sealed class ScratchMatrix : IDisposable
{
    private readonly int _rows;
    private readonly int _columns;
    private double[]? _values;

    /// <summary>Borrows room for a matrix.</summary>
    public ScratchMatrix(int rows, int columns)
    {
        _rows = rows;
        _columns = columns;
        _values = HugePages.Advise(ArrayPool<double>.Shared.Rent(checked(rows * columns)));
    }

    /// <summary>The matrix for reading.</summary>
    public MatrixView View => Span.View;

    /// <summary>The matrix for writing.</summary>
    public MatrixSpan Span => new(Values, _rows, _columns, _columns);

    /// <summary>The rows for pieces of a computation, which must end before the memory is given back.</summary>
    public StoredRows<double> Stored => new(_rows, _columns, Borrowed.AsMemory(0, _rows * _columns));

    /// <summary>All values, row after row.</summary>
    public Span<double> Values => Borrowed.AsSpan(0, _rows * _columns);

    private double[] Borrowed => _values ?? throw new InvalidOperationException("Scratch memory was used after its return.");

    /// <summary>Bytes that the pool hands out: the next power of two.</summary>
    public static long SizeBytes(long rows, long columns) =>
        sizeof(double) * (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(16, rows * columns));

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        double[]? values = Interlocked.Exchange(ref _values, null);
        if (values is not null)
        {
            ArrayPool<double>.Shared.Return(values);
        }
    }
}
