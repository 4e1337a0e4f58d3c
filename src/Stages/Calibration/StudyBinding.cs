using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.OnDisk;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Splitting.Ordered;

namespace Pipeline.Stages.Calibration;

/// <summary>Binds a study to a chunk: which samples take part, in which order, in which groups.</summary>
/// <remarks>
/// Samples are put into ordinal order of their ids, so nothing computed later depends on the order of the file.
/// Samples without reference value are left out, for this response only. Identical spectra form one group
/// together with declared groups: twins on both sides of a split would be predicted by heart.
/// </remarks>
public static class StudyBinding
{
    /// <summary>The version of binding; part of the key of every calibration set.</summary>
    public const int Version = 1;

    /// <summary>Binds the samples that <paramref name="takesPart"/> admits.</summary>
    /// <exception cref="StageException">The response or a column is unknown, or fewer than three samples remain.</exception>
    public static BoundStudy Bind(Study study, SpectralChunk chunk, Func<string, bool>? takesPart = null)
    {
        var bound = Participants.Of(study, chunk, takesPart);
        Matrix x = chunk.X.SelectRows(bound.Samples);
        GroupedSamples groups = IdenticalSpectra.Groups(bound.Ids, bound.Declared, x.View);
        Fingerprint spectraKey = bound.SpectraFields().Add("x", x.Values).ToFingerprint();
        return new BoundStudy(bound.Study, new CalibrationSet(bound.Manifest(spectraKey, groups), x, bound.Y), groups.IdenticalSets)
        {
            Methods = bound.Methods,
            NearSpectra = groups.NearSets,
        };
    }

    /// <summary>Binds the samples of a file whose spectra stay on the disk, in one pass over them.</summary>
    /// <exception cref="StageException">As in memory; also where a spectrum holds what is no finite number.</exception>
    public static async Task<BoundStudy> BindAsync(Study study, DiskReading reading, PieceRunner runner, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(reading);
        var bound = Participants.Of(study, reading.Chunk, takesPart: null);
        RowDigests digests = await RowDigests.OfAsync(reading, bound.Samples, runner, cancellation);
        GroupedSamples groups = IdenticalSpectra.Groups(bound.Ids, bound.Declared, digests.Identical(), near: []);
        Fingerprint spectraKey = bound.SpectraFields()
            .Add("value bytes", reading.Rows.ValueBytes)
            .Add("x digests", digests.ToFingerprint())
            .ToFingerprint();
        var spectra = new SpectraOnDisk(reading.File, reading.Rows, bound.Samples);
        var set = new CalibrationSet(bound.Manifest(spectraKey, groups), new Matrix(0, reading.Chunk.Axis.Count), bound.Y) { OnDisk = spectra };
        return new BoundStudy(bound.Study, set, groups.IdenticalSets) { Methods = bound.Methods };
    }

    /// <summary>Which of a column's labels name a class; the others mean that nobody has looked yet.</summary>
    public static bool IsClass(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        return BoundResponse.IsKnown(label);
    }

    /// <summary>The texts of a column that may hold classes, numbers as classes are written; null where there is no such column.</summary>
    public static ImmutableArray<string>? ClassTexts(SpectralChunk chunk, string column)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        if (chunk.Labels.FirstOrDefault(one => one.Name == column) is { } label)
        {
            return label.Values;
        }

        return chunk.Responses.FirstOrDefault(one => one.Name == column) is { } numbers ? [.. numbers.Values.Select(BoundResponse.Text)] : null;
    }

    /// <summary>Samples with known response that are admitted, in ordinal order of their ids.</summary>
    internal static int[] Samples(SpectralChunk chunk, BoundResponse response, Func<string, bool>? admits)
    {
        int[] samples =
        [
            .. Enumerable.Range(0, chunk.SampleCount)
                .Where(i => !double.IsNaN(response.Values[i]) && (admits is null || admits(chunk.Ids[i]))),
        ];

        // Most files have their samples in this order; ids are unique, so that there is no other.
        for (int i = 1; i < samples.Length; i++)
        {
            if (string.CompareOrdinal(chunk.Ids[samples[i - 1]], chunk.Ids[samples[i]]) > 0)
            {
                Array.Sort(samples, (first, second) => string.CompareOrdinal(chunk.Ids[first], chunk.Ids[second]));
                break;
            }
        }

        return samples;
    }

    /// <summary>The texts of a column for some samples; a column of numbers gives its numbers as text.</summary>
    internal static ImmutableArray<string> Labels(SpectralChunk chunk, string column, int[] samples)
    {
        if (chunk.Labels.FirstOrDefault(label => label.Name == column) is { } label)
        {
            return [.. samples.Select(i => label.Values[i])];
        }

        // A group or fold written as a number was read as a response.
        if (chunk.Responses.FirstOrDefault(number => number.Name == column) is { } number)
        {
            return [.. samples.Select(i => double.IsNaN(number.Values[i]) ? "" : number.Values[i].ToString("R", CultureInfo.InvariantCulture))];
        }

        throw Unknown(
            "column", column, chunk.Labels.Select(one => one.Name).Concat(chunk.Responses.Select(one => one.Name)));
    }

    /// <summary>The given fold of every sample; empty where the study's folds are not given.</summary>
    internal static ImmutableArray<string> FoldLabels(ISplitter splitter, SpectralChunk chunk, int[] samples)
    {
        if (splitter is not GivenFolds given)
        {
            return [];
        }

        return Filled(chunk, given.Column, "gives the folds", samples);
    }

    /// <summary>The place of every sample in the order that the study's folds go by; empty where they go by ids, or by no order.</summary>
    internal static ImmutableArray<double> Places(ISplitter splitter, SpectralChunk chunk, string response, int[] samples)
    {
        if (splitter is not IOrderedFolds { By: { } by })
        {
            return [];
        }

        if (by == SamplePlaces.FileOrder)
        {
            return SamplePlaces.OfNumbers([.. samples.Select(i => (double)i)]);
        }

        bool isColumn = chunk.Labels.Any(one => one.Name == by) || chunk.Responses.Any(one => one.Name == by);
        string column = by == SamplePlaces.Response && !isColumn ? response : by;
        return SamplePlaces.OfTexts(column, Filled(chunk, column, "orders the samples", samples));
    }

    /// <summary>The texts of a column that no sample may lack.</summary>
    private static ImmutableArray<string> Filled(SpectralChunk chunk, string column, string purpose, int[] samples)
    {
        ImmutableArray<string> labels = Labels(chunk, column, samples);
        int missing = labels.IndexOf("");
        return missing < 0
            ? labels
            : throw new StageException(
                FailureKind.InvalidData,
                $"Column '{column}' {purpose}, but sample '{chunk.Ids[samples[missing]]}' has no value there. "
                + "Fill it in, or remove the sample.");
    }

    /// <summary>Refuses a response that is the same for all samples.</summary>
    internal static void RefuseConstant(string response, Matrix y)
    {
        double first = y[0, 0];
        if (y.Values.ContainsAnyExcept(first))
        {
            return;
        }

        throw new StageException(
            FailureKind.InvalidData,
            $"Response '{response}' is {first.ToString("R", CultureInfo.InvariantCulture)} for all {y.Rows} samples; "
            + "there is nothing to calibrate. Choose another response, or add samples that differ.");
    }

    /// <summary>That a name is no column of the file.</summary>
    internal static StageException Unknown(string what, string name, IEnumerable<string> valid)
    {
        string[] names = [.. valid];
        string present = names.Length == 0 ? "The file has none at all." : $"The file has: {string.Join(", ", names)}.";
        return new StageException(
            FailureKind.InvalidRequest, $"The file has no {what} '{name}'.{Spelling.Suggest(name, names)} {present}");
    }
}

/// <summary>A study with the samples it is about.</summary>
/// <param name="Study">The study, which says by now whether it is about classes.</param>
/// <param name="Set">Its samples.</param>
/// <param name="IdenticalSpectra">Sets of samples with identical spectra, by id.</param>
public sealed record BoundStudy(Study Study, CalibrationSet Set, ImmutableArray<ImmutableArray<string>> IdenticalSpectra)
{
    /// <summary>The methods that the study names.</summary>
    public required StudyMethods Methods { get; init; }

    /// <summary>Sets of samples with nearly identical spectra, by id; empty where the spectra stay on the disk.</summary>
    public ImmutableArray<ImmutableArray<string>> NearSpectra { get; init; } = [];
}
