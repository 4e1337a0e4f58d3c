namespace Pipeline.Stages.Preprocessing;

/// <summary>The pairs of neighbouring steps that are exactly one step, each with its reason.</summary>
/// <remarks>
/// Only what holds for every spectrum is listed. Not listed, because it fails somewhere: <c>msc + snv</c> = <c>snv</c>
/// (a negative slope turns the spectrum over), <c>msc + msc</c> = <c>msc</c> (the mean of corrected spectra is another
/// reference), <c>snv + centre</c> in any order.
/// </remarks>
internal static class ChainIdentities
{
    /// <summary>The one step that does what two neighbours do, or null.</summary>
    public static IPretreatment? Merge(IPretreatment first, IPretreatment second) => (first, second) switch
    {
        // SNV forgets level and scale of a row, whatever they were set to before.
        (StandardNormalVariate, StandardNormalVariate) => second,
        (Detrend { Degree: 0 }, StandardNormalVariate) => second,

        // An orthogonal projection follows one onto a part of the same space.
        (Detrend one, Detrend other) => one.Degree >= other.Degree ? one : other,

        // A polynomial of lower degree than the derivative's order is reproduced by the window and derived to nothing.
        (Detrend trend, SavitzkyGolay window) when trend.Degree < window.Derivative => second,

        // Column means and deviations are learnt from what the step before leaves, and undo it.
        (MeanCentre, MeanCentre) => second,
        (MeanCentre, Autoscale) => second,
        (Autoscale, Autoscale) => first,
        (Autoscale, MeanCentre) => first,
        _ => null,
    };
}
