using System.Collections.Immutable;
using System.Globalization;

namespace Pipeline.Host.Results.Plots;

/// <summary>The marked values of an axis with their labels.</summary>
/// <param name="Values">The values, rising.</param>
/// <param name="Labels">What stands at each.</param>
internal sealed record Ticks(ImmutableArray<double> Values, ImmutableArray<string> Labels)
{
    /// <summary>Decades that are marked at most; of more, every second or third.</summary>
    private const int DecadesMax = 7;

    private const double PlainMax = 1e6;
    private const int DecimalsMax = 6;

    /// <summary>Multiples of 1, 2 or 5 times a power of ten.</summary>
    /// <param name="min">The lower end of the axis.</param>
    /// <param name="max">The upper end, above the lower.</param>
    /// <param name="countMax">The most intervals between marks, about.</param>
    /// <param name="stepMin">The least distance between marks: 1 where only whole numbers have a meaning.</param>
    public static Ticks Linear(double min, double max, int countMax, double stepMin = 0)
    {
        double raw = Math.Max((max - min) / countMax, stepMin);
        double magnitude = Math.Pow(10, Math.Floor(Math.Log10(raw)));

        // A step of exactly 1, 2 or 5 must not be missed by a rounding of the quotient.
        double step = magnitude * (raw / magnitude) switch
        {
            <= 1 + 1e-9 => 1,
            <= 2 + 1e-9 => 2,
            <= 5 + 1e-9 => 5,
            _ => 10,
        };
        double first = Math.Ceiling((min / step) - 1e-9);
        double last = Math.Floor((max / step) + 1e-9);
        int count = (int)Math.Min(last - first + 1, 2 * countMax);
        ImmutableArray<double> values = [.. Enumerable.Range(0, Math.Max(0, count)).Select(k => (first + k) * step)];
        double largest = Math.Max(Math.Abs(min), Math.Abs(max));
        int exponent = (int)Math.Floor(Math.Log10(step) + 1e-9);
        return new Ticks(values, [.. values.Select(value => Label(value, exponent, largest))]);
    }

    /// <summary>Powers of ten, and their double and fivefold where there are few.</summary>
    /// <param name="min">The lower end of the axis, above 0.</param>
    /// <param name="max">The upper end, above the lower.</param>
    public static Ticks Logarithmic(double min, double max)
    {
        int lowest = (int)Math.Floor(Math.Log10(min) + 1e-9);
        int highest = (int)Math.Ceiling(Math.Log10(max) - 1e-9);
        int every = 1 + ((highest - lowest) / (DecadesMax + 1));
        int[] steps = Math.Log10(max / min) <= 2 ? [1, 2, 5] : [1];
        ImmutableArray<(int Step, int Decade)> marks =
        [
            .. from decade in Enumerable.Range(lowest, highest - lowest + 1)
               where decade % every == 0
               from step in steps
               let value = step * Math.Pow(10, decade)
               where value >= min * (1 - 1e-9) && value <= max * (1 + 1e-9)
               select (step, decade),
        ];
        return marks.Length < 2
            ? Linear(min, max, 4)
            : new Ticks(
                [.. marks.Select(mark => mark.Step * Math.Pow(10, mark.Decade))],
                [.. marks.Select(mark => mark.Decade is >= -3 and <= 5
                    ? (mark.Step * Math.Pow(10, mark.Decade)).ToString("0.###", CultureInfo.InvariantCulture)
                    : string.Create(CultureInfo.InvariantCulture, $"{mark.Step}e{mark.Decade}"))]);
    }

    /// <summary>Names at 0, 1, 2, …</summary>
    public static Ticks Named(ImmutableArray<string> names) => new([.. Enumerable.Range(0, names.Length).Select(k => (double)k)], names);

    private static string Label(double value, int exponent, double largest)
    {
        if (largest < PlainMax && exponent >= -DecimalsMax)
        {
            double plain = value == 0 ? 0 : value;
            return plain.ToString("F" + Math.Max(0, -exponent).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        }

        // As many digits as tell neighbours apart.
        int digits = Math.Clamp((int)Math.Floor(Math.Log10(largest)) - exponent, 0, 12);
        return value == 0 ? "0" : value.ToString("0." + new string('#', digits) + "e+0", CultureInfo.InvariantCulture);
    }
}
