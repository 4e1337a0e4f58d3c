namespace Pipeline.Stages.Splitting.HoldOut;

/// <summary>SPXY: as Kennard–Stone, by the joint distance of spectra and responses.</summary>
/// <remarks>
/// <c>spxy(25 %)</c>. The distance is that of the raw spectra divided by the largest there is, plus that of the responses
/// divided by theirs, so both count the same; classes are indicators. The response of test samples takes part in the
/// choice, not in the search. Time and memory as <see cref="KennardStone"/>.
/// Galvão, Araujo, José, Pontes, Silva and Saldanha (2005), Talanta 67, 736-740.
/// </remarks>
/// <param name="Share">The share of test samples.</param>
public sealed record Spxy(HoldOutShare Share) : IHoldOut
{
    /// <inheritdoc/>
    public string Notation => $"spxy({Share})";

    /// <inheritdoc/>
    public string Meaning =>
        "Calibration samples cover spectra and response evenly, so test samples lie between them: their error is that of interpolation, and "
            + "samples unlike these may be missed by more.";

    /// <inheritdoc/>
    public bool[] IsTest(HoldOutSamples samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        samples.RefuseUnusual(Notation);
        return SpreadSelection.AfterCalibration(this, Share, samples, SpreadSelection.Order(Distance(samples)));
    }

    /// <summary>The joint distance.</summary>
    internal static PointDistance Distance(HoldOutSamples samples) => new JointDistance(
        KennardStone.Distance(samples), new EuclideanDistance(samples.PointCount, samples.Response(0).Length, samples.Response));
}
