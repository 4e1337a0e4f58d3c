using System.Collections.Immutable;
using Pipeline.Stages.Calibration.Judging;

namespace Pipeline.Stages.Calibration.Original;

/// <summary>The original's ranks by its composite score, with means over folds.</summary>
/// <remarks>The score of a row depends on every other row (<see cref="CompositeScore"/>): it ranks this table and says nothing beyond it.</remarks>
internal static class OriginalRanking
{
    /// <summary>The rows with score and rank, best first; rows that failed come last.</summary>
    public static ImmutableArray<OriginalRow> Rank(IReadOnlyList<OriginalRow> rows, double lambda)
    {
        var composite = new CompositeScore(lambda);
        OriginalRow[] judged = [.. rows.Where(row => row.Failure is null)];
        double[] scores = CompositeScore.Of(
            [.. judged.Select(row => row.Rmse)],
            [.. judged.Select(row => row.R2)],
            [.. judged.Select(row => composite.Complexity(row.Components ?? 0, row.Variables.Length / (double)row.FullVariableCount))]);
        OriginalRow[] scored = [.. judged.Select((row, i) => row with { Composite = scores[i] }).OrderBy(row => row.Composite)];
        for (int i = 0; i < scored.Length; i++)
        {
            bool isEqual = i > 0 && scored[i].Composite == scored[i - 1].Composite;
            scored[i] = scored[i] with { Rank = isEqual ? scored[i - 1].Rank : i + 1 };
        }

        return [.. scored, .. rows.Where(row => row.Failure is not null)];
    }
}
