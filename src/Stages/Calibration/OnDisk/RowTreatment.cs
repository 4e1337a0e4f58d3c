using System.Buffers;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.OnDisk;

namespace Pipeline.Stages.Calibration.OnDisk;

/// <summary>A sample-wise chain applied to spectra as they come from the disk, a few rows at a time.</summary>
/// <remarks>Immutable, safe for several threads; borrows one row of doubles while it treats.</remarks>
internal sealed class RowTreatment
{
    /// <summary>Rows that are treated as one piece: a band that stays in the nearest caches.</summary>
    public const int PieceRows = 64;

    private readonly IFittedPretreatment _fitted;

    /// <summary>A chain that looks at each sample alone.</summary>
    public RowTreatment(PretreatmentChain chain, SpectralAxis axis)
    {
        IsRaw = chain.Steps.IsEmpty;
        Axis = chain.OutputAxis(axis);
        _fitted = chain.Fit(new MatrixView(default, 0, axis.Count, axis.Count), new MatrixView(default, 0, 1, 1), axis);
    }

    /// <summary>Whether spectra stay as they are.</summary>
    public bool IsRaw { get; }

    /// <summary>The axis of treated spectra.</summary>
    public SpectralAxis Axis { get; }

    /// <summary>Number of pieces of a block.</summary>
    public static int PiecesOf(RowBlock block) => (block.Count + PieceRows - 1) / PieceRows;

    /// <summary>The rows of one piece of a block, in room for <see cref="PieceRows"/>.</summary>
    public static ReadOnlySpan<int> RowsOf(RowBlock block, int piece, Span<int> room)
    {
        Span<int> rows = room[..Math.Min(PieceRows, block.Count - (piece * PieceRows))];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = (piece * PieceRows) + i;
        }

        return rows;
    }

    /// <summary>Treats some rows of a block, each into the row of the target at its place.</summary>
    public void Treat(RowBlock block, ReadOnlySpan<int> rows, MatrixSpan target)
    {
        if (IsRaw)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                block.CopyTo(rows[i], target.Row(i));
            }

            return;
        }

        int variables = block.VariableCount;
        double[] rented = ArrayPool<double>.Shared.Rent(variables);
        try
        {
            for (int i = 0; i < rows.Length; i++)
            {
                // Rows of one fold do not follow each other, so the next one is asked for while this one is treated.
                block.Prefetch(rows[Math.Min(i + 1, rows.Length - 1)]);
                block.CopyTo(rows[i], rented);
                _fitted.Apply(new MatrixView(rented, 1, variables, variables), target.RowBand(i, 1));
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(rented);
        }
    }
}
