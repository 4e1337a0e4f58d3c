using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Pipeline.Engine;
using Pipeline.Stages;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Preprocessing;

namespace Pipeline.Host.Cli.Explain;

/// <summary>The fields of a study that have made a unit or a candidate.</summary>
internal static class StudyOrigin
{
    /// <summary>The fields with their values, in the order of the study; none where the study is not known.</summary>
    public static ImmutableArray<StudyField> Of(FoundKey found)
    {
        if (found.Description is not { } unit || StudyOf(found) is not { } study)
        {
            return [];
        }

        // A null names its family with its grid behind it.
        bool IsFamily(string name) => unit.Family.Notation == name || unit.Family.Notation.StartsWith($"null of {name} (", StringComparison.Ordinal);
        string[] subsets = [.. (found.Place is var (subset, _) ? [unit.Subsets[subset]] : unit.Subsets).Select(one => one.Notation)];
        return
        [
            .. Entries("pretreatments", study.Pretreatments, text => PretreatmentChain.Parse(text).Simplify().Notation == unit.Chain),
            .. Entries("models", study.Models, text => IsFamily(Catalog.ParseFamily(text).Name)),
            .. Entries("subsets", study.Subsets, text => subsets.Contains(Catalog.ParseSubset(text).Notation)),
            new StudyField("folds", study.Folds),
            .. found.Role is null ? (StudyField[])[] : [new StudyField("nested", study.Nested.ToString(CultureInfo.InvariantCulture))],
            .. found.IsOfNull ? [new StudyField("permutations", study.Permutations.ToString(CultureInfo.InvariantCulture))] : (StudyField[])[],
        ];
    }

    private static Study? StudyOf(FoundKey found)
    {
        if (found.About?.Study is not { } json)
        {
            return null;
        }

        // Kept by another version of the program, perhaps: then nothing is said instead of something false.
        try
        {
            return StudyFile.Read(Encoding.UTF8.GetBytes(json.GetRawText()), "study");
        }
        catch (StageException)
        {
            return null;
        }
    }

    private static IEnumerable<StudyField> Entries(string field, ImmutableArray<string> texts, Func<string, bool> isIt)
    {
        for (int i = 0; i < texts.Length; i++)
        {
            if (IsIt(texts[i], isIt))
            {
                yield return new StudyField(string.Create(CultureInfo.InvariantCulture, $"{field}[{i}]"), texts[i]);
            }
        }
    }

    private static bool IsIt(string text, Func<string, bool> isIt)
    {
        // As above.
        try
        {
            return isIt(text);
        }
        catch (StageException)
        {
            return false;
        }
    }
}

/// <summary>A field of a study.</summary>
/// <param name="Name">Its name; of a list with the 0-based place of the entry.</param>
/// <param name="Value">What stands there.</param>
internal readonly record struct StudyField(string Name, string Value);
