using System.Buffers;

namespace Pipeline.Stages.Metrics;

/// <summary>What the metrics need of the reference values alone; computed once for all candidates of a study.</summary>
/// <param name="Count">Number of samples, n.</param>
/// <param name="Mean">Mean of the reference.</param>
/// <param name="SumOfSquares">Σ (y − mean)²; exactly 0 where all values are equal.</param>
/// <param name="InterquartileRange">Upper minus lower quartile by linear interpolation (type 7 of Hyndman and Fan, 1996).</param>
public readonly record struct ReferenceSpread(int Count, double Mean, double SumOfSquares, double InterquartileRange)
{
    /// <summary>The spread of n ≥ 1 values, summed in the order given.</summary>
    public static ReferenceSpread Of(ReadOnlySpan<double> reference)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(reference.Length, 1, nameof(reference));

        // Relative to the first value, so that equal values have exactly no spread.
        double sum = 0;
        foreach (double value in reference)
        {
            sum += value - reference[0];
        }

        double mean = reference[0] + (sum / reference.Length);
        double squares = 0;
        foreach (double value in reference)
        {
            squares += (value - mean) * (value - mean);
        }

        return new ReferenceSpread(reference.Length, mean, squares, QuartileDistance(reference));
    }

    private static double QuartileDistance(ReadOnlySpan<double> values)
    {
        double[] rented = ArrayPool<double>.Shared.Rent(values.Length);
        Span<double> sorted = rented.AsSpan(0, values.Length);
        values.CopyTo(sorted);
        sorted.Sort();
        double distance = Quantile(sorted, .75) - Quantile(sorted, .25);
        ArrayPool<double>.Shared.Return(rented);
        return distance;
    }

    private static double Quantile(ReadOnlySpan<double> sorted, double probability)
    {
        double position = (sorted.Length - 1) * probability;
        int below = (int)position;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
