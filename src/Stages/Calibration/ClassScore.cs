using Pipeline.Stages.Metrics;

namespace Pipeline.Stages.Calibration;

/// <summary>How well a candidate predicts classes in cross-validation.</summary>
/// <param name="Pooled">Over all out-of-fold predictions together.</param>
/// <param name="Folds">Mean and deviation over folds.</param>
public sealed record ClassScore(ClassMetrics Pooled, ClassFoldMetrics Folds);
