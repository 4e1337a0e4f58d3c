using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>Products of all pairs of columns of a block of rows, packed in panels of 24 columns.</summary>
/// <remarks>
/// A block holds up to 128 rows. Panel J has its columns 24 J … 24 J + 23 side by side, row after row, so that both
/// factors of a product of columns lie in consecutive memory and one packing serves for both; columns beyond the
/// width are zeros. An element of the target is the chain of fused multiply-adds over the rows of a block, from zero
/// and in their order, added to what was there: so its bits depend on where blocks end and on nothing else.
/// Only panels I ≤ J are computed, that is the upper half and 24 × 24 on the diagonal.
/// </remarks>
internal static class PanelProducts
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
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, stride * stride, nameof(target));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, BlockRows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, panels);
        ref double blockStart = ref MemoryMarshal.GetReference(block);
        ref double targetStart = ref MemoryMarshal.GetReference(target);
        for (int j = start; j < end; j++)
        {
            ref double right = ref Unsafe.Add(ref blockStart, j * BlockRows * PanelColumns);
            for (int i = 0; i <= j; i++)
            {
                ref double left = ref Unsafe.Add(ref blockStart, i * BlockRows * PanelColumns);
                for (int lane = 0; lane < PanelColumns; lane += Lanes.Width)
                {
                    int row = (i * PanelColumns) + lane;
                    AddTile(
                        ref Unsafe.Add(ref left, lane),
                        ref right,
                        rows,
                        ref Unsafe.Add(ref targetStart, (row * (nint)stride) + (j * PanelColumns)),
                        (nuint)stride);
                }
            }
        }
    }

    /// <summary>Eight columns with 24; 24 locals because an array of them is kept in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTile(ref double left, ref double right, int rows, ref double target, nuint stride)
    {
        Vector s00 = Vector.Zero, s01 = s00, s02 = s00;
        Vector s10 = s00, s11 = s00, s12 = s00;
        Vector s20 = s00, s21 = s00, s22 = s00;
        Vector s30 = s00, s31 = s00, s32 = s00;
        Vector s40 = s00, s41 = s00, s42 = s00;
        Vector s50 = s00, s51 = s00, s52 = s00;
        Vector s60 = s00, s61 = s00, s62 = s00;
        Vector s70 = s00, s71 = s00, s72 = s00;
        for (int k = 0; k < rows; k++)
        {
            Vector b0 = Vector512.LoadUnsafe(ref right);
            Vector b1 = Vector512.LoadUnsafe(ref right, 8);
            Vector b2 = Vector512.LoadUnsafe(ref right, 16);
            Vector a = Vector512.Create(left);
            s00 = Vector512.FusedMultiplyAdd(a, b0, s00);
            s01 = Vector512.FusedMultiplyAdd(a, b1, s01);
            s02 = Vector512.FusedMultiplyAdd(a, b2, s02);
            a = Vector512.Create(Unsafe.Add(ref left, 1));
            s10 = Vector512.FusedMultiplyAdd(a, b0, s10);
            s11 = Vector512.FusedMultiplyAdd(a, b1, s11);
            s12 = Vector512.FusedMultiplyAdd(a, b2, s12);
            a = Vector512.Create(Unsafe.Add(ref left, 2));
            s20 = Vector512.FusedMultiplyAdd(a, b0, s20);
            s21 = Vector512.FusedMultiplyAdd(a, b1, s21);
            s22 = Vector512.FusedMultiplyAdd(a, b2, s22);
            a = Vector512.Create(Unsafe.Add(ref left, 3));
            s30 = Vector512.FusedMultiplyAdd(a, b0, s30);
            s31 = Vector512.FusedMultiplyAdd(a, b1, s31);
            s32 = Vector512.FusedMultiplyAdd(a, b2, s32);
            a = Vector512.Create(Unsafe.Add(ref left, 4));
            s40 = Vector512.FusedMultiplyAdd(a, b0, s40);
            s41 = Vector512.FusedMultiplyAdd(a, b1, s41);
            s42 = Vector512.FusedMultiplyAdd(a, b2, s42);
            a = Vector512.Create(Unsafe.Add(ref left, 5));
            s50 = Vector512.FusedMultiplyAdd(a, b0, s50);
            s51 = Vector512.FusedMultiplyAdd(a, b1, s51);
            s52 = Vector512.FusedMultiplyAdd(a, b2, s52);
            a = Vector512.Create(Unsafe.Add(ref left, 6));
            s60 = Vector512.FusedMultiplyAdd(a, b0, s60);
            s61 = Vector512.FusedMultiplyAdd(a, b1, s61);
            s62 = Vector512.FusedMultiplyAdd(a, b2, s62);
            a = Vector512.Create(Unsafe.Add(ref left, 7));
            s70 = Vector512.FusedMultiplyAdd(a, b0, s70);
            s71 = Vector512.FusedMultiplyAdd(a, b1, s71);
            s72 = Vector512.FusedMultiplyAdd(a, b2, s72);
            left = ref Unsafe.Add(ref left, PanelColumns);
            right = ref Unsafe.Add(ref right, PanelColumns);
        }

        AddRow(s00, s01, s02, ref target);
        AddRow(s10, s11, s12, ref Unsafe.Add(ref target, stride));
        AddRow(s20, s21, s22, ref Unsafe.Add(ref target, 2 * stride));
        AddRow(s30, s31, s32, ref Unsafe.Add(ref target, 3 * stride));
        AddRow(s40, s41, s42, ref Unsafe.Add(ref target, 4 * stride));
        AddRow(s50, s51, s52, ref Unsafe.Add(ref target, 5 * stride));
        AddRow(s60, s61, s62, ref Unsafe.Add(ref target, 6 * stride));
        AddRow(s70, s71, s72, ref Unsafe.Add(ref target, 7 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow(Vector first, Vector second, Vector third, ref double target)
    {
        (Vector512.LoadUnsafe(ref target) + first).StoreUnsafe(ref target);
        (Vector512.LoadUnsafe(ref target, 8) + second).StoreUnsafe(ref target, 8);
        (Vector512.LoadUnsafe(ref target, 16) + third).StoreUnsafe(ref target, 16);
    }
}
