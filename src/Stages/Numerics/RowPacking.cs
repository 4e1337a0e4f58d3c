using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>How rows of spectra and responses become blocks of <see cref="PanelProducts"/>.</summary>
/// <remarks>
/// A packed row has p variables, q responses, a one and zeros up to the end of the last panel. The memory of the rows
/// is held in place by whoever made this, for as long as it is used. Rows that are made on the way are made eight at a
/// time, so that they are still in the nearest caches when they are packed, and nobody holds all of them. Stateless,
/// safe for several threads.
/// </remarks>
internal readonly unsafe struct RowPacking
{
    /// <summary>Rows that are packed side by side, so that what is written follows each other.</summary>
    private const int Group = 8;

    private readonly byte* _x;
    private readonly int _size;
    private readonly long _xStride;
    private readonly double* _y;
    private readonly long _yStride;
    private readonly int _variables;
    private readonly int _responses;
    private readonly int _panels;
    private readonly RowMaker? _make;
    private readonly int _first;

    /// <summary>Rows that are made while they are packed.</summary>
    /// <param name="make">Who makes them.</param>
    /// <param name="first">The number of row 0 for whoever makes it.</param>
    /// <param name="y">The responses of row 0.</param>
    /// <param name="yStride">Values from the responses of one row to those of the next.</param>
    /// <param name="variables">p.</param>
    /// <param name="responses">q.</param>
    /// <param name="panels">Panels of a packed row.</param>
    public RowPacking(RowMaker make, int first, double* y, int yStride, int variables, int responses, int panels)
        : this(null, sizeof(double), variables, y, yStride, variables, responses, panels)
    {
        _make = make;
        _first = first;
    }

    /// <summary>Rows that begin at an address.</summary>
    public RowPacking(
        byte* x, int size, int xStride, double* y, int yStride, int variables, int responses, int panels)
    {
        _x = x;
        _size = size;
        _xStride = (long)xStride * size;
        _y = y;
        _yStride = yStride;
        _variables = variables;
        _responses = responses;
        _panels = panels;
    }

    /// <summary>Packs some rows into a block, from a row of it on, each about the reference; an empty one is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(ReadOnlySpan<int> rows, double[] block, int firstRow, ReadOnlySpan<double> reference)
    {
        Debug.Assert(firstRow + rows.Length <= PanelProducts.BlockRows);
        Debug.Assert(block.Length >= PanelProducts.BlockLength(_panels));
        int columns = _panels * PanelProducts.PanelColumns;
        double[] shift = ArrayPool<double>.Shared.Rent(columns);
        reference.CopyTo(shift);
        shift.AsSpan(reference.Length, columns - reference.Length).Clear();
        double[]? made = _make is null ? null : ArrayPool<double>.Shared.Rent(Group * _variables);
        try
        {
            fixed (double* target = block, shifts = shift, madeStart = made)
            {
                for (int i = 0; i < rows.Length; i += Group)
                {
                    ReadOnlySpan<int> some = rows.Slice(i, Math.Min(Group, rows.Length - i));
                    Make(some, made);
                    for (int panel = 0; panel < _panels; panel++)
                    {
                        PackPanel(
                            some, (byte*)madeStart, panel, target + At(panel, firstRow + i), shifts + (panel * PanelProducts.PanelColumns));
                    }
                }
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(shift);
            if (made is not null)
            {
                ArrayPool<double>.Shared.Return(made);
            }
        }
    }

    /// <summary>Takes the mean of a block's rows off them and returns it, for so many columns from the first on.</summary>
    /// <remarks>Relative to the first row, so that a column of equal values has exactly these as mean and becomes zeros.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double[] Centre(double[] block, int rows, int columns, int panels)
    {
        Debug.Assert(block.Length >= PanelProducts.BlockLength(panels));
        double[] means = new double[columns];
        for (int j = 0; j < columns; j++)
        {
            int start = At(j / PanelProducts.PanelColumns, 0) + (j % PanelProducts.PanelColumns);
            double first = block[start];
            double sum = 0;
            for (int i = 1; i < rows; i++)
            {
                sum += block[start + (i * PanelProducts.PanelColumns)] - first;
            }

            means[j] = first + (sum / rows);
            for (int i = 0; i < rows; i++)
            {
                block[start + (i * PanelProducts.PanelColumns)] -= means[j];
            }
        }

        return means;
    }

    private static int At(int panel, int row) => ((panel * PanelProducts.BlockRows) + row) * PanelProducts.PanelColumns;

    private void Make(ReadOnlySpan<int> rows, double[]? made)
    {
        if (_make is null)
        {
            return;
        }

        Span<int> numbers = stackalloc int[Group];
        for (int i = 0; i < rows.Length; i++)
        {
            numbers[i] = _first + rows[i];
        }

        _make(numbers[..rows.Length], new MatrixSpan(made.AsSpan(0, rows.Length * _variables), rows.Length, _variables, _variables));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackPanel(ReadOnlySpan<int> rows, byte* made, int panel, double* target, double* shift)
    {
        int column = panel * PanelProducts.PanelColumns;
        for (int i = 0; i < rows.Length; i++)
        {
            int row = rows[i];
            byte* x = made is null ? _x + (row * _xStride) : made + (i * _xStride);
            for (int lane = 0; lane < PanelProducts.PanelColumns; lane += Lanes.Width)
            {
                if (column + lane + Lanes.Width <= _variables)
                {
                    (Eight(x, column + lane) - Vector512.Load(shift + lane)).Store(target + lane);
                }
                else
                {
                    PackEdge(x, _y + (row * _yStride), column + lane, shift + lane, target + lane);
                }
            }

            target += PanelProducts.PanelColumns;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackEdge(byte* x, double* y, int column, double* shift, double* target)
    {
        int ones = _variables + _responses;
        for (int lane = 0; lane < Lanes.Width; lane++)
        {
            int j = column + lane;
            double value = j < _variables ? At(x, j)
                : j < ones ? y[j - _variables]
                : j == ones ? 1 : 0;
            target[lane] = value - shift[lane];
        }
    }

    private double At(byte* x, int j) => _size == sizeof(float)
        ? Packed.StoredSingle.At(x + (j * sizeof(float)))
        : Packed.StoredDouble.At(x + (j * sizeof(double)));

    private Vector Eight(byte* x, int j) => _size == sizeof(float)
        ? Packed.StoredSingle.Eight(x + (j * sizeof(float)))
        : Packed.StoredDouble.Eight(x + (j * sizeof(double)));
}
