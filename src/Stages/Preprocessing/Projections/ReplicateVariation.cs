using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Preprocessing.Projections;

/// <summary>The directions in which spectra differ though their references are equal: replicates, or samples of one class.</summary>
/// <remarks>
/// Samples whose references are equal in every digit form a set; every spectrum of a set of two or more less the mean of its set
/// is a row of D, and the directions are those of the principal components of D. A laboratory's one value for several
/// spectra of a sample makes such sets, as do classes. Time n log n + n·p·min(n, p); memory np + min(n, p)² doubles.
/// </remarks>
internal static class ReplicateVariation
{
    private static readonly Comparer<double[]> ByValues = Comparer<double[]>.Create((one, other) => one.AsSpan().SequenceCompareTo(other));

    /// <summary>Up to so many directions, falling variance.</summary>
    /// <exception cref="StageException">No two samples have equal references.</exception>
    public static PrincipalComponents Of(MatrixView x, MatrixView y, int countMax, string notation)
    {
        List<int[]> sets = Sets(y);
        if (sets.Count == 0)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"{notation} learns from samples with equal references, such as replicates or the samples of one class; all {x.Rows} "
                + "calibration samples differ. Add replicates under one reference value, or leave this step out.");
        }

        var differences = new Matrix(sets.Sum(set => set.Length), x.Columns);
        int row = 0;
        foreach (int[] set in sets)
        {
            var replicates = new Matrix(set.Length, x.Columns);
            for (int r = 0; r < set.Length; r++)
            {
                x.Row(set[r]).CopyTo(replicates.Row(r));
            }

            double[] means = ColumnMoments.Means(replicates.View);
            for (int r = 0; r < set.Length; r++)
            {
                RowKernels.Subtract(replicates.Row(r), means, differences.Row(row++));
            }
        }

        return PrincipalComponents.Of(differences.View, countMax);
    }

    /// <summary>Sets of two samples or more with equal references, in the order of their references.</summary>
    private static List<int[]> Sets(MatrixView y)
    {
        double[][] references = new double[y.Rows][];
        for (int i = 0; i < references.Length; i++)
        {
            references[i] = y.Row(i).ToArray();
        }

        int[] order = [.. Enumerable.Range(0, references.Length).OrderBy(i => references[i], ByValues).ThenBy(i => i)];
        var sets = new List<int[]>();
        int start = 0;
        for (int i = 1; i <= order.Length; i++)
        {
            if (i == order.Length || !references[order[i]].AsSpan().SequenceEqual(references[order[start]]))
            {
                if (i - start > 1)
                {
                    sets.Add(order[start..i]);
                }

                start = i;
            }
        }

        return sets;
    }
}
