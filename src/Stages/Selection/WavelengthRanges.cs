using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Engine;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Selection;

/// <summary>Chosen variables in the chemist's words: ranges of wavelengths with a unit, never indexes.</summary>
/// <remarks>
/// Neighbouring variables make a range, <c>2000-2050 nm</c>; others stand alone, <c>1908, 2108 nm</c>; wavenumbers carry
/// <c>cm⁻¹</c>, channels read <c>ch 12-30</c>. Ranges rise, whichever way the axis runs, so a selection has the same
/// label in a file that was turned round. Positions are written and compared with four decimals: what is written
/// reads back to the same variables unless two of them lie within 0.0001.
/// </remarks>
public static partial class WavelengthRanges
{
    private const string ExampleText = "1900-1950, 2080-2130 nm";

    /// <summary>The label of ascending variables.</summary>
    public static string Label(SpectralAxis axis, ReadOnlySpan<int> variables) =>
        Format(Runs(axis, variables).Select(run => run.Range), axis.Unit);

    /// <summary>The text of ranges in one unit.</summary>
    public static string Format(IEnumerable<AxisRange> ranges, AxisUnit unit)
    {
        string text = string.Join(", ", ranges.Select(Format));
        return unit switch
        {
            AxisUnit.Nanometre => text + " nm",
            AxisUnit.Wavenumber => text + " cm⁻¹",
            _ => "ch " + text,
        };
    }

    /// <summary>The ranges of ascending variables, each with the share of folds that chose it.</summary>
    /// <param name="axis">The axis of all p variables.</param>
    /// <param name="variables">The variables chosen on all calibration samples.</param>
    /// <param name="timesSelected">How many folds chose each of the p variables.</param>
    /// <param name="foldCount">Number of folds, K.</param>
    public static ImmutableArray<ChosenRange> Ranges(
        SpectralAxis axis, ReadOnlySpan<int> variables, ReadOnlySpan<int> timesSelected, int foldCount)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(timesSelected.Length, axis.Count, nameof(timesSelected));
        ArgumentOutOfRangeException.ThrowIfLessThan(foldCount, 1);
        var ranges = ImmutableArray.CreateBuilder<ChosenRange>();
        foreach (Run run in Runs(axis, variables))
        {
            long times = 0;
            for (int j = run.First; j <= run.Last; j++)
            {
                times += timesSelected[j];
            }

            int count = run.Last - run.First + 1;
            ranges.Add(new ChosenRange(run.Range, count, times / ((double)count * foldCount)));
        }

        return ranges.ToImmutable();
    }

    /// <summary>The variables that a text names, ascending.</summary>
    /// <remarks>A range takes every variable on it, ends included; a single position the nearest variable, within half a step.</remarks>
    /// <exception cref="StageException">The text cannot be read, has another unit, or names no variable.</exception>
    public static int[] Parse(SpectralAxis axis, string text)
    {
        ImmutableArray<AxisRange> ranges = Read(text, out AxisUnit unit);
        return Variables(axis, ranges, unit);
    }

    /// <summary>The ranges that a text names, in its order, with their unit.</summary>
    /// <exception cref="StageException">The text cannot be read.</exception>
    public static ImmutableArray<AxisRange> Read(string text, out AxisUnit unit)
    {
        ArgumentNullException.ThrowIfNull(text);
        string numbers = WithoutUnit(text, out unit);
        var ranges = ImmutableArray.CreateBuilder<AxisRange>();
        foreach (string part in numbers.Split(','))
        {
            Match match = RangePattern().Match(part);
            if (!match.Success)
            {
                throw Unreadable(text, $"expected a range such as 1900-1950 or one position, found '{part.Trim()}'");
            }

            double first = Number(match.Groups[1].Value);
            double last = match.Groups[2].Success ? Number(match.Groups[2].Value) : first;
            ranges.Add(new AxisRange(Math.Min(first, last), Math.Max(first, last)));
        }

        return ranges.ToImmutable();
    }

    /// <summary>The variables that lie on ranges of one unit, ascending, each once.</summary>
    internal static int[] Variables(SpectralAxis axis, ImmutableArray<AxisRange> ranges, AxisUnit unit)
    {
        RequireUnit(axis, ranges, unit);
        var chosen = new SortedSet<int>();
        foreach (AxisRange range in ranges)
        {
            int before = chosen.Count;
            bool found = range.From == range.To ? AddNearest(axis, range.From, chosen) : AddInside(axis, range, chosen);
            if (!found && chosen.Count == before)
            {
                double low = Math.Min(axis.Positions[0], axis.Positions[^1]);
                double high = Math.Max(axis.Positions[0], axis.Positions[^1]);
                throw new StageException(
                    FailureKind.InvalidData,
                    $"No variable lies on {Format([range], unit)}: the spectra have {axis.Count} variables on "
                    + $"{Format([new AxisRange(low, high)], unit)}. Name a range on them.");
            }
        }

        return [.. chosen];
    }

    /// <summary>Refuses ranges in another unit than the axis; nothing is converted.</summary>
    /// <exception cref="StageException">The units differ.</exception>
    internal static void RequireUnit(SpectralAxis axis, IEnumerable<AxisRange> ranges, AxisUnit unit)
    {
        if (unit != axis.Unit)
        {
            string remedy = axis.Unit == AxisUnit.Channel || unit == AxisUnit.Channel
                ? $"Name positions in {axis.UnitSymbol}."
                : "Convert: wavelength in nm = 10,000,000 / wavenumber in cm⁻¹.";
            throw new StageException(
                FailureKind.InvalidData,
                $"The ranges {Format(ranges, unit)} are not in the unit of the spectra, {axis.UnitSymbol}. {remedy}");
        }
    }

    private static bool AddInside(SpectralAxis axis, AxisRange range, SortedSet<int> chosen)
    {
        bool found = false;
        for (int j = 0; j < axis.Count; j++)
        {
            double position = AsWritten(axis.Positions[j]);
            if (position >= range.From && position <= range.To)
            {
                chosen.Add(j);
                found = true;
            }
        }

        return found;
    }

    private static bool AddNearest(SpectralAxis axis, double position, SortedSet<int> chosen)
    {
        int nearest = 0;
        for (int j = 1; j < axis.Count; j++)
        {
            if (Distance(axis, j, position) < Distance(axis, nearest, position))
            {
                nearest = j;
            }
        }

        bool found = Distance(axis, nearest, position) <= Math.Abs(axis.MeanStep) / 2;
        if (found)
        {
            chosen.Add(nearest);
        }

        return found;
    }

    private static double Distance(SpectralAxis axis, int variable, double position) =>
        Math.Abs(AsWritten(axis.Positions[variable]) - position);

    private static List<Run> Runs(SpectralAxis axis, ReadOnlySpan<int> variables)
    {
        var runs = new List<Run>();
        for (int i = 0; i < variables.Length; i++)
        {
            int j = variables[i];
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(j, axis.Count, nameof(variables));
            if (i > 0 && j == variables[i - 1] + 1)
            {
                runs[^1] = runs[^1] with { Last = j };
                continue;
            }

            if (i > 0 && j <= variables[i - 1])
            {
                throw new ArgumentException("Variables must ascend.", nameof(variables));
            }

            runs.Add(new Run(axis, j, j));
        }

        if (axis.MeanStep < 0)
        {
            runs.Reverse();
        }

        return runs;
    }

    /// <summary>One range without unit: <c>2000-2050</c>, or <c>1908</c> for a single position.</summary>
    public static string Format(AxisRange range) => range.From == range.To
        ? SpectralAxis.Format(range.From)
        : $"{SpectralAxis.Format(range.From)}-{SpectralAxis.Format(range.To)}";

    /// <summary>A position as its text says it, which is how positions are compared.</summary>
    internal static double AsWritten(double position) => Number(SpectralAxis.Format(position));

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static string WithoutUnit(string text, out AxisUnit unit)
    {
        Match match = UnitPattern().Match(text);
        if (!match.Success)
        {
            throw Unreadable(text, "the unit is missing: nm, cm-1 or ch");
        }

        unit = match.Groups["ch"].Success ? AxisUnit.Channel
            : match.Groups["nm"].Success ? AxisUnit.Nanometre
            : AxisUnit.Wavenumber;
        return match.Groups["numbers"].Value;
    }

    private static StageException Unreadable(string text, string reason) =>
        new(FailureKind.InvalidData, $"Ranges '{text}': {reason}. Example: {ExampleText}.");

    [GeneratedRegex(@"^\s*(-?\d+(?:\.\d+)?)(?:\s*[-–]\s*(-?\d+(?:\.\d+)?))?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex RangePattern();

    [GeneratedRegex(
        @"^\s*(?:(?<ch>ch)\s*(?<numbers>.*)|(?<numbers>.*?)\s*(?:(?<nm>nm)|cm⁻¹|cm-1|cm\^-1))\s*$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex UnitPattern();

    private sealed record Run(SpectralAxis Axis, int First, int Last)
    {
        public AxisRange Range => new(
            Math.Min(Axis.Positions[First], Axis.Positions[Last]),
            Math.Max(Axis.Positions[First], Axis.Positions[Last]));
    }
}
