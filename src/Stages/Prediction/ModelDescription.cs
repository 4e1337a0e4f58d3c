using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Pipeline.Stages.Prediction;

/// <summary>The texts and single numbers of a saved model; its arrays stand apart.</summary>
public sealed record ModelDescription
{
    /// <summary>The response's name.</summary>
    public required string Response { get; init; }

    /// <summary>The classes that are told apart, in the order of the probabilities; null for a model of numbers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<string>? Classes { get; init; }

    /// <summary>The smallest reference value of the calibration samples; null for classes.</summary>
    public required double? ResponseMin { get; init; }

    /// <summary>The largest reference value of the calibration samples; null for classes.</summary>
    public required double? ResponseMax { get; init; }

    /// <summary>The unit of the axis: nm, cm-1 or channel.</summary>
    public required string AxisUnit { get; init; }

    /// <summary>The pretreatment of the full spectrum, in the field's notation.</summary>
    public required string Pretreatment { get; init; }

    /// <summary>The versions of its steps together; numbers of another version would differ.</summary>
    public required int PretreatmentVersion { get; init; }

    /// <summary>The choice of variables, in notation.</summary>
    public required string Subset { get; init; }

    /// <summary>The chosen variables as ranges with their unit.</summary>
    public required string Variables { get; init; }

    /// <summary>The model's family, such as <c>pls</c>.</summary>
    public required string Model { get; init; }

    /// <summary>The model's setting as people write it.</summary>
    public required string Setting { get; init; }

    /// <summary>ŷ = intercept + Σ coefficient × pretreated value of the chosen variables; null for a model that is no line.</summary>
    public required double? Intercept { get; init; }

    /// <summary>Calibration samples, n.</summary>
    public required int SampleCount { get; init; }

    /// <summary>Groups among them, each of which counts once for the interval.</summary>
    public required int GroupCount { get; init; }

    /// <summary>Error on the calibration samples themselves; null for classes.</summary>
    public required double? Rmsec { get; init; }

    /// <summary>Error on held-out samples; null for classes.</summary>
    public required double? Rmsecv { get; init; }

    /// <summary>Of classes, the balanced accuracy on the calibration samples themselves.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? BalancedAccuracyOfCalibration { get; init; }

    /// <summary>Of classes, the balanced accuracy on held-out samples.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? BalancedAccuracy { get; init; }

    /// <summary>Of classes, the accuracy on held-out samples.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Accuracy { get; init; }

    /// <summary>Of classes, the log loss on held-out samples.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LogLoss { get; init; }

    /// <summary>The share of samples outside the usual interval.</summary>
    public required double Alpha { get; init; }

    /// <summary>Half-width of the usual interval; null where the samples are too few.</summary>
    public required double? HalfWidth { get; init; }

    /// <summary>Scores of the space in which spectra are judged, A.</summary>
    public required int ScoreCount { get; init; }

    /// <summary>T² at 95 %; null for no limit.</summary>
    public required double? T2Warn { get; init; }

    /// <summary>T² at 99 %; null for no limit.</summary>
    public required double? T2Reject { get; init; }

    /// <summary>Q at 95 %; null for no limit.</summary>
    public required double? QWarn { get; init; }

    /// <summary>Q at 99 %; null for no limit.</summary>
    public required double? QReject { get; init; }

    /// <summary>3A/n; null for no limit.</summary>
    public required double? LeverageWarn { get; init; }

    /// <summary>Key of the candidate: its work on its samples and folds.</summary>
    public required string CandidateKey { get; init; }

    /// <summary>Key of the calibration samples: ids, axis, spectra, references and groups.</summary>
    public required string SamplesKey { get; init; }

    /// <summary>The study that was searched, as JSON.</summary>
    public required string Study { get; init; }

    /// <summary>The version of the program that made the model.</summary>
    public required string Program { get; init; }
}
