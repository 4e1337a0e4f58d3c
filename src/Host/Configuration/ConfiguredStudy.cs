using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Configuration;

/// <summary>A study as the daemon's settings have it.</summary>
/// <param name="Study">The study; it has a response.</param>
/// <param name="Methods">The methods that it names.</param>
internal sealed record ConfiguredStudy(Study Study, StudyMethods Methods)
{
    /// <summary>The study that the options name, with what they say in place of the file.</summary>
    /// <exception cref="StageException">The file cannot be read, no response is named, or the study is none for a dataset that grows.</exception>
    public static ConfiguredStudy Of(BoundStudyOptions options)
    {
        Study study = new();
        if (options.StudyPath is { } path)
        {
            using FileStream stream = SpectraFiles.Open(path);
            study = StudyFile.Read(stream, path);
        }

        study = study with { Response = options.Response ?? study.Response, Group = options.Group ?? study.Group };
        if (study.Holdout is { } holdout)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"Study '{options.Name}', field 'holdout': found '{holdout}'. A dataset that grows would have other test samples in every "
                    + "run. Leave it out here; 'pipeline search' chooses them.");
        }

        var methods = StudyMethods.OfFlow(study);
        if (methods.GoesByFileOrder)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"Study '{options.Name}', field 'folds': found '{study.Folds}'. A dataset that grows keeps its samples by their ids and not "
                    + "in the order of files. Name a column, such as 'time(5; by day)'.");
        }

        return study.Response is not null
            ? new ConfiguredStudy(study, methods)
            : throw new StageException(
                FailureKind.InvalidRequest, $"Study '{options.Name}' names no response. Add \"Response\" to it in the configuration.");
    }

    /// <summary>The study in the dataset's own spelling: laboratories write one name in several ways.</summary>
    public Study SpeltAs(SpectralChunk samples)
    {
        string[] names = [.. samples.Responses.Select(column => column.Name), .. samples.Labels.Select(column => column.Name)];
        return Study with { Response = As(Study.Response, names), Group = As(Study.Group, names) };
    }

    /// <summary>How many references of the response a dataset has.</summary>
    /// <exception cref="StageException">It has other responses only.</exception>
    public int ReferencesIn(DatasetManifest manifest)
    {
        DatasetJoin join = Dataset.Join(manifest);
        if (join.Labels.FirstOrDefault(label => string.Equals(label.Name, Study.Response, StringComparison.OrdinalIgnoreCase)) is { } classes)
        {
            return classes.Values.Count(StudyBinding.IsClass);
        }

        ImmutableArray<ResponseColumn> responses = join.Responses;
        string response = As(Study.Response, [.. responses.Select(column => column.Name)])!;
        ResponseColumn? reference = responses.FirstOrDefault(column => column.Name == response);
        return reference is not null || responses.IsEmpty
            ? reference?.Values.Count(value => !double.IsNaN(value)) ?? 0
            : throw new StageException(
                FailureKind.InvalidRequest,
                $"The dataset has no response '{response}'; it has "
                + $"{string.Join(", ", responses.Select(column => column.Name).Concat(join.Labels.Select(label => label.Name)))}. "
                + "Correct the study's response, or drop a table with that column.");
    }

    private static string? As(string? name, string[] names) => names.Contains(name, StringComparer.Ordinal)
        ? name
        : names.FirstOrDefault(one => string.Equals(one, name, StringComparison.OrdinalIgnoreCase)) ?? name;
}
