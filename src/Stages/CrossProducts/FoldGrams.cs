using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.CrossProducts;

/// <summary>Products of all samples with each other, about a reference that the fold in question does not hold.</summary>
/// <remarks>
/// Products of spectra as measured lose the digits in which the spectra differ, so they are taken about a reference:
/// the mean of the lowest fold that a split calibrates on. One reference for all would make the bits of a fold depend
/// on what it holds out. Plain cross-validation needs two Gram matrices: about the mean of fold 0, and about that of
/// fold 1 for fold 0 itself. Memory n² doubles each, borrowed until disposal; whoever forgets to dispose leaves it to
/// the collector. Immutable.
/// </remarks>
public sealed class FoldGrams : IDisposable
{
    private readonly Dictionary<int, (ScratchMatrix Gram, double[] Reference)> _byReferenceFold = [];

    private FoldGrams()
    {
    }

    /// <summary>The Gram matrices that some splits need. Time n²p each.</summary>
    public static FoldGrams Of(SharedSpectra data, IEnumerable<FoldSplit> splits, CancellationToken cancellation) =>
        Of(data.X, data.Folds, splits, data.Runner, cancellation);

    /// <summary>Those of neighbouring variables, one for each range; the same time in all.</summary>
    /// <remarks>
    /// A Gram matrix is the sum of those of its variables: whoever tries many ranges and unions of ranges makes the blocks
    /// once and adds them up (<see cref="Sum"/>), n² for each. With all blocks but the last a multiple of 256 variables wide,
    /// the sum of all has the bits of the whole.
    /// </remarks>
    public static FoldGrams[] Blocks(
        SharedSpectra data, IReadOnlyCollection<FoldSplit> splits, ReadOnlySpan<Range> variables, CancellationToken cancellation)
    {
        var blocks = new FoldGrams[variables.Length];
        for (int b = 0; b < blocks.Length; b++)
        {
            (int start, int count) = variables[b].GetOffsetAndLength(data.X.Columns);
            blocks[b] = Of(data.X, start, count, data.Folds, splits, data.Runner, cancellation);
        }

        return blocks;
    }

    /// <summary>The Gram matrices of all variables of some blocks that share their samples and splits, added in their order. Time n² each.</summary>
    public static FoldGrams Sum(IReadOnlyList<FoldGrams> blocks)
    {
        var sum = new FoldGrams();
        foreach ((int fold, (ScratchMatrix first, _)) in blocks[0]._byReferenceFold)
        {
            int n = first.View.Rows;
            var gram = new ScratchMatrix(n, n);
            first.Values.CopyTo(gram.Values);
            foreach (FoldGrams block in blocks.Skip(1))
            {
                Products.Axpy(1, block.Stored(fold).Values, gram.Values);
            }

            sum._byReferenceFold.Add(fold, (gram, [.. blocks.SelectMany(block => block._byReferenceFold[fold].Reference)]));
        }

        return sum;
    }

    /// <summary>The Gram matrices that some splits of n × p spectra need.</summary>
    internal static FoldGrams Of(
        Matrix x, Folds folds, IEnumerable<FoldSplit> splits, PieceRunner runner, CancellationToken cancellation) =>
        Of(x, 0, x.Columns, folds, splits, runner, cancellation);

    private static FoldGrams Of(
        Matrix x,
        int start,
        int count,
        Folds folds,
        IEnumerable<FoldSplit> splits,
        PieceRunner runner,
        CancellationToken cancellation)
    {
        var grams = new FoldGrams();
        foreach (int fold in splits.Select(split => split.ReferenceFold).Distinct().Order())
        {
            cancellation.ThrowIfCancellationRequested();
            var gram = new ScratchMatrix(x.Rows, x.Rows);
            double[] reference = Reference(x, start, count, folds.HeldOut(fold));
            var columns = new MatrixView(x.Values[start..], x.Rows, count, x.Columns);
            MatrixProducts.TimesSelfTransposed(RowSource.Of(columns).About(reference), gram.Span, runner);
            grams._byReferenceFold.Add(fold, (gram, reference));
        }

        return grams;
    }

    /// <summary>The mean of some rows, relative to the first: a variable that is constant there has exactly its value.</summary>
    private static double[] Reference(Matrix x, int start, int count, ReadOnlySpan<int> rows)
    {
        ReadOnlySpan<double> first = x.Row(rows[0]).Slice(start, count);
        double[] mean = new double[count];
        foreach (int i in rows[1..])
        {
            RowKernels.AddDifferences(x.Row(i).Slice(start, count), first, mean);
        }

        for (int j = 0; j < count; j++)
        {
            mean[j] = first[j] + (mean[j] / rows.Length);
        }

        return mean;
    }

    /// <summary>(x_i - c)ᵀ(x_j - c) for all n samples, with the c of the split; n × n.</summary>
    public MatrixView Gram(FoldSplit split) => Stored(split.ReferenceFold).View;

    /// <summary>c, the reference of the split; p values.</summary>
    public ReadOnlySpan<double> Reference(FoldSplit split) => _byReferenceFold[split.ReferenceFold].Reference;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((ScratchMatrix gram, _) in _byReferenceFold.Values)
        {
            gram.Dispose();
        }
    }

    /// <summary>The Gram matrix about the mean of a fold.</summary>
    internal ScratchMatrix Stored(int referenceFold) => _byReferenceFold[referenceFold].Gram;
}
