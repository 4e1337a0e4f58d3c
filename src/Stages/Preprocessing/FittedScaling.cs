using System.Collections.Immutable;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Variables less their means, times a factor of each.</summary>
/// <param name="means">What is taken off each variable.</param>
/// <param name="scales">What each is multiplied with then.</param>
/// <param name="scalesName">The name under which the factors are saved.</param>
internal sealed class FittedScaling(double[] means, double[] scales, string scalesName) : FittedRowByRow(means.Length, means.Length)
{
    private const string MeansName = "means";

    /// <inheritdoc/>
    public override ImmutableArray<NamedArray> Learnt =>
        [NamedArray.Of(MeansName, [.. means]), NamedArray.Of(scalesName, [.. scales])];

    /// <summary>From saved numbers.</summary>
    public static FittedScaling Restore(ImmutableArray<NamedArray> learnt, SpectralAxis axis, string scalesName) => new(
        SavedNumbers.Of(learnt, MeansName, axis.Count), SavedNumbers.Of(learnt, scalesName, axis.Count), scalesName);

    /// <inheritdoc/>
    protected override void Treat(ReadOnlySpan<double> x, Span<double> target) => RowKernels.ShiftAndScale(x, means, scales, target);
}
