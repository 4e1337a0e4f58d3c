using System.Collections.Immutable;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Prediction;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Prediction;

/// <summary>Which of the chosen candidates of a search is saved.</summary>
public enum ModelChoice
{
    /// <summary>The best by what the study ranks by.</summary>
    Winner,

    /// <summary>The simplest setting of the winner's chain, variables and model within one standard error.</summary>
    Simplest,
}

/// <summary>One prediction as asked for by a person.</summary>
public sealed record PredictRequest
{
    /// <summary>Path of the spectra file.</summary>
    public required string DataPath { get; init; }

    /// <summary>The folder of the saved model.</summary>
    public required string ModelPath { get; init; }

    /// <summary>How to read the file where guessing is not wanted.</summary>
    public WideCsvOptions Reading { get; init; } = new();

    /// <summary>The share of samples outside their interval.</summary>
    public double Alpha { get; init; } = ConformalInterval.AlphaDefault;
}

/// <summary>Predicted spectra.</summary>
/// <param name="Request">What was asked.</param>
/// <param name="Model">The model.</param>
/// <param name="ModelName">The model's name in results: response and start of its candidate's key.</param>
/// <param name="Report">What the reader found and guessed.</param>
/// <param name="Rows">One row per spectrum, in the order of the file.</param>
/// <param name="HalfWidth">Half-width of the intervals; +∞ where the calibration cannot tell, NaN for classes.</param>
/// <param name="Check">Comparison with the references of the file, or null where it has none.</param>
public sealed record PredictResult(
    PredictRequest Request,
    SavedModel Model,
    string ModelName,
    ReadingReport Report,
    ImmutableArray<PredictionRow> Rows,
    double HalfWidth,
    ReferenceCheck? Check)
{
    /// <summary>Comparison of classes with those of the file; null for numbers, and where the file has none that the model knows.</summary>
    public ClassMetrics? ClassCheck { get; init; }
}

/// <summary>Predictions beside references.</summary>
/// <param name="Metrics">Over all samples with a reference.</param>
/// <param name="Covered">How many references lie in their interval.</param>
/// <param name="OkCount">How many of them are flagged ok.</param>
/// <param name="OkCovered">How many of those lie in their interval.</param>
public sealed record ReferenceCheck(RegressionMetrics Metrics, int Covered, int OkCount, int OkCovered);
