using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.CrossProducts;

/// <summary>Products of all samples with each other, about a reference that the fold in question does not hold.</summary>
/// <remarks>
/// Products of spectra as measured lose the digits in which the spectra differ, so they are taken about a reference:
/// the mean of the lowest fold that a split calibrates on. One reference for all would make the bits of a fold depend
/// on what it holds out. Plain cross-validation needs two Gram matrices: about the mean of fold 0, and about that of
/// fold 1 for fold 0 itself. Memory n² doubles each. Immutable.
/// </remarks>
public sealed class FoldGrams
{
    private readonly Dictionary<int, (Matrix Gram, double[] Reference)> _byReferenceFold = [];

    private FoldGrams()
    {
    }

    /// <summary>The Gram matrices that some splits need. Time n²p each.</summary>
    public static FoldGrams Of(SharedSpectra data, IEnumerable<FoldSplit> splits, CancellationToken cancellation) =>
        Of(data.X, data.Folds, splits, data.Runner, cancellation);

    /// <summary>The Gram matrices that some splits of n × p spectra need.</summary>
    internal static FoldGrams Of(
        Matrix x, Folds folds, IEnumerable<FoldSplit> splits, PieceRunner runner, CancellationToken cancellation)
    {
        var grams = new FoldGrams();
        foreach (int fold in splits.Select(split => split.ReferenceFold).Distinct().Order())
        {
            cancellation.ThrowIfCancellationRequested();
            double[] reference = ColumnMoments.Means(x.SelectRows(folds.HeldOut(fold)).View);
            using var centred = new ScratchMatrix(x.Rows, x.Columns);
            for (int i = 0; i < x.Rows; i++)
            {
                RowKernels.Subtract(x.Row(i), reference, centred.Span.Row(i));
            }

            var gram = new Matrix(x.Rows, x.Rows);
            Numerics.Gram.OfRows(centred.View, gram.Span);
            grams._byReferenceFold.Add(fold, (gram, reference));
        }

        return grams;
    }

    /// <summary>(x_i - c)ᵀ(x_j - c) for all n samples, with the c of the split; n × n.</summary>
    public MatrixView Gram(FoldSplit split) => Matrix(split.ReferenceFold).View;

    /// <summary>c, the reference of the split; p values.</summary>
    public ReadOnlySpan<double> Reference(FoldSplit split) => _byReferenceFold[split.ReferenceFold].Reference;

    /// <summary>The Gram matrix about the mean of a fold.</summary>
    internal Matrix Matrix(int referenceFold) => _byReferenceFold[referenceFold].Gram;
}
