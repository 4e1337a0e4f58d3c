using System.Collections.Immutable;
using Pipeline.Engine.Cache;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra.OnDisk;

namespace Pipeline.Stages.Calibration;

/// <summary>The samples of one study with known response, in the order of their ids.</summary>
/// <param name="Manifest">Who the samples are.</param>
/// <param name="X">n × p spectra; 0 × p where they stay on the disk.</param>
/// <param name="Y">n × 1 responses, all known, or n × C: 1 in the column of a sample's class and 0 elsewhere.</param>
public sealed record CalibrationSet(CalibrationManifest Manifest, Matrix X, Matrix Y) : IArtifact
{
    /// <summary>The chunks that the samples came from; empty where they came as one file.</summary>
    public ImmutableArray<SpectraPiece> Pieces { get; init; } = [];

    /// <summary>The spectra where they lie, for a file that is larger than memory; null where <see cref="X"/> has them.</summary>
    public SpectraOnDisk? OnDisk { get; init; }

    /// <inheritdoc/>
    public long SizeBytes => X.SizeBytes + Y.SizeBytes + (Manifest.SampleCount * 128L);
}
