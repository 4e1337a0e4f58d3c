using System.Collections.Immutable;

namespace Pipeline.Host.Results.Plots;

/// <summary>One axis of a plot: its range, its direction, its marks.</summary>
internal sealed record PlotAxis
{
    private const int TicksMax = 7;
    private const double Padding = 0.04;

    private PlotAxis(string label, double min, double max, Ticks ticks)
    {
        (Label, Min, Max, Ticks) = (label, min, max, ticks);
    }

    /// <summary>What is drawn along the axis, with its unit.</summary>
    public string Label { get; }

    /// <summary>The lower end.</summary>
    public double Min { get; }

    /// <summary>The upper end, above the lower.</summary>
    public double Max { get; }

    /// <summary>The marks.</summary>
    public Ticks Ticks { get; private init; }

    /// <summary>True where values fall from left to right, as wavenumbers are drawn.</summary>
    public bool IsReversed { get; init; }

    /// <summary>True where equal distances are equal factors.</summary>
    public bool IsLogarithmic { get; private init; }

    /// <summary>An axis from end to end of a range; a range without width gets one.</summary>
    public static PlotAxis Exact(string label, double min, double max)
    {
        (min, max) = Widened(min, max);
        return new PlotAxis(label, min, max, Ticks.Linear(min, max, TicksMax));
    }

    /// <summary>An axis over values with some room at both ends; values that are not finite do not count.</summary>
    public static PlotAxis Over(string label, params ReadOnlySpan<double> values)
    {
        (double min, double max) = Range(values);
        double room = Padding * (max - min);
        return Exact(label, min - room, max + room);
    }

    /// <summary>An axis over whole numbers with some room at both ends.</summary>
    public static PlotAxis Whole(string label, params ReadOnlySpan<double> values)
    {
        PlotAxis axis = Over(label, values);
        return axis with { Ticks = Ticks.Linear(axis.Min, axis.Max, TicksMax, stepMin: 1) };
    }

    /// <summary>An axis over values, all above 0, of equal factors.</summary>
    public static PlotAxis Logarithmic(string label, params ReadOnlySpan<double> values)
    {
        (double min, double max) = Range(values);
        double room = max > min ? Math.Pow(max / min, Padding) : 1.5;
        (min, max) = (min / room, max * room);
        return new PlotAxis(label, min, max, Ticks.Logarithmic(min, max)) { IsLogarithmic = true };
    }

    /// <summary>An axis of names at 0, 1, 2, …</summary>
    public static PlotAxis Named(string label, ImmutableArray<string> names) =>
        new(label, -0.6, names.Length - 0.4, Ticks.Named(names));

    /// <summary>Where a value lies: 0 at the left or lower end of the axis as drawn, 1 at the other.</summary>
    public double Place(double value)
    {
        double place = IsLogarithmic
            ? Math.Log(value / Min) / Math.Log(Max / Min)
            : (value - Min) / (Max - Min);
        return IsReversed ? 1 - place : place;
    }

    /// <summary>True where values are above 0 and so far apart that equal factors show them better.</summary>
    public static bool IsWide(double factor, params ReadOnlySpan<double> values)
    {
        (double min, double max) = Range(values);
        return min > 0 && max / min >= factor;
    }

    private static (double Min, double Max) Range(ReadOnlySpan<double> values)
    {
        double min = double.PositiveInfinity;
        double max = double.NegativeInfinity;
        foreach (double value in values)
        {
            if (double.IsFinite(value))
            {
                min = Math.Min(min, value);
                max = Math.Max(max, value);
            }
        }

        return max >= min ? (min, max) : (0, 1);
    }

    private static (double Min, double Max) Widened(double min, double max)
    {
        double magnitude = Math.Max(Math.Abs(min), Math.Abs(max));
        if (max - min > 1e-9 * magnitude)
        {
            return (min, max);
        }

        double half = magnitude > 0 ? 0.05 * magnitude : 0.5;
        return (min - half, max + half);
    }
}
