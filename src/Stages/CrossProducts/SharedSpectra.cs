using System.Collections.Immutable;
using System.Diagnostics;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.CrossProducts;

/// <summary>Spectra whose folds differ by their rows alone: at most means and deviations are learnt inside a fold.</summary>
/// <remarks>
/// What families compute for all folds at once, they compute from these. Held-out rows lie beside the others here, so
/// whoever uses them must keep them out: the contract of families alters them and expects every bit unchanged.
/// Safe for several threads.
/// </remarks>
public sealed class SharedSpectra
{
    /// <summary>n × p spectra, n × q responses and their folds.</summary>
    /// <param name="x">Spectra after the sample-wise part of the chain.</param>
    /// <param name="y">Responses, all known; each column is a response of its own.</param>
    /// <param name="folds">Folds of the n samples.</param>
    /// <param name="autoscales">Whether each fold divides the variables by their calibration deviation.</param>
    /// <param name="runner">Who runs the pieces of wide computations.</param>
    public SharedSpectra(Matrix x, Matrix y, Folds folds, bool autoscales, PieceRunner runner)
    {
        X = x;
        Debug.Assert(!folds.IsForward, "Splits here calibrate on all folds but one or two.");
        Y = y;
        Folds = folds;
        Autoscales = autoscales;
        Runner = runner;
    }

    /// <summary>n × p spectra.</summary>
    public Matrix X { get; }

    /// <summary>n × q responses.</summary>
    public Matrix Y { get; }

    /// <summary>The folds.</summary>
    public Folds Folds { get; }

    /// <summary>Whether each fold divides the variables by their calibration deviation (divisor n - 1, 0 counts as 1).</summary>
    public bool Autoscales { get; }

    /// <summary>Who runs the pieces of wide computations.</summary>
    public PieceRunner Runner { get; }

    /// <summary>The same samples with some variables, ascending.</summary>
    public SharedSpectra Columns(ReadOnlySpan<int> variables) =>
        variables.Length == X.Columns ? this : new(X.SelectColumns(variables), Y, Folds, Autoscales, Runner);

    /// <summary>The numbers of one split, copied: calibration rows, their responses, rows to predict.</summary>
    public FoldSpectra Rows(FoldSplit split)
    {
        int[] calibration = split.Calibration(Folds);
        Matrix x = X.SelectRows(calibration);
        Matrix y = Y.SelectRows(calibration);
        Matrix heldOut = X.SelectRows(Folds.HeldOut(split.HeldOut));
        if (Autoscales)
        {
            Scale(x, heldOut);
        }

        return new FoldSpectra(x, y, heldOut);
    }

    private static void Scale(Matrix x, Matrix heldOut)
    {
        double[] means = ColumnMoments.Means(x.View);
        double[] scales = Autoscale.Scales(x.View, means);
        foreach (Matrix rows in ImmutableArray.Create(x, heldOut))
        {
            for (int i = 0; i < rows.Rows; i++)
            {
                RowKernels.ShiftAndScale(rows.Row(i), means, scales, rows.Row(i));
            }
        }
    }
}
