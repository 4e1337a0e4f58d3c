using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing.Projections;

/// <summary>External parameter orthogonalisation: the main directions in which replicates differ are taken off.</summary>
/// <remarks>
/// Fitted, and it looks at the references: <c>epo(components)</c>, 1 by default. v_a are the leading directions in which
/// calibration spectra with equal references differ (<see cref="ReplicateVariation"/>: temperature, moisture,
/// packing, instrument, whatever the replicates were measured under); x → x − Σ_a (x·v_a) v_a. Fewer directions are taken where
/// there are fewer. Calibration samples without equal references are refused. Time 4pA for each spectrum.
/// Roger, Chauchard and Bellon-Maurel (2003), Chemometrics and Intelligent Laboratory Systems 66, 191-204; their library of
/// differences is that of the replicates.
/// </remarks>
public sealed record ExternalParameterOrthogonalisation : IPretreatment
{
    /// <summary>The most directions.</summary>
    public const int ComponentsMax = 20;

    /// <summary>With some directions.</summary>
    public ExternalParameterOrthogonalisation(int components = 1)
    {
        if (components is < 1 or > ComponentsMax)
        {
            throw new StageException(
                FailureKind.InvalidData, $"EPO takes off 1 to {ComponentsMax} directions, found {components}. Example: epo(1).");
        }

        Components = components;
    }

    /// <summary>Directions that are taken off.</summary>
    public int Components { get; }

    /// <inheritdoc/>
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"epo({Components})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => false;

    /// <inheritdoc/>
    public Cost EstimateFit(int samples, int variables) => ProjectionCost.Of(samples, variables, Components);

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis) => axis;

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis)
    {
        Matrix directions = ReplicateVariation.Of(x, y, Components, Notation).Loadings;
        return new FittedProjection(new double[axis.Count], directions, directions);
    }

    /// <inheritdoc/>
    public IFittedPretreatment Restore(ImmutableArray<NamedArray> learnt, SpectralAxis axis) => FittedProjection.Restore(learnt, axis);
}
