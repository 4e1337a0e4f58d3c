namespace Pipeline.Stages.Diagnostics;

/// <summary>Some of many samples, spread evenly over a value: enough to be drawn, and the same for any order of rows.</summary>
public static class EvenChoice
{
    /// <summary>Of each so many, one is kept for its weight; the others are spread.</summary>
    private const int WeightPart = 4;

    /// <summary>Samples spread evenly over the ranks of their values, both ends included.</summary>
    /// <param name="values">A finite value for each of n samples; of equal ones the order of samples counts.</param>
    /// <param name="max">The most samples, at least 2.</param>
    /// <returns>Samples, ascending; all of them where n is at most <paramref name="max"/>.</returns>
    public static int[] Over(ReadOnlySpan<double> values, int max) => Over(values, max, []);

    /// <summary>The same, but a quarter of them are those of the greatest weights.</summary>
    /// <param name="values">A value for each of n samples.</param>
    /// <param name="max">The most samples, at least 2.</param>
    /// <param name="weights">n weights; none for none.</param>
    public static int[] Over(ReadOnlySpan<double> values, int max, ReadOnlySpan<double> weights)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 2);
        int n = values.Length;
        if (n <= max)
        {
            return [.. Enumerable.Range(0, n)];
        }

        var chosen = new bool[n];
        int heavy = 0;
        if (!weights.IsEmpty)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, n, nameof(weights));
            double[] given = weights.ToArray();
            heavy = max / WeightPart;
            foreach (int i in Enumerable.Range(0, n).OrderByDescending(i => given[i]).ThenBy(i => i).Take(heavy))
            {
                chosen[i] = true;
            }
        }

        double[] rising = values.ToArray();
        int[] rest = [.. Enumerable.Range(0, n).Where(i => !chosen[i]).OrderBy(i => rising[i]).ThenBy(i => i)];
        int spread = max - heavy;
        for (int k = 0; k < spread; k++)
        {
            chosen[rest[(int)((long)k * (rest.Length - 1) / (spread - 1))]] = true;
        }

        return [.. Enumerable.Range(0, n).Where(i => chosen[i])];
    }
}
