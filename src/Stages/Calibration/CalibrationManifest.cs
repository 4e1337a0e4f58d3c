using System.Collections.Immutable;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration;

/// <summary>Everything about the samples of a study but their numbers: enough to plan with.</summary>
/// <param name="Key">Digest of ids, axis, spectra, responses and groups; the same for any order of rows in the file.</param>
/// <param name="SpectraKey">Digest of ids, axis and spectra alone, so that studies of other responses share pretreated spectra.</param>
/// <param name="Response">The response's name.</param>
/// <param name="Axis">The axis.</param>
/// <param name="Ids">Sample ids in ordinal order, the order of all rows from here on.</param>
/// <param name="Groups">The group of every sample, named by the smallest id of its twins, or by what was declared.</param>
/// <param name="FoldLabels">Given fold of every sample, or empty.</param>
public sealed record CalibrationManifest(
    Fingerprint Key,
    Fingerprint SpectraKey,
    string Response,
    SpectralAxis Axis,
    ImmutableArray<string> Ids,
    SampleGroups Groups,
    ImmutableArray<string> FoldLabels)
{
    /// <summary>The classes of the response, in the order of the columns of y; empty where the response is a number.</summary>
    public ImmutableArray<string> Classes { get; init; } = [];

    /// <summary>
    /// The class of every sample, by its place among <see cref="Classes"/>; of a number the response itself where folds are
    /// stratified by it, else empty.
    /// </summary>
    public ImmutableArray<double> Strata { get; init; } = [];

    /// <summary>The place of every sample in the order that the folds go by; empty where that is the order of ids, or none.</summary>
    public ImmutableArray<double> Places { get; init; } = [];

    /// <summary>Distinct values of a response that is a number; 0 for classes.</summary>
    public int DistinctCount { get; init; }

    /// <summary>Values that are predicted for a sample: 1, or one for each class.</summary>
    public int OutputCount => Math.Max(1, Classes.Length);

    /// <summary>Number of samples, n.</summary>
    public int SampleCount => Ids.Length;

    /// <summary>Number of distinct groups.</summary>
    public int GroupCount => Groups.GroupCount;
}
