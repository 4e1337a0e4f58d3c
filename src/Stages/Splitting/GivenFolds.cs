using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;

namespace Pipeline.Stages.Splitting;

/// <summary>Folds that somebody has written into a column, one label per sample.</summary>
/// <remarks>
/// Distinct labels become fold 1, 2, … in numeric order if all are whole numbers, else in ordinal order. Labels stand
/// in the order of the samples that are split. Groups whose samples carry several labels are refused by name.
/// </remarks>
public sealed class GivenFolds : ISplitter
{
    private const int GroupsNamedMax = 5;

    private readonly ImmutableArray<string> _labels;

    /// <summary>Folds from a column.</summary>
    /// <param name="column">The name of the column.</param>
    /// <param name="labels">The label of every sample, none of them empty; empty until the samples are known.</param>
    public GivenFolds(string column, ImmutableArray<string> labels)
    {
        if (string.IsNullOrWhiteSpace(column))
        {
            throw new StageException(FailureKind.InvalidRequest, "Given folds need the name of a column, found none.");
        }

        Column = column;
        _labels = labels;
    }

    /// <summary>The name of the column.</summary>
    public string Column { get; }

    /// <summary>The same scheme with the labels of the samples.</summary>
    public GivenFolds With(ImmutableArray<string> labels) => new(Column, labels);

    /// <inheritdoc/>
    public string Notation => $"given({Column})";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ISplitter Outer(int count)
    {
        string[] sorted = [.. Sorted(_labels)];
        return sorted.Length <= count
            ? this
            : With([.. _labels.Select(label => (Array.IndexOf(sorted, label) % count).ToString(CultureInfo.InvariantCulture))]);
    }

    /// <inheritdoc/>
    public Folds Split(SampleGroups groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentOutOfRangeException.ThrowIfNotEqual(groups.Count, _labels.Length);
        RefuseStraddlingGroups(groups);
        string[] sorted = [.. Sorted(_labels)];
        var fold = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int k = 0; k < sorted.Length; k++)
        {
            fold[sorted[k]] = k;
        }

        return new Folds([.. _labels.Select(label => fold[label])], sorted.Length);
    }

    private static IEnumerable<string> Sorted(ImmutableArray<string> labels)
    {
        string[] distinct = [.. labels.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        const NumberStyles Style = NumberStyles.AllowLeadingSign;
        return distinct.All(label => long.TryParse(label, Style, CultureInfo.InvariantCulture, out _))
            ? distinct.OrderBy(label => long.Parse(label, Style, CultureInfo.InvariantCulture))
            : distinct;
    }

    private void RefuseStraddlingGroups(SampleGroups groups)
    {
        var straddling = Enumerable.Range(0, groups.Count)
            .GroupBy(i => groups.OfSample[i], i => _labels[i])
            .Select(group => (Number: group.Key, Labels: group.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray()))
            .Where(group => group.Labels.Length > 1)
            .OrderBy(group => group.Number)
            .ToArray();
        if (straddling.Length == 0)
        {
            return;
        }

        string named = string.Join(
            "; ",
            straddling.Take(GroupsNamedMax).Select(group => $"{groups.Name(group.Number)} (folds {string.Join(", ", group.Labels)})"));
        string more = straddling.Length > GroupsNamedMax ? $"; and {straddling.Length - GroupsNamedMax} more" : "";
        throw new StageException(
            FailureKind.InvalidData,
            $"Column '{Column}' puts samples of one group into several folds: {named}{more}. Give every group one fold, "
            + "or the estimate would be too good.");
    }
}
