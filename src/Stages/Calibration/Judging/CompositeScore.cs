using Pipeline.Stages.Models.Pls;

namespace Pipeline.Stages.Calibration.Judging;

/// <summary>The score of the original program: error, R² and complexity in one number, lower being better.</summary>
/// <remarks>
/// ½ z(RMSE) - ½ z(R²) + (0.3 λ / 0.15) (components / 25 + variables / all variables), where z is taken over all ranked
/// candidates with divisor n - 1 and is 0 where they do not differ, and models without components count none. It depends on
/// which candidates are tried beside one another, and weighs what it adds by taste: an option, for those used to it.
/// Here RMSE and R² are the pooled ones.
/// </remarks>
/// <param name="Lambda">The weight of complexity, λ ≥ 0.</param>
public sealed record CompositeScore(double Lambda)
{
    /// <summary>Its name in a study.</summary>
    public const string MetricName = "composite";

    /// <summary>The original's λ.</summary>
    public const double LambdaDefault = 0.15;

    /// <summary>The largest λ.</summary>
    public const double LambdaMax = 100;

    private const double Weight = 0.5;
    private const double ComplexityWeight = 0.3 / 0.15;
    private const double ComponentsAtFull = 25;

    /// <summary>The candidates with their scores, the best first, equal ones by key.</summary>
    /// <param name="rows">All candidates with metrics, in an order that does not depend on their arrival.</param>
    /// <param name="variables">Variables of the spectra as measured.</param>
    internal IEnumerable<LeaderboardRow> Rank(IReadOnlyList<LeaderboardRow> rows, int variables)
    {
        if (rows.Count == 0)
        {
            return [];
        }

        RankingLine line = LineOf(rows, rows, variables);
        double zero = (line.OfRmse * Mean(rows, row => row.Metrics.Rmse)) + (line.OfRSquared * Mean(rows, row => row.Metrics.RSquared));
        return rows
            .Select((row, r) => row with { Composite = line.Of(r, row.Metrics.Rmse, row.Metrics.RSquared) - zero })
            .OrderBy(row => row.Composite)
            .ThenBy(row => row.Candidate.Key);
    }

    /// <summary>The score of some candidates as a line, up to what is the same for all.</summary>
    /// <param name="all">All candidates with metrics.</param>
    /// <param name="some">The candidates whose penalties are wanted.</param>
    /// <param name="variables">Variables of the spectra as measured.</param>
    internal RankingLine LineOf(IReadOnlyList<LeaderboardRow> all, IEnumerable<LeaderboardRow> some, int variables) => new(
        Weight / Deviation(all, row => row.Metrics.Rmse),
        -Weight / Deviation(all, row => row.Metrics.RSquared),
        [.. some.Select(row => Complexity(row, variables))]);

    private static double Mean(IReadOnlyList<LeaderboardRow> rows, Func<LeaderboardRow, double> value)
    {
        double sum = 0;
        foreach (LeaderboardRow row in rows)
        {
            sum += value(row) - value(rows[0]);
        }

        return value(rows[0]) + (sum / rows.Count);
    }

    /// <summary>Divisor n - 1; infinite where the values do not differ, so that what is divided by it counts nothing.</summary>
    private static double Deviation(IReadOnlyList<LeaderboardRow> rows, Func<LeaderboardRow, double> value)
    {
        double mean = Mean(rows, value);
        double squares = 0;
        foreach (LeaderboardRow row in rows)
        {
            squares += (value(row) - mean) * (value(row) - mean);
        }

        return squares > 0 ? Math.Sqrt(squares / (rows.Count - 1)) : double.PositiveInfinity;
    }

    private double Complexity(LeaderboardRow row, int variables)
    {
        // Those of principal component regression bear the same name.
        double components = row.Candidate.Setting.Name == PlsFamily.SettingName ? row.Candidate.Setting.Value / ComponentsAtFull : 0;
        return ComplexityWeight * Lambda * (components + ((double)row.VariableCount / variables));
    }
}
