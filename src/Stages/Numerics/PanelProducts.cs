using Pipeline.Stages.Numerics.Packed;

namespace Pipeline.Stages.Numerics;

/// <summary>Products of all pairs of columns of a block of rows, packed in panels of 24 columns.</summary>
/// <remarks>
/// A block holds up to 128 rows. Panel J has its columns 24 J … 24 J + 23 side by side, row after row, so that both
/// factors of a product of columns lie in consecutive memory and one packing serves for both; columns beyond the
/// width are zeros. An element of the target is the chain of fused multiply-adds over the rows of a block, from zero
/// and in their order, added to what was there: so its bits depend on where blocks end and on nothing else.
/// Only panels I ≤ J are computed, that is the upper half and 24 × 24 on the diagonal.
/// </remarks>
internal static unsafe class PanelProducts
{
    /// <summary>Rows of a block: 24 columns of them take half of the first cache.</summary>
    public const int BlockRows = 128;

    /// <summary>Columns of a panel, three vectors.</summary>
    public const int PanelColumns = 3 * Lanes.Width;

    /// <summary>Panels of so many columns.</summary>
    public static int PanelsOf(int width) => (width + PanelColumns - 1) / PanelColumns;

    /// <summary>Values of a block, and the place of a column's first value in it.</summary>
    public static int BlockLength(int panels) => panels * BlockRows * PanelColumns;

    /// <summary>Adds the products of panels 0 … J with panel J, for J from <paramref name="start"/> to <paramref name="end"/> - 1.</summary>
    /// <param name="block">A packed block.</param>
    /// <param name="rows">Rows in it, from the first on.</param>
    /// <param name="target">Square, a row for each column of the panels, row-major.</param>
    /// <param name="panels">All panels of the block.</param>
    /// <param name="start">First panel J.</param>
    /// <param name="end">One past the last.</param>
    public static void Add(ReadOnlySpan<double> block, int rows, Span<double> target, int panels, int start, int end)
    {
        int stride = panels * PanelColumns;
        ArgumentOutOfRangeException.ThrowIfLessThan(block.Length, BlockLength(panels), nameof(block));
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, (long)stride * stride, nameof(target));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, BlockRows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, panels);
        TileBody body = TileBody.Best;
        fixed (double* left = block)
        {
            fixed (double* sums = target)
            {
                for (int j = start; j < end; j++)
                {
                    for (int i = 0; i <= j; i++)
                    {
                        AddPanels(body, left + At(i), left + At(j), rows, sums + (((i * (nint)stride) + j) * PanelColumns), stride);
                    }
                }
            }
        }
    }

    private static int At(int panel) => panel * BlockRows * PanelColumns;

    private static void AddPanels(TileBody body, double* left, double* right, int rows, double* target, int stride)
    {
        for (int column = 0; column < PanelColumns; column += body.Columns)
        {
            for (int row = 0; row < PanelColumns; row += body.Rows)
            {
                body.Add(
                    3, rows, left + row, PanelColumns, right + column, PanelColumns, target + (row * (nint)stride) + column, stride, 1, clears: false);
            }
        }
    }
}
