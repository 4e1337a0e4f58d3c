namespace Pipeline.Stages.Splitting.HoldOut;

/// <summary>The two points that are farthest apart.</summary>
/// <param name="First">The point of lower index.</param>
/// <param name="Second">The point of higher index.</param>
/// <param name="Distance">Their distance.</param>
internal readonly record struct FarthestPair(int First, int Second, double Distance)
{
    // Rounding of a distance is far below it.
    private const double Slack = 1e-9;

    /// <summary>Finds it among the points that are not taken; of equal pairs the one of lowest first, then second index.</summary>
    /// <remarks>
    /// Two points are never farther apart than their distances from the centre together. Points are visited from the
    /// farthest out inwards, and what cannot reach the best so far is not computed; the result is that of all pairs. Time
    /// n²p at most, in practice of spectra a small part of it; memory O(n).
    /// </remarks>
    /// <param name="distance">The distance.</param>
    /// <param name="taken">Points that do not count; at least two do.</param>
    public static FarthestPair Of(PointDistance distance, bool[] taken)
    {
        double[] radius = distance.FromCentre();
        int[] order = [.. Enumerable.Range(0, distance.Count).Where(i => !taken[i]).OrderByDescending(i => radius[i]).ThenBy(i => i)];
        var best = new FarthestPair(-1, -1, -1);
        for (int a = 0; a < order.Length; a++)
        {
            for (int b = a + 1; b < order.Length && radius[order[a]] + radius[order[b]] >= best.Distance * (1 - Slack); b++)
            {
                int first = Math.Min(order[a], order[b]);
                int second = Math.Max(order[a], order[b]);
                double length = distance.Between(first, second);
                if (length > best.Distance || (length == best.Distance && (first, second).CompareTo((best.First, best.Second)) < 0))
                {
                    best = new FarthestPair(first, second, length);
                }
            }
        }

        return best;
    }
}
