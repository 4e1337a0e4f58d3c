using System.Globalization;

namespace Pipeline.DaemonBench;

/// <summary>Statistics of what was measured.</summary>
internal static class Figures
{
    /// <summary>The value below which a share of all values lies; not a number where there is none.</summary>
    public static double Quantile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)];
    }

    /// <summary>Median and greatest value, as text.</summary>
    public static string MedianAndMax(IReadOnlyCollection<double> values, string unit, string format = "0.00") => string.Create(
        CultureInfo.InvariantCulture,
        $"{Quantile(values, 0.5).ToString(format, CultureInfo.InvariantCulture)} {unit}, {Quantile(values, 1).ToString(format, CultureInfo.InvariantCulture)} {unit}");

    /// <summary>The line of least squares through points, and half the width of its slope's 95 % interval.</summary>
    /// <remarks>
    /// Neighbouring looks at a process are alike, which would make the interval too narrow: the points are first averaged in
    /// groups of equal number, and the interval is that of the averages.
    /// </remarks>
    public static (double Slope, double HalfWidth, double Mean) Line(IReadOnlyList<(double X, double Y)> points, int groups = 20)
    {
        (double X, double Y)[] means = [.. points.Chunk(Math.Max(1, (points.Count + groups - 1) / groups)).Select(group => (group.Average(one => one.X), group.Average(one => one.Y)))];
        if (means.Length < 3)
        {
            return (double.NaN, double.NaN, double.NaN);
        }

        double x = means.Average(one => one.X);
        double y = means.Average(one => one.Y);
        double xx = means.Sum(one => (one.X - x) * (one.X - x));
        double slope = means.Sum(one => (one.X - x) * (one.Y - y)) / xx;
        double residual = means.Sum(one => Math.Pow(one.Y - y - (slope * (one.X - x)), 2));

        // Student's quantile for n - 2 degrees, by its expansion in 1 / degrees; right to 1 % from four degrees on.
        int degrees = means.Length - 2;
        double t = 1.96 + (2.37 / degrees) + (2.8 / degrees / degrees);
        return (slope, t * Math.Sqrt(residual / degrees / xx), y);
    }
}
