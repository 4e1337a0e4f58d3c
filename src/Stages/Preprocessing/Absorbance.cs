using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Absorbance: the decadic logarithm of 1 / R, with R the reflectance or transmittance.</summary>
/// <remarks>
/// x_j → −log₁₀ max(R_j, 10⁻⁶) with R_j = x_j, after <c>absorbance(percent)</c> R_j = x_j / 100. Values that are clipped, as
/// those of dark or noisy ends are, are counted (<see cref="IFittedPretreatment.CountClipped"/>) and the search tells.
/// Time O(np), no memory. Of reflectance it is proportional to concentration only roughly.
/// </remarks>
/// <param name="IsPercent">Whether spectra are in percent, not a fraction of 1.</param>
public sealed record Absorbance(bool IsPercent = false) : IPretreatment
{
    /// <inheritdoc/>
    public string Notation => Reflectance.Notation("absorbance", IsPercent);

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => true;

    /// <inheritdoc/>
    public string? Clips => Reflectance.Clips;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis) => axis;

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis) => new Fitted(axis.Count, IsPercent);

    private sealed class Fitted(int columns, bool isPercent) : FittedRowByRow(columns, columns)
    {
        public override int CountClipped(ReadOnlySpan<double> spectrum) => Reflectance.CountBelow(spectrum, isPercent);

        protected override void Treat(ReadOnlySpan<double> x, Span<double> target)
        {
            Reflectance.Read(x, isPercent, target);
            DecadicLogarithm.Minus(target, target);
        }
    }
}
