using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing.Projections;

/// <summary>Generalised least squares weighting: directions in which replicates differ count the less the more they do.</summary>
/// <remarks>
/// Fitted, and it looks at the references: <c>glsw(α)</c>, α = 0.01 by default. With v_a the directions in which calibration
/// spectra with equal references differ (<see cref="ReplicateVariation"/>) and λ_a their variances, falling,
/// x → x − Σ_a (1 − g_a) (x·v_a) v_a with g_a = 1 / √(λ_a / (α λ_1) + 1): the inverse root of their covariance plus α λ_1,
/// scaled so that directions without such variation stay. α is relative to the largest variance, so that it has no unit: at 0.01 the
/// first direction keeps a tenth. The 200 largest directions are weighted. Calibration samples without equal references are
/// refused. Time n·p·min(n, p) for each fit, 4pA for each spectrum.
/// Martens, Høy, Wise, Bro and Brockhoff (2003), J. Chemometrics 17, 153-165.
/// </remarks>
public sealed record LeastSquaresWeighting : IPretreatment
{
    /// <summary>The usual α.</summary>
    public const double UsualAlpha = 0.01;

    private const int DirectionsMax = 200;
    private const double AlphaMin = 1e-6;
    private const double AlphaMax = 1e3;

    /// <summary>With an α from 10⁻⁶ to 1000.</summary>
    public LeastSquaresWeighting(double alpha = UsualAlpha)
    {
        Alpha = alpha is >= AlphaMin and <= AlphaMax
            ? alpha
            : throw new StageException(
                FailureKind.InvalidData,
                $"GLSW takes an alpha from 0.000001 to 1000, found {PretreatmentNotation.Format(alpha)}. Example: glsw(0.01).");
    }

    /// <summary>The variance that halves the square of a direction, relative to the largest one.</summary>
    public double Alpha { get; }

    /// <inheritdoc/>
    public string Notation => $"glsw({PretreatmentNotation.Format(Alpha)})";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => false;

    /// <inheritdoc/>
    public Cost EstimateFit(int samples, int variables) => ProjectionCost.Of(samples, variables, DirectionsMax);

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis) => axis;

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis)
    {
        PrincipalComponents variation = ReplicateVariation.Of(x, y, DirectionsMax, Notation);
        Matrix taken = variation.Loadings.View.ToMatrix();
        for (int a = 0; a < taken.Rows; a++)
        {
            double kept = 1 / Math.Sqrt((variation.Variances[a] / (Alpha * variation.Variances[0])) + 1);
            Products.Scale(1 - kept, taken.Row(a));
        }

        return new FittedProjection(new double[axis.Count], variation.Loadings, taken);
    }

    /// <inheritdoc/>
    public IFittedPretreatment Restore(ImmutableArray<NamedArray> learnt, SpectralAxis axis) => FittedProjection.Restore(learnt, axis);
}
