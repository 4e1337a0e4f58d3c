using System.Collections.Immutable;

namespace Pipeline.Stages.Calibration.Original;

/// <summary>The original's composite score and rank.</summary>
/// <remarks>
/// ½ z(RMSE) − ½ z(R²) + 0.3 λ/0.15 (LVs/25 + variables/all), z over all rows of the table with divisor n − 1, 0 where a column has
/// no spread. The score of a row depends on every other row: it ranks this table and says nothing beyond it.
/// </remarks>
internal static class OriginalRanking
{
    /// <summary>The rows with score and rank, best first; rows that failed come last.</summary>
    public static ImmutableArray<OriginalRow> Rank(IReadOnlyList<OriginalRow> rows, double lambda)
    {
        OriginalRow[] judged = [.. rows.Where(row => row.Failure is null)];
        double[] errors = Standardised([.. judged.Select(row => row.Rmse)]);
        double[] shares = Standardised([.. judged.Select(row => row.R2)]);
        OriginalRow[] scored =
        [
            .. judged.Select((row, i) => row with
            {
                Composite = (0.5 * errors[i]) - (0.5 * shares[i])
                    + (0.3 * lambda / 0.15 * (((row.Components ?? 0) / 25.0) + (row.Variables.Length / (double)row.FullVariableCount))),
            }).OrderBy(row => row.Composite),
        ];
        for (int i = 0; i < scored.Length; i++)
        {
            bool isEqual = i > 0 && scored[i].Composite == scored[i - 1].Composite;
            scored[i] = scored[i] with { Rank = isEqual ? scored[i - 1].Rank : i + 1 };
        }

        return [.. scored, .. rows.Where(row => row.Failure is not null)];
    }

    private static double[] Standardised(double[] values)
    {
        if (values.Length < 2)
        {
            return new double[values.Length];
        }

        double mean = values.Average();
        double deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
        return [.. values.Select(value => deviation > 0 ? (value - mean) / deviation : 0)];
    }
}
