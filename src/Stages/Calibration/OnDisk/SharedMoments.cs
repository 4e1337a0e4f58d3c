using Pipeline.Engine.Cache;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Calibration.OnDisk;

/// <summary>The moments of one chain's spectra in every fold, as an artifact that all families of the chain share.</summary>
/// <param name="Folds">The moments.</param>
/// <param name="Axis">The axis of their variables.</param>
public sealed record SharedMoments(FoldMoments Folds, SpectralAxis Axis) : IArtifact
{
    /// <inheritdoc/>
    public long SizeBytes => Folds.Count * Moments.SizeBytes(Axis.Count, 1);

    /// <summary>The moments of all samples.</summary>
    public Moments Whole()
    {
        Moments all = Folds.Fold(0);
        for (int k = 1; k < Folds.Count; k++)
        {
            all = Moments.Merge(all, Folds.Fold(k));
        }

        return all;
    }
}
