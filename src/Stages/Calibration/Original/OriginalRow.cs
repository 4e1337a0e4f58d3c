using System.Collections.Immutable;

namespace Pipeline.Stages.Calibration.Original;

/// <summary>One row of the original's table.</summary>
/// <param name="Model">The original's name of the model.</param>
/// <param name="Setting">The model's setting as we write it.</param>
/// <param name="Pretreatment">The original's name of the pretreatment.</param>
/// <param name="Derivative">Order of the derivative, or null.</param>
/// <param name="Window">Points of the filter, or null.</param>
/// <param name="Polynomial">Degree of its polynomial, or null.</param>
/// <param name="Components">Latent variables, or null.</param>
/// <param name="Subset">Such as <c>full</c>, <c>top50</c>, <c>region_900-950nm</c>.</param>
/// <param name="Variables">The variables by index, in the order in which the model sees them.</param>
/// <param name="FullVariableCount">Variables of the whole spectrum.</param>
/// <param name="TopVariables">Up to 30 variables by index, by importance to a fit on all samples; empty where it failed.</param>
/// <param name="Rmse">Mean over folds of the root mean squared error; NaN for a row that failed.</param>
/// <param name="R2">Mean over folds of R².</param>
/// <param name="Failure">Why there are no figures, or null.</param>
public sealed record OriginalRow(
    string Model,
    string Setting,
    string Pretreatment,
    int? Derivative,
    int? Window,
    int? Polynomial,
    int? Components,
    string Subset,
    ImmutableArray<int> Variables,
    int FullVariableCount,
    ImmutableArray<int> TopVariables,
    double Rmse,
    double R2,
    string? Failure)
{
    /// <summary>Performance and complexity in one figure, smaller is better; set by <see cref="OriginalRanking"/>.</summary>
    public double Composite { get; init; } = double.NaN;

    /// <summary>1-based rank by <see cref="Composite"/>, equal ones with the smallest; 0 for a row that failed.</summary>
    public int Rank { get; init; }
}
