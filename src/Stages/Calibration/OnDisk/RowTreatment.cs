using System.Buffers;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.OnDisk;

namespace Pipeline.Stages.Calibration.OnDisk;

/// <summary>A sample-wise chain applied to spectra as they come from the disk, a few rows at a time.</summary>
/// <remarks>Immutable, safe for several threads; borrows one band of rows while it treats.</remarks>
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

    /// <summary>The rows of one piece of a block.</summary>
    public static (int Start, int Count) RowsOf(RowBlock block, int piece) =>
        (piece * PieceRows, Math.Min(PieceRows, block.Count - (piece * PieceRows)));

    /// <summary>Treats some rows of a block.</summary>
    public void Treat(RowBlock block, int start, MatrixSpan target, int variables)
    {
        if (IsRaw && target.Stride == target.Columns)
        {
            block.CopyTo(start, target.Rows, target.Values);
            return;
        }

        double[] rented = ArrayPool<double>.Shared.Rent(target.Rows * variables);
        try
        {
            block.CopyTo(start, target.Rows, rented);
            _fitted.Apply(new MatrixView(rented, target.Rows, variables, variables), target);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(rented);
        }
    }
}
