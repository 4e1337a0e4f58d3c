using System.Collections.Immutable;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Diagnostics;
using Pipeline.Stages.Models;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Results.Report;

/// <summary>The variables that a fitted candidate sees, and how much each matters to it.</summary>
/// <param name="Axis">The axis of the pretreated spectra.</param>
/// <param name="Places">The variables on it, ascending.</param>
/// <param name="Importance">The importance of each.</param>
/// <param name="Measure">By what measure.</param>
/// <param name="Coefficients">The coefficient of each; empty for a model that is no line.</param>
/// <param name="Ranges">The ranges that matter, the greatest share first.</param>
internal sealed record SeenVariables(
    SpectralAxis Axis,
    ImmutableArray<int> Places,
    double[] Importance,
    ImportanceMeasure Measure,
    double[] Coefficients,
    ImmutableArray<ImportantRange> Ranges)
{
    /// <summary>The variables of a candidate.</summary>
    public static SeenVariables Of(Candidate candidate, FittedCandidate fitted, SpectralAxis measured)
    {
        SpectralAxis axis = candidate.Chain.OutputAxis(measured);
        ImmutableArray<int> places = fitted.Variables;
        double[] importance = new double[places.Length];
        fitted.Model.CopyImportance(importance);
        var measure = ImportanceMeasure.Of(candidate.Family, fitted.Model);
        return new SeenVariables(
            axis,
            places,
            importance,
            measure,
            fitted.Model is ILinearModel line ? line.Coefficients.ToArray() : [],
            ImportantRanges.Of(axis, places.AsSpan(), importance, measure.Threshold(importance)));
    }
}
