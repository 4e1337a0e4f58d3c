using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Models;

namespace Pipeline.Stages.Calibration.Judging.Repeated;

/// <summary>How much the figures of a search depend on how its folds divide the samples.</summary>
/// <remarks>
/// Values are RMSECV, of classes the metric that ranks. All divisions have the same samples, so the deviation is what dividing does;
/// it is no standard error for new samples, and more repeats do not make it one.
/// Bengio and Grandvalet (2004), Journal of Machine Learning Research 5, 1089-1105.
/// </remarks>
/// <param name="Divisions">What each division chose; the study's own first, then in the order of seeds.</param>
/// <param name="Rows">The study's ranked candidates over the divisions that rank them, by key.</param>
public sealed record RepeatedEstimate(ImmutableArray<DivisionChoice> Divisions, ImmutableDictionary<Fingerprint, RowRepeats> Rows)
{
    /// <summary>The estimate from the finished searches of all divisions.</summary>
    /// <param name="repeated">The further divisions.</param>
    /// <param name="boards">The ranking of each.</param>
    /// <param name="board">The study's own ranking, which has a winner.</param>
    /// <param name="plan">The study's units.</param>
    /// <exception cref="StageException">A search ranked nothing.</exception>
    internal static RepeatedEstimate Of(RepeatedFolds repeated, IReadOnlyList<Leaderboard> boards, Leaderboard board, StudyPlan plan)
    {
        var values = new Dictionary<CandidateName, List<double>>();
        CandidateName winner = CandidateName.Of(board.Winner!);
        var divisions = ImmutableArray.CreateBuilder<DivisionChoice>(boards.Count + 1);
        Add(plan.FoldScheme, board);
        for (int r = 0; r < boards.Count; r++)
        {
            Add(repeated.Searches[r].Plan.FoldScheme, boards[r]);
        }

        return new RepeatedEstimate(
            divisions.MoveToImmutable(),
            board.Rows.Where(row => row.Rank > 0).ToImmutableDictionary(row => row.Candidate.Key, row => RowRepeats.Of(values[CandidateName.Of(row)])));

        void Add(string folds, Leaderboard one)
        {
            if (one.Winner is not { } best)
            {
                throw new StageException(FailureKind.Numerical, $"with {folds} nothing could be ranked: {one.Rows[0].Failure}");
            }

            LeaderboardRow? again = null;
            foreach (LeaderboardRow row in one.Rows.Where(row => row.Rank > 0))
            {
                var name = CandidateName.Of(row);
                again = name == winner ? row : again;
                if (!values.TryGetValue(name, out List<double>? own))
                {
                    values.Add(name, own = []);
                }

                own.Add(ValueOf(row, plan.Metric));
            }

            divisions.Add(new DivisionChoice(folds, best, ValueOf(best, plan.Metric), again?.Rank, again is null ? null : ValueOf(again, plan.Metric)));
        }
    }

    /// <summary>A row over all divisions; null for one without rank.</summary>
    public RowRepeats? Of(LeaderboardRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return Rows.TryGetValue(row.Candidate.Key, out RowRepeats repeats) ? repeats : null;
    }

    private static double ValueOf(LeaderboardRow row, ClassMetric? metric) =>
        metric is { } ranking ? row.Classes!.Pooled.Value(ranking) : row.Metrics.Rmse;

    /// <summary>What a candidate is in any division; its key names its folds, too.</summary>
    private readonly record struct CandidateName(string Chain, string Subset, string Family, ModelSetting Setting)
    {
        public static CandidateName Of(LeaderboardRow row) =>
            new(row.Candidate.Chain.Notation, row.Candidate.Subset.Notation, row.Candidate.Family.Name, row.Candidate.Setting);
    }
}

/// <summary>What the search chose with one division of the samples.</summary>
/// <param name="Folds">The division.</param>
/// <param name="Best">Its best row.</param>
/// <param name="Value">The value of that row.</param>
/// <param name="WinnerRank">The rank of the study's winner here; null where it has none.</param>
/// <param name="WinnerValue">The value of the study's winner here.</param>
public sealed record DivisionChoice(string Folds, LeaderboardRow Best, double Value, int? WinnerRank, double? WinnerValue);

/// <summary>One candidate over all divisions.</summary>
/// <param name="Count">Divisions that rank it, r.</param>
/// <param name="Mean">The mean of its values.</param>
/// <param name="Deviation">Their standard deviation, divisor r − 1; NaN for a single one.</param>
public readonly record struct RowRepeats(int Count, double Mean, double Deviation)
{
    /// <summary>Mean and deviation of some values, at least one, summed in their order.</summary>
    public static RowRepeats Of(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        double mean = values.Average();
        double squares = values.Sum(value => (value - mean) * (value - mean));
        return new RowRepeats(values.Count, mean, values.Count > 1 ? Math.Sqrt(squares / (values.Count - 1)) : double.NaN);
    }
}
