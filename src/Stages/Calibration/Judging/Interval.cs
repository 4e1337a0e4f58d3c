namespace Pipeline.Stages.Calibration.Judging;

/// <summary>The middle 95 % of a figure's bootstrap replicates.</summary>
/// <remarks>
/// The percentile interval of Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13, with linear
/// interpolation between replicates (type 7 of Hyndman and Fan, 1996).
/// </remarks>
/// <param name="Low">The 2.5 % quantile.</param>
/// <param name="High">The 97.5 % quantile.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>The share of replicates inside.</summary>
    public const double Level = 0.95;

    /// <summary>The interval of some replicates, which come to be sorted.</summary>
    public static Interval Of(Span<double> replicates)
    {
        replicates.Sort();
        return new Interval(Quantile(replicates, (1 - Level) / 2), Quantile(replicates, (1 + Level) / 2));
    }

    /// <summary>Whether a value lies inside; the ends do.</summary>
    public bool Contains(double value) => value >= Low && value <= High;

    /// <summary>A quantile of ascending values.</summary>
    internal static double Quantile(ReadOnlySpan<double> ascending, double probability)
    {
        double position = (ascending.Length - 1) * probability;
        int below = (int)position;
        int above = Math.Min(below + 1, ascending.Length - 1);
        return ascending[below] == ascending[above]
            ? ascending[below]
            : ascending[below] + ((position - below) * (ascending[above] - ascending[below]));
    }
}
