
namespace Pipeline.Stages.Calibration.Judging;

/// <summary>The score of the original program: error, R² and complexity in one number, lower being better.</summary>
/// <remarks>
/// ½ z(RMSE) - ½ z(R²) + (0.3 λ / 0.15) (components / 25 + variables / all variables), where z is taken over all ranked
/// candidates with divisor n - 1 and is 0 where they do not differ, and models without components count none. It depends on
/// which candidates are tried beside one another, and weighs what it adds by taste: an option, for those used to it.
/// The leaderboard takes pooled RMSE and R², the seed profile means over folds.
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
        double[] scores = Of(
            [.. rows.Select(row => row.Metrics.Rmse)],
            [.. rows.Select(row => row.Metrics.RSquared)],
            [.. rows.Select(row => Complexity(row, variables))]);
        return rows
            .Select((row, r) => row with { Composite = scores[r] })
            .OrderBy(row => row.Composite)
            .ThenBy(row => row.Candidate.Key);
    }

    /// <summary>The score of some candidates as a line, up to what is the same for all.</summary>
    /// <param name="all">All candidates with metrics.</param>
    /// <param name="some">The candidates whose penalties are wanted.</param>
    /// <param name="variables">Variables of the spectra as measured.</param>
    internal RankingLine LineOf(IReadOnlyList<LeaderboardRow> all, IEnumerable<LeaderboardRow> some, int variables) => Line(
        [.. all.Select(row => row.Metrics.Rmse)],
        [.. all.Select(row => row.Metrics.RSquared)],
        [.. some.Select(row => Complexity(row, variables))]);

    /// <summary>The scores of candidates that are ranked beside one another.</summary>
    /// <param name="rmse">The error of each.</param>
    /// <param name="rSquared">R² of each.</param>
    /// <param name="complexities">What each is charged (<see cref="Complexity(double, double)"/>).</param>
    internal static double[] Of(double[] rmse, double[] rSquared, double[] complexities)
    {
        RankingLine line = Line(rmse, rSquared, complexities);
        double zero = (line.OfRmse * Mean(rmse)) + (line.OfRSquared * Mean(rSquared));
        return [.. rmse.Select((error, r) => line.Of(r, error, rSquared[r]) - zero)];
    }

    /// <summary>What a candidate is charged for its components and for its share of the variables.</summary>
    internal double Complexity(double components, double variableShare) =>
        ComplexityWeight * Lambda * ((components / ComponentsAtFull) + variableShare);

    private static RankingLine Line(double[] rmse, double[] rSquared, double[] complexities) =>
        new(Weight / Deviation(rmse), -Weight / Deviation(rSquared), complexities);

    private static double Mean(double[] values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value - values[0];
        }

        return values.Length == 0 ? double.NaN : values[0] + (sum / values.Length);
    }

    /// <summary>Divisor n - 1; infinite where the values do not differ, so that what is divided by it counts nothing.</summary>
    private static double Deviation(double[] values)
    {
        double mean = Mean(values);
        double squares = 0;
        foreach (double value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        return squares > 0 ? Math.Sqrt(squares / (values.Length - 1)) : double.PositiveInfinity;
    }

    private double Complexity(LeaderboardRow row, int variables)
    {
        double components = row.Candidate.Setting.IsOfComponents ? row.Candidate.Setting.Value : 0;
        return Complexity(components, (double)row.VariableCount / variables);
    }
}
