using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Splitting.HoldOut;

namespace Pipeline.Stages.Calibration;

/// <summary>The calibration and test samples that a study has chosen before its search.</summary>
/// <remarks>
/// Chosen from the samples with known response, on their spectra as measured; samples of one declared group, and
/// identical or nearly identical spectra, are on one side. The search sees calibration samples alone: for it the
/// others do not exist.
/// </remarks>
/// <param name="Scheme">How they were chosen.</param>
/// <param name="Ids">The ids of all samples that take part, ordinal.</param>
/// <param name="IsTestSample">For each whether it is a test sample.</param>
public sealed record HoldOutSets(IHoldOut Scheme, ImmutableArray<string> Ids, ImmutableArray<bool> IsTestSample)
{
    private readonly HashSet<string> _test = [.. Ids.Where((_, i) => IsTestSample[i])];

    /// <summary>The sets of a study; null where it chooses none.</summary>
    /// <exception cref="StageException">There are too few samples, or too many to compare.</exception>
    public static HoldOutSets? Of(Study study, SpectralChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        if (StudyMethods.Of(study).HoldOut is not { } scheme)
        {
            return null;
        }

        var all = Participants.Of(study, chunk, takesPart: null);
        GroupedSamples groups = IdenticalSpectra.Groups(all.Ids, all.Declared, chunk.X.SelectRows(all.Samples).View);
        var samples = new HoldOutSamples(chunk.X, all.Samples, all.Y, groups.Groups);
        bool[] isTest = scheme.IsTest(samples);
        int[] points = samples.PointOfSample.ToArray();
        return new HoldOutSets(scheme, all.Ids, [.. points.Select(point => isTest[point])]);
    }

    /// <summary>True for a sample that the search may learn from.</summary>
    public bool IsCalibration(string id) => !_test.Contains(id);

    /// <summary>True for a sample that the search must not see.</summary>
    public bool IsTest(string id) => _test.Contains(id);
}
