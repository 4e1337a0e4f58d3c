using System.Collections.Immutable;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Autoscaling: each variable minus its calibration mean, divided by its calibration standard deviation.</summary>
/// <remarks>
/// Fitted: x_ij → (x_ij − mean_j) / sd_j with divisor n − 1. A standard deviation of exactly 0, which a single
/// calibration row also has, counts as 1, so such a variable is centred only. Time O(np), memory 2p doubles.
/// Bro and Smilde (2003), J. Chemometrics 17, 16-33.
/// </remarks>
public sealed record Autoscale : IPretreatment
{
    private const string ScalesName = "inverse_deviations";

    /// <inheritdoc/>
    public string Notation => "autoscale";

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
        return new FittedScaling(means, Scales(x, means), ScalesName);
    }

    /// <inheritdoc/>
    public IFittedPretreatment Restore(ImmutableArray<NamedArray> learnt, SpectralAxis axis) =>
        FittedScaling.Restore(learnt, axis, ScalesName);

    /// <summary>What each variable is multiplied with: the inverse of its deviation, 1 where there is none.</summary>
    internal static double[] Scales(MatrixView x, ReadOnlySpan<double> means)
    {
        double[] scales = ColumnMoments.StandardDeviations(x, means);
        for (int j = 0; j < scales.Length; j++)
        {
            scales[j] = scales[j] == 0 ? 1 : 1 / scales[j];
        }

        return scales;
    }
}
