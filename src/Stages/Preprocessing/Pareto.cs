using System.Collections.Immutable;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Pareto scaling: each variable minus its calibration mean, divided by the root of its calibration standard deviation.</summary>
/// <remarks>
/// Fitted: x_ij → (x_ij − mean_j) / √sd_j with divisor n − 1 in the variance: between centring and autoscaling. A
/// standard deviation of exactly 0, which a single calibration row also has, counts as 1. Time O(np), memory 2p doubles.
/// van den Berg, Hoefsloot, Westerhuis, Smilde and van der Werf (2006), BMC Genomics 7, 142.
/// </remarks>
public sealed record Pareto : IPretreatment
{
    private const string ScalesName = "inverse_root_deviations";

    /// <inheritdoc/>
    public string Notation => "pareto";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => false;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis) => axis;

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis)
    {
        double[] means = ColumnMoments.Means(x);
        double[] scales = Autoscale.Scales(x, means);
        foreach (ref double scale in scales.AsSpan())
        {
            scale = Math.Sqrt(scale);
        }

        return new FittedScaling(means, scales, ScalesName);
    }

    /// <inheritdoc/>
    public IFittedPretreatment Restore(ImmutableArray<NamedArray> learnt, SpectralAxis axis) =>
        FittedScaling.Restore(learnt, axis, ScalesName);
}
