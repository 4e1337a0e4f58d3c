using System.ComponentModel;

namespace Pipeline.Host.Http.Tables;

/// <summary>The predictions of a study, in a list.</summary>
internal sealed record StudyPredictionsView(
    [property: Description("The study's name.")] string Study,
    [property: Description("The dataset whose samples without reference are predicted.")] string Dataset,
    [property: Description("True where there is a model, to which spectra can be sent.")] bool HasModel,
    [property: Description("True where there are predictions of samples of the dataset.")] bool HasPredictions);

/// <summary>Predicted samples.</summary>
internal sealed record PredictionsView(
    [property: Description("The study whose model it was.")] string Study,
    [property: Description("One for each sample.")] IEnumerable<PredictedView> Samples);

/// <summary>A predicted sample.</summary>
internal sealed record PredictedView(
    [property: Description("The sample's id.")] string SampleId,
    [property: Description("The predicted value; null for classes.")] double? Value,
    [property: Description("Lower end of the interval; null where the calibration cannot tell.")] double? Lower,
    [property: Description("Upper end of the interval.")] double? Upper,
    [property: Description("Hotelling's T².")] double? T2,
    [property: Description("Q residual.")] double? Q,
    [property: Description("Leverage.")] double? Leverage,
    [property: Description("ok, warn or reject.")] string Flag,
    [property: Description("Why not ok; empty otherwise.")] string Reasons,
    [property: Description("First digits of the key of the model's samples.")] string Model,
    [property: Description("The likeliest class; null for numbers.")] string? Class,
    [property: Description("The probability of each class; null for numbers.")] IReadOnlyList<PredictedProbabilityView>? Probabilities);

/// <summary>The probability of a class.</summary>
internal sealed record PredictedProbabilityView(
    [property: Description("The class.")] string Class,
    [property: Description("Its probability, 0 to 1.")] double? Probability);
