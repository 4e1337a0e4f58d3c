using Pipeline.Engine.Cache;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Calibration;

/// <summary>Spectra after the sample-wise part of a chain, computed once for all folds and models.</summary>
/// <param name="X">n × p' spectra.</param>
/// <param name="Axis">Their axis.</param>
public sealed record PretreatedSpectra(Matrix X, SpectralAxis Axis) : IArtifact
{
    /// <inheritdoc/>
    public long SizeBytes => X.SizeBytes;
}
