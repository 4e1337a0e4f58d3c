using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Selection;

/// <summary>All variables.</summary>
public sealed class FullSpectrum : ISubset
{
    /// <inheritdoc/>
    public string Notation => "full";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool UsesImportance => false;

    /// <inheritdoc/>
    public int VariablesMax(SpectralAxis axis) => axis.Count;

    /// <inheritdoc/>
    public int[] Select(MatrixView x, MatrixView y, SpectralAxis axis, ReadOnlySpan<double> importance) =>
        [.. Enumerable.Range(0, axis.Count)];
}
