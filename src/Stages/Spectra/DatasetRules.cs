using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Stages.Spectra;

/// <summary>What may join a dataset.</summary>
/// <remarks>
/// Pure. One axis: same unit, same count, no position off by more than <see cref="StepShareMax"/> of the step. A sample
/// id means one spectrum. Whoever breaks a rule is refused whole, with both sources named. <see cref="DatasetDraft"/> applies
/// the rules.
/// </remarks>
public static class DatasetRules
{
    /// <summary>The largest difference of two positions that are the same, as a share of the step.</summary>
    public const double StepShareMax = 1e-6;

    /// <summary>The most samples of a dataset.</summary>
    public const int SamplesMax = 2_000_000;

    /// <summary>True where the later content has all that the earlier chunk knows, so that nothing is lost.</summary>
    /// <remarks>A value may differ, as in a correction; an id, a known value or a label that is missing may not.</remarks>
    internal static bool Covers(DatasetChunk earlier, SourceContent content) => content is SourceContent.Spectra { Chunk: { } later }
        && Cells(later.Ids, later.Responses, later.Labels).IsSupersetOf(Cells(earlier.Ids, earlier.Responses, earlier.Labels));

    /// <summary>True where the later content has all that the earlier table knows.</summary>
    internal static bool Covers(DatasetReferences earlier, SourceContent content) => content is SourceContent.References { Table: { } later }
        && Cells(later.Ids, later.Columns, later.Labels).IsSupersetOf(Cells(earlier.Ids, earlier.Columns, earlier.Labels));

    /// <summary>Refuses an axis that is not that of the dataset's first source.</summary>
    internal static void CheckAxis(SpectralAxis expected, SpectralAxis found, DatasetSource first)
    {
        string both = $"the dataset has {AxisColumns.Describe(expected)} (from '{first.Path}'), found {AxisColumns.Describe(found)}. ";
        const string Remedy = "Put these spectra into a dataset of their own, or bring them to the same axis.";
        if (expected.Unit != found.Unit)
        {
            throw new StageException(FailureKind.InvalidData, $"The unit of the axis differs: {both}{Remedy}");
        }

        if (expected.Count != found.Count)
        {
            throw new StageException(FailureKind.InvalidData, $"The number of variables differs: {both}{Remedy}");
        }

        double most = Math.Abs(expected.MeanStep) * StepShareMax;
        for (int j = 0; j < expected.Count; j++)
        {
            if (Math.Abs(expected.Positions[j] - found.Positions[j]) > most)
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    string.Create(
                        System.Globalization.CultureInfo.InvariantCulture,
                        $"Position {j + 1} of the axis differs: expected {expected.Positions[j]:R}, found {found.Positions[j]:R}; {both}{Remedy}"));
            }
        }
    }

    /// <summary>Refuses a column that the dataset has in the other meaning.</summary>
    internal static void CheckColumns(
        string dataset,
        ImmutableArray<ResponseColumn> responses,
        ImmutableArray<LabelColumn> labels,
        Func<string, bool> isLabel,
        Func<string, bool> isResponse)
    {
        if (responses.FirstOrDefault(response => isLabel(response.Name)) is { } number)
        {
            throw Mixed(number.Name, "holds numbers", "a label");
        }

        if (labels.FirstOrDefault(label => isResponse(label.Name)) is { } text)
        {
            throw Mixed(text.Name, "holds text", "a response");
        }

        StageException Mixed(string name, string found, string expected) => new(
            FailureKind.InvalidData,
            $"Column '{AxisColumns.Cut(name)}' {found}, in dataset '{dataset}' it is {expected}. Correct its cells, or rename the column.")
        {
            Place = new DataPlace(null, name),
        };
    }

    /// <summary>That a sample has another spectrum already.</summary>
    internal static StageException Conflict(string dataset, string id, int row, DatasetSource other) => new(
        FailureKind.InvalidData,
        $"Sample '{AxisColumns.Cut(id)}' (row {row + 1}) is already in dataset '{dataset}' with another spectrum, from "
        + $"'{other.Path}'. Give repeated scans ids of their own and a group column, or remove one of them.")
    {
        Place = new DataPlace(row + 1),
    };

    /// <summary>Refuses more samples than a dataset keeps.</summary>
    internal static void CheckCount(string dataset, int count)
    {
        if (count > SamplesMax)
        {
            throw new StageException(
                FailureKind.OverBudget,
                $"Dataset '{dataset}' would have {count} samples, at most {SamplesMax} are kept. Begin another dataset.");
        }
    }

    /// <summary>Every id by itself, and with the name of every column that says something about it.</summary>
    private static HashSet<(string Id, string Column)> Cells(
        ImmutableArray<string> ids, ImmutableArray<ResponseColumn> responses, ImmutableArray<LabelColumn> labels)
    {
        HashSet<(string Id, string Column)> cells = [.. ids.Select(id => (id, ""))];
        foreach (ResponseColumn response in responses)
        {
            string name = response.Name.ToUpperInvariant();
            cells.UnionWith(ids.Where((_, i) => !double.IsNaN(response.Values[i])).Select(id => (id, name)));
        }

        foreach (LabelColumn label in labels)
        {
            string name = label.Name.ToUpperInvariant();
            cells.UnionWith(ids.Where((_, i) => label.Values[i].Length > 0).Select(id => (id, name)));
        }

        return cells;
    }
}
