using Pipeline.Engine.Identity;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration.Judging.Permuted;

/// <summary>Shuffles of a response over samples that are exchangeable: whole groups among groups of their size.</summary>
/// <remarks>
/// Replicates keep the responses that belong together, as they would have them by chance. A group that is the only one of its
/// size keeps its own.
/// </remarks>
internal sealed class PermutedOrders
{
    private readonly Fingerprint _folds;
    private readonly int[][][] _sizes;
    private readonly int _count;

    /// <summary>Shuffles of the samples of some groups.</summary>
    /// <param name="groups">The group of every sample.</param>
    /// <param name="folds">Key of the folds, which seeds the draws.</param>
    public PermutedOrders(SampleGroups groups, Fingerprint folds)
    {
        _folds = folds;
        _count = groups.Count;

        // Groups of each size in the order of their names, samples in the order of ids.
        _sizes =
        [
            .. Enumerable.Range(0, groups.Count)
                .GroupBy(i => groups.OfSample[i])
                .OrderBy(group => group.Key)
                .Select(group => group.ToArray())
                .GroupBy(samples => samples.Length)
                .OrderBy(size => size.Key)
                .Select(size => size.ToArray()),
        ];
    }

    /// <summary>The share of samples that can be given another response.</summary>
    public double ExchangeableShare => _sizes.Where(size => size.Length > 1).Sum(size => size.Sum(samples => samples.Length)) / (double)_count;

    /// <summary>One shuffle: for every sample the sample whose response it is given.</summary>
    /// <param name="number">Which one; the same number gives the same shuffle.</param>
    public int[] Of(int number)
    {
        int[] sourceOf = new int[_count];
        var draws = Draws.For("permutation", _folds, number);
        foreach (int[][] size in _sizes)
        {
            int[][] shuffled = [.. size];
            draws.Shuffle(shuffled.AsSpan());
            for (int g = 0; g < size.Length; g++)
            {
                for (int i = 0; i < size[g].Length; i++)
                {
                    sourceOf[size[g][i]] = shuffled[g][i];
                }
            }
        }

        return sourceOf;
    }
}
