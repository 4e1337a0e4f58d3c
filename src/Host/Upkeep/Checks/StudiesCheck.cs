using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Upkeep.Checks;

/// <summary>Looks at the studies: whether each can be read, and whether its dataset has what it asks for.</summary>
internal static class StudiesCheck
{
    /// <summary>One finding for each.</summary>
    /// <param name="subject">What is looked at.</param>
    /// <param name="responses">The responses of each dataset in the state.</param>
    public static IEnumerable<Finding> Run(CheckSubject subject, IReadOnlyDictionary<string, ImmutableArray<string>> responses) =>
        subject.Daemon.Studies.Select(options => Study(options, responses));

    private static Finding Study(BoundStudyOptions options, IReadOnlyDictionary<string, ImmutableArray<string>> responses)
    {
        string check = $"study {options.Name}";
        Study study;

        // What cannot be read is a finding.
        try
        {
            study = ConfiguredStudy.Of(options).Study;
        }
        catch (StageException refused)
        {
            return Finding.Problem(check, refused.Message, "Correct the study file or the study's settings.");
        }

        if (!responses.TryGetValue(options.Dataset, out ImmutableArray<string> names) || names.IsEmpty)
        {
            return Finding.Ok(check, $"Can be read; dataset '{options.Dataset}' has no reference values yet.");
        }

        return names.Contains(study.Response!, StringComparer.OrdinalIgnoreCase)
            ? Finding.Ok(check, $"Can be read; dataset '{options.Dataset}' has its response '{study.Response}'.")
            : Finding.Warning(
                check,
                $"Dataset '{options.Dataset}' has no response '{study.Response}'; it has {string.Join(", ", names)}.{Spelling.Suggest(study.Response!, names)}",
                "Correct Response of the study, or drop a table with that column.");
    }
}
