using Pipeline.Stages.Preprocessing.Baselines;

namespace Pipeline.Stages.Preprocessing;

/// <summary>The pairs of neighbouring steps that are exactly one step, each with its reason.</summary>
/// <remarks>
/// Only what holds for every spectrum is listed. Not listed, because it fails somewhere: <c>msc + snv</c> = <c>snv</c>
/// (a negative slope turns the spectrum over), <c>msc + msc</c> = <c>msc</c> (the mean of corrected spectra is another
/// reference), <c>snv + centre</c> in any order, <c>rnv + snv</c> = <c>snv</c> (a spectrum flat below the percentile becomes zeros),
/// <c>epo(1) + epo(1)</c> = <c>epo(2)</c> (where one direction is all there is, the second is rounding).
/// </remarks>
internal static class ChainIdentities
{
    /// <summary>The one step that does what two neighbours do, or null.</summary>
    public static IPretreatment? Merge(IPretreatment first, IPretreatment second) => (first, second) switch
    {
        // SNV forgets level and scale of a row, whatever they were set to before.
        (StandardNormalVariate, StandardNormalVariate) => second,
        (Detrend { Degree: 0 } or Normalisation, StandardNormalVariate) => second,

        // So does RNV, and what forgets scale alone forgets that a positive number divided it.
        (StandardNormalVariate or Detrend { Degree: 0 } or Normalisation, RobustNormalVariate) => second,
        (RobustNormalVariate one, RobustNormalVariate other) when one == other => second,
        (Normalisation, Normalisation or ContinuumRemoval) => second,

        // An orthogonal projection follows one onto a part of the same space.
        (Detrend one, Detrend other) => one.Degree >= other.Degree ? one : other,

        // A polynomial of lower degree than the derivative's order is reproduced by the window and derived to nothing.
        (Detrend trend, SavitzkyGolay window) when trend.Degree < window.Derivative => second,

        // So are gap-segment derivatives of it nothing; and second differences of a line cost a baseline nothing.
        (Detrend trend, GapSegmentDerivative gap) when trend.Degree < gap.Derivative => second,
        (Detrend { Degree: <= 1 }, AsymmetricLeastSquares or ReweightedLeastSquares) => second,

        // What is done already is not done again: spectra touch the hull, parts meet, positions are the asked ones.
        (ContinuumRemoval, ContinuumRemoval) => first,
        (SpliceCorrection one, SpliceCorrection other) when one == other => first,
        (Interpolation one, Interpolation other) when one == other => first,
        (Crop one, Crop other) when one.Contains(other) => second,

        // Column means and deviations are learnt from what the step before leaves, and undo it.
        (MeanCentre, MeanCentre) => second,
        (MeanCentre, Autoscale) => second,
        (Autoscale, Autoscale) => first,
        (Autoscale, MeanCentre) => first,
        (MeanCentre, Pareto) => second,
        (Pareto, MeanCentre) => first,
        (Pareto, Autoscale) => second,
        (Autoscale, Pareto) => first,
        _ => null,
    };
}
