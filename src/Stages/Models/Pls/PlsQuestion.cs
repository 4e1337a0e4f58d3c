using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Pls;

/// <summary>What cross-validation asks of PLS: which samples are fitted on and predicted, for which responses, with how many components.</summary>
/// <remarks>
/// A fit is one split with one response, or with all of them where they are joint (PLS2). Fits are numbered split after
/// split, responses inside. Immutable, safe for several threads.
/// </remarks>
internal sealed class PlsQuestion
{
    /// <summary>A question about spectra that are handed in beside it.</summary>
    /// <param name="y">n × q responses, all known.</param>
    /// <param name="folds">Folds of the n samples.</param>
    /// <param name="splits">The splits to answer.</param>
    /// <param name="components">Components at most, A.</param>
    public PlsQuestion(Matrix y, Folds folds, IReadOnlyList<FoldSplit> splits, int components)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(components);
        ArgumentOutOfRangeException.ThrowIfNotEqual(folds.SampleCount, y.Rows);
        Y = y;
        Folds = folds;
        Splits = [.. splits];
        Components = components;
    }

    /// <summary>n × q responses.</summary>
    public Matrix Y { get; }

    /// <summary>The folds.</summary>
    public Folds Folds { get; }

    /// <summary>The splits to answer.</summary>
    public FoldSplit[] Splits { get; }

    /// <summary>Components at most, A.</summary>
    public int Components { get; }

    /// <summary>Whether all responses share their components (PLS2).</summary>
    public bool IsJoint { get; init; }

    /// <summary>Whether each split divides the variables by their calibration deviation.</summary>
    public bool Autoscales { get; init; }

    /// <summary>Whether regression vectors and importance are asked for.</summary>
    public bool WantsCoefficients { get; init; }

    /// <summary>Who runs the pieces.</summary>
    public PieceRunner Runner { get; init; } = Pieces.InOrder;

    /// <summary>Responses of one fit.</summary>
    public int ResponsesPerFit => IsJoint ? Y.Columns : 1;

    /// <summary>Fits of one split.</summary>
    public int FitsPerSplit => IsJoint ? 1 : Y.Columns;

    /// <summary>All fits.</summary>
    public int FitCount => Splits.Length * FitsPerSplit;

    /// <summary>The split of a fit.</summary>
    public int SplitOf(int fit) => fit / FitsPerSplit;

    /// <summary>The first response of a fit.</summary>
    public int FirstResponseOf(int fit) => IsJoint ? 0 : fit % FitsPerSplit;
}
