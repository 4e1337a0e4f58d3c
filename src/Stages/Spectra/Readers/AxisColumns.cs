using System.Collections.Immutable;
using Pipeline.Engine;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>The spectral columns of a wide table with the axis that their names make.</summary>
/// <param name="Columns">Column indices in file order.</param>
/// <param name="Axis">The axis.</param>
/// <param name="UnitReason">How the unit was decided.</param>
/// <param name="Warnings">What a person should check.</param>
internal sealed record AxisColumns(
    ImmutableArray<int> Columns, SpectralAxis Axis, string UnitReason, ImmutableArray<string> Warnings)
{
    private const double EvenStepDeviationMax = 0.02;

    /// <summary>The axis of a header; columns with a declared role are left out.</summary>
    /// <remarks>The most frequent way of writing positions is the axis, so a lone 'x5' beside 1100, 1102 is not.</remarks>
    public static AxisColumns Find(
        ImmutableArray<string> names, char decimalMark, AxisUnit? unit, IReadOnlySet<int> declared)
    {
        var found = new List<(int Column, AxisHeader Header)>();
        for (int column = 0; column < names.Length; column++)
        {
            if (!declared.Contains(column) && AxisHeader.TryParse(names[column], decimalMark, out AxisHeader header))
            {
                found.Add((column, header));
            }
        }

        if (found.Count == 0)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"The header has no spectral columns: expected names such as 1100 or '1100 nm', found {Shorten(names)}. "
                + "Name the spectral columns by their positions; if samples stand in columns, transpose the table.");
        }

        string form = found.GroupBy(f => f.Header.Form).MaxBy(g => g.Count())!.Key;
        var warnings = ImmutableArray.CreateBuilder<string>();
        foreach ((int column, AxisHeader header) in found)
        {
            if (header.Form != form)
            {
                warnings.Add($"Column '{Cut(names[column])}' is not written as the other positions are; it is not spectral.");
            }
        }

        found.RemoveAll(f => f.Header.Form != form);
        CheckOrder(found, names);
        (AxisUnit decided, string reason) = DecideUnit(found, names, unit, warnings);
        var axis = new SpectralAxis([.. found.Select(f => f.Header.Position)], decided);
        if (axis.StepDeviation > EvenStepDeviationMax)
        {
            warnings.Add($"Steps of the axis are uneven, by up to {axis.StepDeviation:P0} of the mean step.");
        }

        return new AxisColumns([.. found.Select(f => f.Column)], axis, reason, warnings.ToImmutable());
    }

    /// <summary>An axis in words: 1100-2498 nm, 700 variables, step 2 nm.</summary>
    public static string Describe(SpectralAxis axis)
    {
        string first = SpectralAxis.Format(axis.Positions[0]);
        if (axis.Count == 1)
        {
            return $"{first} {axis.UnitSymbol}, 1 variable";
        }

        string step = SpectralAxis.Format(Math.Round(Math.Abs(axis.MeanStep), 3));
        return $"{first}-{SpectralAxis.Format(axis.Positions[^1])} {axis.UnitSymbol}, {axis.Count} variables, "
            + (axis.StepDeviation > EvenStepDeviationMax ? "uneven steps of about " : "step ") + $"{step} {axis.UnitSymbol}";
    }

    private static void CheckOrder(List<(int Column, AxisHeader Header)> found, ImmutableArray<string> names)
    {
        var seen = new Dictionary<double, int>(found.Count);
        foreach ((int column, AxisHeader header) in found)
        {
            if (!seen.TryAdd(header.Position, column))
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    $"Column {seen[header.Position] + 1} ('{Cut(names[seen[header.Position]])}') and column {column + 1} "
                    + $"('{Cut(names[column])}') have the same axis position. Remove one of them.");
            }
        }

        bool rises = found[^1].Header.Position > found[0].Header.Position;
        for (int j = 1; j < found.Count; j++)
        {
            if (found[j].Header.Position > found[j - 1].Header.Position != rises)
            {
                int before = found[j - 1].Column;
                int after = found[j].Column;
                throw new StageException(
                    FailureKind.InvalidData,
                    $"Axis positions must all rise or all fall: column {before + 1} ('{Cut(names[before])}') is followed by "
                    + $"column {after + 1} ('{Cut(names[after])}'). Sort the spectral columns, or rename the one that is none.");
            }
        }
    }

    private static (AxisUnit Unit, string Reason) DecideUnit(
        List<(int Column, AxisHeader Header)> found,
        ImmutableArray<string> names,
        AxisUnit? asked,
        ImmutableArray<string>.Builder warnings)
    {
        (int Column, AxisHeader Header) stated = found.FirstOrDefault(f => f.Header.Unit is not null);
        if (asked is { } unit)
        {
            return (unit, "unit as asked");
        }

        if (stated.Header.Unit is { } said)
        {
            (int Column, AxisHeader Header) other = found.FirstOrDefault(f => f.Header.Unit is { } u && u != said);
            if (other.Header.Unit is not null)
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    $"Column {stated.Column + 1} ('{Cut(names[stated.Column])}') and column {other.Column + 1} "
                    + $"('{Cut(names[other.Column])}') are in different units. Keep the columns of one unit.");
            }

            return (said, $"unit stated by column '{Cut(names[stated.Column])}'");
        }

        AxisUnitGuess guess = AxisUnitGuess.Of([.. found.Select(f => f.Header.Position)]);
        if (!guess.IsSure)
        {
            warnings.Add($"The axis unit is a guess ({guess.Reason}); state it with --axis-unit if it is wrong.");
        }

        return (guess.Unit, "unit guessed: " + guess.Reason);
    }

    /// <summary>A list of names, cut where it gets long.</summary>
    internal static string Shorten(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(8).Select(n => $"'{Cut(n)}'")) + (names.Count > 8 ? $" and {names.Count - 8} more" : "");

    /// <summary>A text of at most 40 characters.</summary>
    internal static string Cut(string text) => text.Length <= 40 ? text : string.Concat(text.AsSpan(0, 39), "…");
}
