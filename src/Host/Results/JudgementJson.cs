using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Calibration.Judging.Nested;
using Pipeline.Stages.Calibration.Judging.Permuted;
using Pipeline.Stages.Calibration.Judging.Repeated;
using Pipeline.Stages.Metrics;

namespace Pipeline.Host.Results;

/// <summary>How far a search and its rows can be believed, as JSON.</summary>
internal static class JudgementJson
{
    private static readonly double[] NullProbabilities = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];

    /// <summary>The search as a whole.</summary>
    public static object Of(RunResult result)
    {
        SearchJudgement judgement = result.Leaderboard.Judgement;
        return new
        {
            bootstrap = result.Prepared.Plan.Replicates,
            nested = judgement.Nested is { } nested ? nested.Classes is { } classes ? OfClasses(nested, classes) : Nested(nested) : null,
            permutationNull = judgement.Null is { } chance ? Null(chance) : null,
            repeats = judgement.Repeats is { } repeats ? Repeats(repeats) : null,
            notes = judgement.Notes,
        };
    }

    /// <summary>A row; null where it was not judged.</summary>
    public static object? Of(LeaderboardRow row) => row.Judgement is { } one
        ? new
        {
            rmsecvInterval = Ends(one.Rmse),
            r2Interval = Ends(one.RSquared),
            biasInterval = Ends(one.Bias),
            pAgainstBest = one.PAgainstBest,
            rankConfidence = one.RankConfidence,
        }
        : null;

    /// <summary>A row over all divisions of the samples; null where folds were not repeated, and for a row without rank.</summary>
    public static object? Of(RepeatedEstimate? repeats, LeaderboardRow row) => repeats?.Of(row) is { } one
        ? new { divisions = one.Count, mean = JsonText.Finite(one.Mean), sd = JsonText.Finite(one.Deviation) }
        : null;

    private static object Repeats(RepeatedEstimate repeats) => new
    {
        divisions = repeats.Divisions.Select(one => new
        {
            folds = one.Folds,
            chosen = Chosen(one.Best),
            value = JsonText.Finite(one.Value),
            winnerRank = one.WinnerRank,
            winnerValue = JsonText.Finite(one.WinnerValue),
        }),
    };

    private static object Nested(NestedEstimate nested) => new
    {
        outerFolds = nested.Scheme,
        rmse = nested.Metrics.Rmse,
        rmseInterval = Ends(nested.Rmse),
        r2 = nested.Metrics.RSquared,
        r2Interval = Ends(nested.RSquared),
        bias = nested.Metrics.Bias,
        biasInterval = Ends(nested.Bias),
        sep = nested.Metrics.Sep,
        optimism = nested.Optimism,
        choices = nested.Choices.Select((choice, k) => new
        {
            outerFold = k + 1,
            samples = choice.SampleCount,
            rmse = choice.Error,
            innerRmsecv = choice.Winner.Metrics.Rmse,
            chosen = Chosen(choice.Winner),
        }),
    };

    private static object OfClasses(NestedEstimate nested, ClassMetrics classes) => new
    {
        outerFolds = nested.Scheme,
        balancedAccuracy = classes.BalancedAccuracy,
        accuracy = classes.Accuracy,
        macroF1 = classes.MacroF1,
        rocAuc = JsonText.Finite(classes.RocAuc),
        logLoss = JsonText.Finite(classes.LogLoss),
        rankingInterval = Ends(nested.Ranking),
        optimism = JsonText.Finite(nested.Optimism),
        choices = nested.Choices.Select((choice, k) => new
        {
            outerFold = k + 1,
            samples = choice.SampleCount,
            wrongShare = choice.Error,
            chosen = Chosen(choice.Winner),
        }),
    };

    private static object Chosen(LeaderboardRow winner) => new
    {
        pretreatment = winner.Candidate.Chain.Notation,
        subset = winner.Candidate.Subset.Notation,
        variables = winner.Variables,
        model = winner.Candidate.Family.Name,
        setting = winner.Candidate.SettingText,
    };

    private static object Null(PermutationNull chance) => new
    {
        permutations = chance.Permutations,
        candidates = chance.CandidateCount,
        allCandidates = chance.AllCount,
        covers = chance.Coverage,
        observedRmsecv = chance.Observed,
        p = chance.PValue,
        quantiles = NullProbabilities.Select(probability => new { probability, rmsecv = chance.Quantile(probability) }),
    };

    private static double[]? Ends(Interval? interval) => interval is { } one && double.IsFinite(one.Low) && double.IsFinite(one.High)
        ? [one.Low, one.High]
        : null;
}
