using System.Collections.Immutable;

namespace Pipeline.Stages.Calibration.Judging.Permuted;

/// <summary>How low an error the search reaches where spectra and responses have nothing to do with each other.</summary>
/// <remarks>
/// For each shuffle the lowest RMSECV of all covered candidates, against the lowest of the same candidates on the true
/// responses: p = (1 + #{null ≤ observed}) / (1 + B), which is never 0 and holds its level for any B. The search on shuffles
/// chooses as much as the search does, so its choosing is paid for. Phipson and Smyth (2010), Statistical Applications in
/// Genetics and Molecular Biology 9, 39; Ojala and Garriga (2010), Journal of Machine Learning Research 11, 1833-1863.
/// </remarks>
/// <param name="Permutations">Shuffles that were ranked, B.</param>
/// <param name="CandidateCount">Candidates that are covered.</param>
/// <param name="AllCount">Candidates of the study.</param>
/// <param name="Coverage">What is covered, in words.</param>
/// <param name="Observed">The lowest RMSECV of covered candidates.</param>
/// <param name="PValue">The probability of so low an error by chance.</param>
/// <param name="Best">The lowest RMSECV of each shuffle, ascending.</param>
public sealed record PermutationNull(
    int Permutations, int CandidateCount, int AllCount, string Coverage, double Observed, double PValue, ImmutableArray<double> Best)
{
    /// <summary>The null of a finished search on shuffles; null where nothing of it, or of the study's own candidates, was ranked.</summary>
    public static PermutationNull? Of(NullSearch search, Leaderboard shuffled, Leaderboard board)
    {
        double observed = board.Rows
            .Where(row => row.Rank > 0 && IsCovered(row.Candidate, search))
            .Select(row => row.Metrics.Rmse)
            .DefaultIfEmpty(double.NaN)
            .Min();
        ImmutableArray<double> best =
        [
            .. shuffled.Rows
                .Where(row => row.Rank > 0)
                .GroupBy(row => row.Candidate.Setting.Value)
                .Select(shuffle => shuffle.Min(row => row.Metrics.Rmse))
                .Order(),
        ];
        if (double.IsNaN(observed) || best.IsEmpty)
        {
            return null;
        }

        double p = (1 + best.Count(one => one <= observed)) / (1.0 + best.Length);
        return new PermutationNull(best.Length, search.CandidateCount, search.AllCount, search.Coverage, observed, p, best);
    }

    /// <summary>A quantile of the null's lowest errors.</summary>
    public double Quantile(double probability) => Interval.Quantile(Best.AsSpan(), probability);

    private static bool IsCovered(Candidate candidate, NullSearch search) =>
        search.Covered.Contains((candidate.Chain.Notation, candidate.Family.Name, candidate.Subset.Notation));
}
