using System.Globalization;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Calibration;

/// <summary>What pretreatments would clip of the spectra of a study, as notes for its plan.</summary>
/// <remarks>
/// Counted before the search, from the spectra themselves: treated spectra may come from a cache. Looks at the sample-wise
/// part of chains that clip at all, and at the first <see cref="SpectraMax"/> spectra.
/// </remarks>
public static class ClippedValues
{
    /// <summary>Spectra that are looked at.</summary>
    public const int SpectraMax = 10_000;

    /// <summary>A plan with a note for every chain that clips.</summary>
    public static StudyPlan AddTo(StudyPlan plan, CalibrationSet set)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(set);
        IEnumerable<PretreatmentChain> chains = plan.Units.Values.Select(unit => unit.Chain.SampleWisePrefix)
            .Where(chain => chain.Clips is not null)
            .DistinctBy(chain => chain.Notation)
            .OrderBy(chain => chain.Notation, StringComparer.Ordinal);
        string[] notes = [.. chains.Select(chain => Note(chain, set)).OfType<string>()];
        return notes.Length == 0 ? plan : plan with { Notes = [.. plan.Notes, .. notes] };
    }

    private static string? Note(PretreatmentChain chain, CalibrationSet set)
    {
        if (set.OnDisk is not null)
        {
            return $"{chain.Notation}: {chain.Clips}; how often is not counted, because the spectra are larger than memory.";
        }

        SpectralAxis axis = set.Manifest.Axis;
        IFittedPretreatment fitted = chain.Fit(new MatrixView(default, 0, axis.Count, axis.Count), new MatrixView(default, 0, 1, 1), axis);
        int seen = Math.Min(set.X.Rows, SpectraMax);
        long values = 0;
        int spectra = 0;
        int first = -1;
        for (int i = 0; i < seen; i++)
        {
            int clipped = fitted.CountClipped(set.X.Row(i));
            values += clipped;
            spectra += clipped > 0 ? 1 : 0;
            first = clipped > 0 && first < 0 ? i : first;
        }

        if (values == 0)
        {
            return null;
        }

        (double lowest, int at) = Lowest(set.X.Row(first));
        string of = seen < set.X.Rows ? $"the first {seen}" : $"{seen}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{chain.Notation}: {values} {(values == 1 ? "value" : "values")} in {spectra} of {of} spectra clipped, first in sample "
            + $"'{set.Manifest.Ids[first]}', whose lowest value is {lowest:G4} at {SpectralAxis.Format(axis.Positions[at])} {axis.UnitSymbol}: "
            + $"{chain.Clips}. Check these spectra, or crop what is dark.");
    }

    private static (double Value, int Variable) Lowest(ReadOnlySpan<double> spectrum)
    {
        int lowest = 0;
        for (int j = 1; j < spectrum.Length; j++)
        {
            lowest = spectrum[j] < spectrum[lowest] ? j : lowest;
        }

        return (spectrum[lowest], lowest);
    }
}
