namespace Pipeline.Stages.Models.Trees.Boosting.Growth;

/// <summary>Where a variable is cut into bins.</summary>
/// <remarks>
/// Up to 255 distinct values have a bin each, with edges half way between them; more are cut at the 254 inner quantiles, an
/// edge half way between two samples where the quantile falls between them. Positions are rounded as NumPy's
/// percentile (method "midpoint") rounds them, so that edges equal those of scikit-learn. Of equal edges one is kept.
/// </remarks>
internal static class BinEdges
{
    /// <summary>Most bins of a variable, missing values apart.</summary>
    public const int BinsMax = 255;

    /// <summary>Ascending edges; a value belongs to the first bin whose edge it does not exceed, or to the last bin.</summary>
    /// <param name="sorted">Values of the calibration samples, ascending, none missing.</param>
    /// <param name="edges">Room for <see cref="BinsMax"/> - 1 edges.</param>
    /// <returns>How many edges there are.</returns>
    public static int Find(ReadOnlySpan<double> sorted, Span<double> edges)
    {
        int count = 0;
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i] > sorted[i - 1])
            {
                if (count == BinsMax - 1)
                {
                    return FindQuantiles(sorted, edges);
                }

                edges[count++] = Clip((sorted[i - 1] + sorted[i]) * 0.5);
            }
        }

        return count;
    }

    private static int FindQuantiles(ReadOnlySpan<double> sorted, Span<double> edges)
    {
        const double Step = 100.0 / BinsMax;
        int count = 0;
        for (int k = 1; k < BinsMax; k++)
        {
            double position = (sorted.Length - 1) * (k * Step / 100);
            double low = sorted[(int)Math.Floor(position)];
            double high = sorted[(int)Math.Ceiling(position)];
            double edge = Clip(high - ((high - low) * 0.5));
            if (count == 0 || edge > edges[count - 1])
            {
                edges[count++] = edge;
            }
        }

        return count;
    }

    /// <summary>Sums of two large numbers overflow; the largest number stays an edge that all values respect.</summary>
    private static double Clip(double edge) => Math.Clamp(edge, double.MinValue, double.MaxValue);
}
