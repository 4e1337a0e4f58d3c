using System.Collections.Immutable;

namespace Pipeline.Stages.Prediction;

/// <summary>Whether a prediction may be used.</summary>
public enum Verdict
{
    /// <summary>The spectrum is like those of the calibration.</summary>
    Ok,

    /// <summary>The spectrum or the value is at the edge of the calibration; look before use.</summary>
    Warn,

    /// <summary>The spectrum is not of the calibration's kind; the value is shown but invalid.</summary>
    Reject,
}

/// <summary>What is known of one predicted spectrum.</summary>
/// <param name="Id">The sample's id.</param>
/// <param name="Value">The predicted value; of a class, its place among the model's.</param>
/// <param name="Lower">Lower end of the interval; -∞ where the calibration cannot tell; NaN for a class.</param>
/// <param name="Upper">Upper end of the interval.</param>
/// <param name="Distance">T², Q and leverage.</param>
/// <param name="Flag">Whether the value may be used.</param>
/// <param name="Reasons">Why not, in words; empty for <see cref="Verdict.Ok"/>.</param>
public sealed record PredictionRow(
    string Id,
    double Value,
    double Lower,
    double Upper,
    ScoreDistance Distance,
    Verdict Flag,
    ImmutableArray<Reason> Reasons)
{
    /// <summary>The likeliest class; null for a number.</summary>
    public string? Class { get; init; }

    /// <summary>The probability of each class, in the order of the model's; empty for a number.</summary>
    public ImmutableArray<double> Probabilities { get; init; } = [];
}

/// <summary>One reason against a prediction.</summary>
/// <param name="Check">Which check it is, the same text for every sample: <c>Q residual</c>, <c>T²</c>, …</param>
/// <param name="Flag">How grave it is.</param>
/// <param name="Text">For the person at the bench.</param>
public sealed record Reason(string Check, Verdict Flag, string Text);
