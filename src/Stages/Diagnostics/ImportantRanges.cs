using System.Collections.Immutable;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Diagnostics;

/// <summary>A range of neighbouring variables that matter to a model.</summary>
/// <param name="Range">The positions of its first and last variable.</param>
/// <param name="VariableCount">Number of variables in it.</param>
/// <param name="Share">Its part of the importance of all variables, 0 to 1.</param>
public sealed record ImportantRange(AxisRange Range, int VariableCount, double Share);

/// <summary>Finds the ranges of a spectrum that matter most to a model.</summary>
public static class ImportantRanges
{
    /// <summary>Neighbouring variables whose importance reaches a threshold, the greatest shares first. Time O(p).</summary>
    /// <param name="axis">The axis of the pretreated spectra.</param>
    /// <param name="variables">The variables that the model sees, ascending.</param>
    /// <param name="importance">The importance of each of these, at least 0.</param>
    /// <param name="threshold">The importance from which a variable counts.</param>
    /// <returns>Nothing where no variable matters.</returns>
    public static ImmutableArray<ImportantRange> Of(
        SpectralAxis axis, ReadOnlySpan<int> variables, ReadOnlySpan<double> importance, double threshold)
    {
        ArgumentNullException.ThrowIfNull(axis);
        ArgumentOutOfRangeException.ThrowIfNotEqual(importance.Length, variables.Length, nameof(importance));
        double total = 0;
        foreach (double one in importance)
        {
            total += one;
        }

        if (!(total > 0) || !double.IsFinite(total))
        {
            return [];
        }

        var ranges = new List<ImportantRange>();
        int end;
        for (int start = 0; start < variables.Length; start = end)
        {
            end = start + 1;
            if (importance[start] < threshold)
            {
                continue;
            }

            double sum = importance[start];
            while (end < variables.Length && variables[end] == variables[end - 1] + 1 && importance[end] >= threshold)
            {
                sum += importance[end++];
            }

            double first = axis.Positions[variables[start]];
            double last = axis.Positions[variables[end - 1]];
            ranges.Add(new ImportantRange(new AxisRange(Math.Min(first, last), Math.Max(first, last)), end - start, sum / total));
        }

        return [.. ranges.OrderByDescending(range => range.Share).ThenBy(range => range.Range.From)];
    }
}
