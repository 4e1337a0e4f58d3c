using System.Collections.Immutable;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration;

/// <summary>Samples that the search never sees and that are predicted once, at its end.</summary>
/// <param name="Ids">Sample ids in ordinal order.</param>
/// <param name="X">n × p spectra as measured.</param>
/// <param name="Reference">Their reference values; of classes, the place among the calibration's.</param>
/// <param name="Known">
/// Test samples that the calibration knows in disguise, with the calibration sample: the same spectrum, exactly or nearly, or the
/// same declared group. Their predictions are too good.
/// </param>
public sealed record TestSet(
    ImmutableArray<string> Ids, Matrix X, double[] Reference, ImmutableArray<(string Test, string Calibration)> Known)
{
    /// <summary>Binds the test samples with known response; null where there is none.</summary>
    public static TestSet? Bind(Study study, SpectralChunk chunk, CalibrationSet calibration, Func<string, bool> isTest)
    {
        BoundResponse response = BoundResponse.Of(study, chunk).With(calibration.Manifest.Classes);
        int[] samples = StudyBinding.Samples(chunk, response, isTest);
        if (samples.Length == 0)
        {
            return null;
        }

        response.RefuseUnknownClass(chunk.Ids, samples);
        ImmutableArray<string> ids = [.. samples.Select(i => chunk.Ids[i])];
        Matrix x = chunk.X.SelectRows(samples);
        var known = new SortedDictionary<string, string>(StringComparer.Ordinal);
        AddIdentical(known, ids, x, calibration);
        if (study.Group is { } column)
        {
            AddGrouped(known, chunk, column, samples, calibration);
        }

        return new TestSet(
            ids, x, [.. samples.Select(i => response.Values[i])], [.. known.Select(pair => (pair.Key, pair.Value))]);
    }

    /// <summary>The samples that the calibration does not know.</summary>
    public int[] Unknown() => [.. Enumerable.Range(0, Ids.Length).Where(i => !Known.Any(pair => pair.Test == Ids[i]))];

    private static void AddIdentical(
        SortedDictionary<string, string> known, ImmutableArray<string> ids, Matrix x, CalibrationSet calibration)
    {
        int n = calibration.X.Rows;
        var both = new Matrix(n + x.Rows, x.Columns);
        calibration.X.Values.CopyTo(both.Values);
        x.Values.CopyTo(both.Values[(n * x.Columns)..]);
        foreach (ImmutableArray<int> twins in IdenticalSpectra.FindAlike(both.View))
        {
            int inside = twins.FirstOrDefault(i => i < n, -1);
            foreach (int outside in inside < 0 ? [] : twins.Where(i => i >= n))
            {
                known[ids[outside - n]] = calibration.Manifest.Ids[inside];
            }
        }
    }

    private static void AddGrouped(
        SortedDictionary<string, string> known, SpectralChunk chunk, string column, int[] samples, CalibrationSet calibration)
    {
        HashSet<string> inside = [.. calibration.Manifest.Ids];
        int[] calibrating = [.. Enumerable.Range(0, chunk.SampleCount).Where(i => inside.Contains(chunk.Ids[i]))];
        var sampleOfGroup = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((int i, string label) in calibrating.Zip(StudyBinding.Labels(chunk, column, calibrating)))
        {
            sampleOfGroup.TryAdd(label, chunk.Ids[i]);
        }

        foreach ((int i, string label) in samples.Zip(StudyBinding.Labels(chunk, column, samples)))
        {
            if (label.Length > 0 && sampleOfGroup.TryGetValue(label, out string? calibrated))
            {
                known.TryAdd(chunk.Ids[i], calibrated);
            }
        }
    }
}
