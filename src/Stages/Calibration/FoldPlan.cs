using Pipeline.Engine.Cache;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration;

/// <summary>The folds of a study as an artifact that all its units share.</summary>
/// <param name="Folds">The folds.</param>
public sealed record FoldPlan(Folds Folds) : IArtifact
{
    /// <inheritdoc/>
    public long SizeBytes => sizeof(int) * (2L * Folds.SampleCount + Folds.Count + 1);
}
