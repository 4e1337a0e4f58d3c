using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration;

/// <summary>The samples of a study with all that their columns say, in the order of ids.</summary>
/// <param name="Study">The study, which says by now whether it is about classes.</param>
/// <param name="Response">The response.</param>
/// <param name="Axis">The axis of the spectra.</param>
/// <param name="Samples">The row of every sample.</param>
/// <param name="Ids">The id of every sample.</param>
/// <param name="Y">n × 1 responses, all known, or n × C indicators of classes.</param>
/// <param name="Declared">The declared group of every sample, or null.</param>
/// <param name="FoldLabels">The given fold of every sample, or empty.</param>
internal sealed record Participants(
    Study Study,
    BoundResponse Response,
    SpectralAxis Axis,
    int[] Samples,
    ImmutableArray<string> Ids,
    Matrix Y,
    ImmutableArray<string?>? Declared,
    ImmutableArray<string> FoldLabels)
{
    /// <summary>The methods that the study names.</summary>
    public required StudyMethods Methods { get; init; }

    /// <summary>The place of every sample in the order that the folds go by, or empty.</summary>
    public ImmutableArray<double> Places { get; private init; } = [];

    /// <summary>The samples with known response that are admitted.</summary>
    /// <exception cref="StageException">The response or a column is unknown, or fewer than three samples remain.</exception>
    public static Participants Of(Study study, SpectralChunk chunk, Func<string, bool>? takesPart)
    {
        var response = BoundResponse.Of(study, chunk);
        study = response.IsOfClasses ? study with { Task = Study.ClassesTask } : study;
        int[] samples = StudyBinding.Samples(chunk, response, takesPart);
        if (samples.Length < 3)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Response '{response.Name}' has a value for {samples.Length} of {chunk.SampleCount} samples that take part; "
                + "a calibration needs at least 3, and useful ones start near 30. Add reference values.");
        }

        response = response.For(samples);
        Matrix y = response.Y(samples);
        if (!response.IsOfClasses)
        {
            StudyBinding.RefuseConstant(response.Name, y);
        }

        var methods = StudyMethods.Of(study);
        return new Participants(
            study,
            response,
            chunk.Axis,
            samples,
            IdsOf(chunk, samples),
            y,
            study.Group is null ? null : [.. StudyBinding.Labels(chunk, study.Group, samples)],
            StudyBinding.FoldLabels(methods.Splitter, chunk, samples))
        {
            Methods = methods,
            Places = StudyBinding.Places(methods.Splitter, chunk, response.Name, samples),
        };
    }

    /// <summary>What the key of the spectra is made of, but for their values.</summary>
    public FingerprintBuilder SpectraFields() => new FingerprintBuilder("spectra", StudyBinding.Version)
        .Add("ids", Ids)
        .Add("axis", Axis.Positions.AsSpan())
        .Add("unit", Axis.Unit.ToString());

    /// <summary>Who the samples are, once their spectra have a name and they have groups.</summary>
    public CalibrationManifest Manifest(Fingerprint spectraKey, GroupedSamples groups)
    {
        FingerprintBuilder fields = new FingerprintBuilder("calibration set", StudyBinding.Version)
            .Add("spectra", spectraKey)
            .Add("response", Response.Name)
            .Add("y", Y.Values)
            .Add("groups", groups.Groups)
            .Add("folds", FoldLabels);
        if (Response.IsOfClasses)
        {
            fields.Add("classes", Response.Classes);
        }

        if (!Places.IsEmpty)
        {
            fields.Add("places", Places.AsSpan());
        }

        bool isStratified = Response.IsOfClasses || Methods.Splitter is StratifiedFolds;
        return new CalibrationManifest(fields.ToFingerprint(), spectraKey, Response.Name, Axis, Ids, groups.Groups, FoldLabels)
        {
            Classes = Response.Classes,
            Places = Places,
            Strata = isStratified ? [.. Samples.Select(i => Response.Values[i])] : [],
            DistinctCount = Response.IsOfClasses ? 0 : Distinct(Y.Values),
        };
    }

    /// <summary>The ids of samples; those of the chunk where all of them take part in their order, as of most large files.</summary>
    private static ImmutableArray<string> IdsOf(SpectralChunk chunk, int[] samples)
    {
        bool isWhole = samples.Length == chunk.SampleCount;
        for (int i = 0; isWhole && i < samples.Length; i++)
        {
            isWhole = samples[i] == i;
        }

        return isWhole ? chunk.Ids : [.. samples.Select(i => chunk.Ids[i])];
    }

    /// <summary>How many different values there are; in a sorted copy, which takes a quarter of what a table of them does.</summary>
    private static int Distinct(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        Array.Sort(sorted);
        int count = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            count += i == 0 || sorted[i] != sorted[i - 1] ? 1 : 0;
        }

        return count;
    }
}
