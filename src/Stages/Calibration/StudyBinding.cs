using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

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
        ResponseColumn response = Response(study, chunk);
        int[] samples = Samples(chunk, response, takesPart);
        if (samples.Length < 3)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Response '{response.Name}' has a value for {samples.Length} of {chunk.SampleCount} samples that take part; "
                + "a calibration needs at least 3, and useful ones start near 30. Add reference values.");
        }

        Matrix x = chunk.X.SelectRows(samples);
        var y = new Matrix(samples.Length, 1, [.. samples.Select(i => response.Values[i])]);
        RefuseConstant(response.Name, y);
        ImmutableArray<string> ids = [.. samples.Select(i => chunk.Ids[i])];
        ImmutableArray<string?>? declared = study.Group is null ? null : [.. Labels(chunk, study.Group, samples)];
        SampleGroups groups = IdenticalSpectra.Groups(ids, declared, x.View);
        ImmutableArray<string> folds = GivenFolds(study, chunk, samples);

        Fingerprint spectraKey = new FingerprintBuilder("spectra", Version)
            .Add("ids", ids)
            .Add("axis", chunk.Axis.Positions.AsSpan())
            .Add("unit", chunk.Axis.Unit.ToString())
            .Add("x", x.Values)
            .ToFingerprint();
        Fingerprint key = new FingerprintBuilder("calibration set", Version)
            .Add("spectra", spectraKey)
            .Add("response", response.Name)
            .Add("y", y.Values)
            .Add("groups", groups.Groups)
            .Add("folds", folds)
            .ToFingerprint();
        var manifest = new CalibrationManifest(key, spectraKey, response.Name, chunk.Axis, ids, groups.Groups, folds);
        return new BoundStudy(study, new CalibrationSet(manifest, x, y), groups.IdenticalSets);
    }

    /// <summary>The column of the study's response.</summary>
    /// <exception cref="StageException">None is named, none has that name, or it holds something that is no number.</exception>
    internal static ResponseColumn Response(Study study, SpectralChunk chunk)
    {
        if (study.Response is not { } name)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                chunk.Responses.IsEmpty
                    ? "No response is named, and the file has no column of reference values beside the spectra."
                    : $"No response is named. Name one with --response: {string.Join(", ", chunk.Responses.Select(column => column.Name))}.");
        }

        if (chunk.Responses.FirstOrDefault(column => column.Name == name) is { } response)
        {
            return response;
        }

        if (chunk.Labels.FirstOrDefault(column => column.Name == name) is { } text)
        {
            int first = text.Values.IndexOf(text.Values.First(value => !double.TryParse(value, CultureInfo.InvariantCulture, out _)));
            throw new StageException(
                FailureKind.InvalidData,
                $"Response '{name}' is not a column of numbers: sample '{chunk.Ids[first]}' has '{text.Values[first]}'. "
                + "Correct the value, or leave the cell empty where there is none.");
        }

        throw Unknown("response", name, chunk.Responses.Select(column => column.Name));
    }

    /// <summary>Samples with known response that are admitted, in ordinal order of their ids.</summary>
    internal static int[] Samples(SpectralChunk chunk, ResponseColumn response, Func<string, bool>? admits) =>
    [
        .. Enumerable.Range(0, chunk.SampleCount)
            .Where(i => !double.IsNaN(response.Values[i]) && (admits is null || admits(chunk.Ids[i])))
            .OrderBy(i => chunk.Ids[i], StringComparer.Ordinal),
    ];

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

    private static ImmutableArray<string> GivenFolds(Study study, SpectralChunk chunk, int[] samples)
    {
        if (StudyMethods.Of(study).Splitter is not GivenFolds given)
        {
            return [];
        }

        ImmutableArray<string> labels = Labels(chunk, given.Column, samples);
        int missing = labels.IndexOf("");
        return missing < 0
            ? labels
            : throw new StageException(
                FailureKind.InvalidData,
                $"Column '{given.Column}' gives the folds, but sample '{chunk.Ids[samples[missing]]}' has no value there. "
                + "Fill it in, or remove the sample.");
    }

    private static void RefuseConstant(string response, Matrix y)
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

    private static StageException Unknown(string what, string name, IEnumerable<string> valid)
    {
        string[] names = [.. valid];
        string present = names.Length == 0 ? "The file has none at all." : $"The file has: {string.Join(", ", names)}.";
        return new StageException(
            FailureKind.InvalidRequest, $"The file has no {what} '{name}'.{Spelling.Suggest(name, names)} {present}");
    }
}

/// <summary>A study with the samples it is about.</summary>
/// <param name="Study">The study.</param>
/// <param name="Set">Its samples.</param>
/// <param name="IdenticalSpectra">Sets of samples with identical spectra, by id.</param>
public sealed record BoundStudy(Study Study, CalibrationSet Set, ImmutableArray<ImmutableArray<string>> IdenticalSpectra);
