using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Host.Http.Tables;
using Pipeline.Host.Results;

namespace Pipeline.Host.Cli.Explain;

/// <summary>The row of a candidate in the leaderboard of a run, as its file has it.</summary>
/// <param name="Path">The file.</param>
/// <param name="RankedCount">How many rows have a rank.</param>
/// <param name="Cells">The cells that have a value, by the name of their column.</param>
internal sealed record BoardRow(string Path, int RankedCount, ImmutableSortedDictionary<string, string> Cells)
{
    /// <summary>A cell; empty where there is none.</summary>
    public string this[string column] => Cells.GetValueOrDefault(column, "");

    /// <summary>The row in the results of the latest complete run that has it; null where they are gone.</summary>
    /// <param name="uses">The runs that have the candidate's unit.</param>
    /// <param name="candidate">The candidate.</param>
    /// <param name="folder">The folder of the state, which places of results may be relative to.</param>
    public static BoardRow? Find(IEnumerable<RunUse> uses, Fingerprint candidate, string folder) => uses
        .Where(use => use.Run is { State: RunState.Completed, Detail.Length: > 0 })
        .Reverse()
        .Select(use => Find(System.IO.Path.Combine(folder, use.Run.Detail, ResultFiles.Leaderboard + ResultFiles.TextEnding), candidate.ToString()))
        .FirstOrDefault(row => row is not null);

    private static BoardRow? Find(string path, string key)
    {
        // Results may be moved, or another search may have written there: the key decides.
        try
        {
            using StreamReader text = File.OpenText(path);
            using IEnumerator<string[]> rows = ResultTable.Rows(text).GetEnumerator();
            string[] head = rows.MoveNext() ? rows.Current : [];
            int ranked = 0;
            string[]? found = null;
            while (rows.MoveNext())
            {
                ranked += rows.Current[0].Length > 0 ? 1 : 0;
                found = rows.Current[^1] == key ? rows.Current : found;
            }

            return found is null || found.Length != head.Length
                ? null
                : new BoardRow(
                    path,
                    ranked,
                    head.Zip(found).Where(cell => cell.Second.Length > 0).ToImmutableSortedDictionary(
                        cell => cell.First, cell => cell.Second, StringComparer.Ordinal));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The row as text.</summary>
    public IEnumerable<string> Lines()
    {
        yield return this["rank"] is { Length: > 0 } rank
            ? string.Create(CultureInfo.InvariantCulture, $"  rank           {rank} of {RankedCount}")
            : $"  no rank        {this["failure"]}";
        foreach ((string column, string name) in Shown)
        {
            if (Cells.TryGetValue(column, out string? cell))
            {
                yield return $"  {name,-14} {cell}";
            }
        }

        yield return $"  file           {Path}";
    }

    private static ImmutableArray<(string Column, string Name)> Shown { get; } =
    [
        ("rmsecv", "RMSECV"), ("r2", "R²"), ("balanced_accuracy", "balanced acc."), ("composite", "composite"), ("p_against_best", "p against best"),
        ("within_one_se", "within 1 SE"), ("variable_count", "variables"), ("variables", "on all samples"), ("fold_shares", "share of folds"),
    ];
}
