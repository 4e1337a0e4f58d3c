using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>The Kubelka–Munk function of diffuse reflectance: absorption over scattering of an infinitely thick layer.</summary>
/// <remarks>
/// x_j → (1 − R)² / (2R) with R = max(R_j, 10⁻⁶) and R_j = x_j, after <c>km(percent)</c> R_j = x_j / 100. Values that are
/// clipped are counted as those of <see cref="Absorbance"/> are. Reflectance above 1, which references of less than full
/// reflectance give, is taken as it stands. Time O(np), no memory.
/// Kubelka and Munk (1931), Zeitschrift für technische Physik 12, 593-601.
/// </remarks>
/// <param name="IsPercent">Whether spectra are in percent, not a fraction of 1.</param>
public sealed record KubelkaMunk(bool IsPercent = false) : IPretreatment
{
    /// <inheritdoc/>
    public string Notation => Reflectance.Notation("km", IsPercent);

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
            foreach (ref double value in target)
            {
                double absorbed = 1 - value;
                value = absorbed * absorbed / (2 * value);
            }
        }
    }
}
