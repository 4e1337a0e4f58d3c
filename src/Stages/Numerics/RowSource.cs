using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pipeline.Stages.Numerics;

/// <summary>Rows of doubles or singles as a factor of a product, each about a reference where one is given.</summary>
/// <remarks>
/// What stands for the value x(i, j) is x(i, j) - c(j), one rounding, as if the rows had been copied and shifted before;
/// the subtraction happens while the product packs its factors. A single is widened first.
/// </remarks>
public readonly ref struct RowSource
{
    private readonly ref byte _start;

    private RowSource(ref byte start, int rows, int columns, int stride, bool isSingle, ReadOnlySpan<double> reference)
    {
        _start = ref start;
        Rows = rows;
        Columns = columns;
        Stride = stride;
        IsSingle = isSingle;
        Reference = reference;
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Values from the start of one row to the start of the next.</summary>
    public int Stride { get; }

    /// <summary>Whether the values are singles.</summary>
    internal bool IsSingle { get; }

    /// <summary>What is subtracted from each row; empty for nothing.</summary>
    internal ReadOnlySpan<double> Reference { get; }

    /// <summary>Doubles as they are.</summary>
    public static implicit operator RowSource(MatrixView x) =>
        new(ref Unsafe.As<double, byte>(ref MemoryMarshal.GetReference(x.Values)), x.Rows, x.Columns, x.Stride, false, default);

    /// <summary>Doubles as they are.</summary>
    public static implicit operator RowSource(MatrixSpan x) => x.View;

    /// <summary>Singles as they are.</summary>
    public static implicit operator RowSource(SingleView x) =>
        new(ref Unsafe.As<float, byte>(ref MemoryMarshal.GetReference(x.Values)), x.Rows, x.Columns, x.Stride, true, default);

    /// <summary>Doubles as they are.</summary>
    public static RowSource Of(MatrixView x) => x;

    /// <summary>Singles as they are.</summary>
    public static RowSource Of(SingleView x) => x;

    /// <summary>The same rows about a reference, one value per column; an empty reference is none.</summary>
    public RowSource About(ReadOnlySpan<double> reference)
    {
        if (reference.Length != 0 && reference.Length != Columns)
        {
            throw new ArgumentException($"Expected {Columns} values, found {reference.Length}.", nameof(reference));
        }

        return new RowSource(ref _start, Rows, Columns, Stride, IsSingle, reference);
    }

    /// <summary>Lets a product fix the rows in place by the fixed statement.</summary>
    internal ref byte GetPinnableReference() => ref _start;
}
