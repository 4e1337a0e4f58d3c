using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Selection;

/// <summary>The variables that matter most to the fitted full-spectrum model.</summary>
/// <remarks>
/// <c>top(50)</c>. Of equal importances the lower index goes first; NaN counts as least. With fewer variables than
/// asked for all are taken. Time O(p log p).
/// </remarks>
public sealed record TopVariables : ISubset
{
    /// <summary>So many variables, at least one.</summary>
    public TopVariables(int count)
    {
        if (count < 1)
        {
            throw new StageException(
                FailureKind.InvalidData, $"At least 1 variable must be chosen, found {count}. Example: top(50).");
        }

        Count = count;
    }

    /// <summary>Number of variables.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"top({Count})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool UsesImportance => true;

    /// <inheritdoc/>
    public int VariablesMax(SpectralAxis axis) => Math.Min(Count, axis.Count);

    /// <inheritdoc/>
    public int[] Select(MatrixView x, MatrixView y, SpectralAxis axis, ReadOnlySpan<double> importance)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(importance.Length, axis.Count, nameof(importance));
        double[] keys = new double[importance.Length];
        int[] variables = new int[importance.Length];
        for (int j = 0; j < keys.Length; j++)
        {
            keys[j] = double.IsNaN(importance[j]) ? double.NegativeInfinity : importance[j];
            variables[j] = j;
        }

        Array.Sort(variables, (first, second) =>
        {
            int order = keys[second].CompareTo(keys[first]);
            return order != 0 ? order : first.CompareTo(second);
        });
        int[] chosen = variables[..VariablesMax(axis)];
        Array.Sort(chosen);
        return chosen;
    }
}
