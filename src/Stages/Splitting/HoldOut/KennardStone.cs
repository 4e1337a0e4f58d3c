namespace Pipeline.Stages.Splitting.HoldOut;

/// <summary>Kennard–Stone: calibrates on samples that cover the spectra evenly, and tests on the others.</summary>
/// <remarks>
/// <c>kennard-stone(25 %)</c>. Starts with the two spectra that are farthest apart by Euclidean distance of the raw spectra, and adds
/// the one whose nearest chosen neighbour is farthest, until the calibration has its share; of equals the one of lowest
/// name. Groups count as their mean spectrum. Test samples lie within what the calibration covers, so their error is that of
/// interpolation. Time n²p, memory O(n) besides the spectra: distances are computed on demand.
/// Kennard and Stone (1969), Technometrics 11, 137-148.
/// </remarks>
/// <param name="Share">The share of test samples.</param>
public sealed record KennardStone(HoldOutShare Share) : IHoldOut
{
    /// <inheritdoc/>
    public string Notation => $"kennard-stone({Share})";

    /// <inheritdoc/>
    public string Meaning =>
        "Calibration samples cover the spectra evenly, so test samples lie between them: their error is that of interpolation, and samples "
            + "unlike these may be missed by more.";

    /// <inheritdoc/>
    public bool[] IsTest(HoldOutSamples samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        samples.RefuseUnusual(Notation);
        return SpreadSelection.AfterCalibration(this, Share, samples, SpreadSelection.Order(Distance(samples)));
    }

    /// <summary>The distance of raw spectra.</summary>
    internal static PointDistance Distance(HoldOutSamples samples) => new EuclideanDistance(samples.PointCount, samples.VariableCount, samples.Spectrum);
}
