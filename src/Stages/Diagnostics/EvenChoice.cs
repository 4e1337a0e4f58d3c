namespace Pipeline.Stages.Diagnostics;

/// <summary>Some of many samples, spread evenly over a value: enough to be drawn, and the same for any order of rows.</summary>
/// <remarks>Time n log n; memory 13 bytes for each of n samples.</remarks>
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
        int heavy = weights.IsEmpty ? 0 : max / WeightPart;
        foreach (int i in heavy > 0 ? Heaviest(weights, heavy) : [])
        {
            chosen[i] = true;
        }

        int[] rest = Rising(values, chosen, n - heavy);
        int spread = max - heavy;
        for (int k = 0; k < spread; k++)
        {
            chosen[rest[(int)((long)k * (rest.Length - 1) / (spread - 1))]] = true;
        }

        return [.. Enumerable.Range(0, n).Where(i => chosen[i])];
    }

    private static IEnumerable<int> Heaviest(ReadOnlySpan<double> weights, int count)
    {
        // The lightest comes out first; of equal ones the later sample.
        var heaviest = new PriorityQueue<int, (double Weight, int Before)>(count + 1);
        for (int i = 0; i < weights.Length; i++)
        {
            heaviest.Enqueue(i, (weights[i], -i));
            if (heaviest.Count > count)
            {
                heaviest.Dequeue();
            }
        }

        return heaviest.UnorderedItems.Select(item => item.Element);
    }

    private static int[] Rising(ReadOnlySpan<double> values, bool[] chosen, int count)
    {
        int[] rest = new int[count];
        int next = 0;
        for (int i = 0; i < chosen.Length; i++)
        {
            if (!chosen[i])
            {
                rest[next++] = i;
            }
        }

        double[] own = values.ToArray();
        Array.Sort(rest, (a, b) => own[a] == own[b] ? a.CompareTo(b) : own[a].CompareTo(own[b]));
        return rest;
    }
}
