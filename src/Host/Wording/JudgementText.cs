using System.Globalization;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Calibration.Judging.Nested;
using Pipeline.Stages.Calibration.Judging.Permuted;

namespace Pipeline.Host.Wording;

/// <summary>How far a search can be believed, in words.</summary>
internal static class JudgementText
{
    /// <summary>What is hardly chance.</summary>
    public const double Level = 0.05;

    private const int ChoicesMax = 3;

    /// <summary>The sentences on a finished search; none where nothing was judged.</summary>
    public static IEnumerable<string> Lines(Leaderboard board) =>
        [.. Best(board), .. Nested(board), .. Repeated(board), .. Chance(board.Judgement.Null), .. board.Judgement.Notes];

    /// <summary>What judging will do and take, beside the search itself; null where nothing is judged.</summary>
    public static string? Planned(JudgingPlan judging)
    {
        string[] parts =
        [
            .. judging.Outer is { } outer ? [$"the search without each of {outer.Searches.Length} outer folds ({outer.Scheme})"] : (string[])[],
            .. judging.Null is { } chance
                ? [$"{Figure.Count(chance.Permutations)} searches on shuffled responses ({Figure.Count(chance.CandidateCount)} of "
                    + $"{Figure.Count(chance.AllCount)} candidates: {chance.Coverage})"]
                : (string[])[],
            .. judging.Repeats is { Searches: var further }
                ? [$"the search with {further.Length} other divisions of the samples ({further[0].Plan.FoldScheme}{(further.Length > 1 ? ", …" : "")})"]
                : (string[])[],
        ];
        double seconds = judging.Searches.Sum(search => search.Plan.Work.CpuSeconds);
        return parts.Length == 0
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"Judging: {string.Join("; ", parts)}; about {seconds:0.#} s of processor time more.");
    }

    /// <summary>What other divisions into folds do to the best, in one sentence; none where folds were not repeated.</summary>
    public static IEnumerable<string> Repeated(Leaderboard board)
    {
        if (board.Judgement.Repeats is not { } repeats || board.Winner is not { } winner || repeats.Of(winner) is not { } own)
        {
            yield break;
        }

        string name = board.Metric is { } metric ? ClassText.Word(metric) : "RMSECV";
        int divisions = repeats.Divisions.Length;
        yield return $"Other folds: over {own.Count} divisions of the samples (this one among them) the {name} of the best is "
            + $"{Value(own.Mean)} ± {Beside(own.Deviation, own.Mean)} (mean ± sd). "
            + $"It ranks first in {repeats.Divisions.Count(one => one.WinnerRank == 1)} of {divisions}; the best of each had "
            + $"{Value(repeats.Divisions.Min(one => one.Value))} to {Value(repeats.Divisions.Max(one => one.Value))}.";

        string Value(double value) => board.Metric is null ? Figure.Of(value) : ClassText.Share(value);

        string Beside(double value, double mean) => board.Metric is null ? Figure.Beside(value, mean) : ClassText.Share(value);
    }

    /// <summary>R² with four decimals, but never rounded up to 1.</summary>
    public static string RSquared(double value) =>
        value is > 0.99995 and < 1 ? value.ToString("F7", CultureInfo.InvariantCulture) : value.ToString("F4", CultureInfo.InvariantCulture);

    /// <summary>How sure the best row's error and its rank are; nothing where that was not judged.</summary>
    public static IEnumerable<string> Best(Leaderboard board)
    {
        if (board.Winner is not { Judgement: { } sure })
        {
            yield break;
        }

        LeaderboardRow[] judged = [.. board.Rows.Where(row => row.Judgement is not null)];
        int alike = judged.Count(row => row.Rank > 1 && row.Judgement!.PAgainstBest > Level);
        string others = judged.Length == 1
            ? ""
            : $" It ranks first in {Percent(sure.RankConfidence)} of resamples; of the next {judged.Length - 1}, {alike} cannot be told "
                + $"from it (paired test, p > {Text(Level)}).";
        yield return $"With other samples of the same kind the RMSECV of the best would lie between {Figure.Of(sure.Rmse.Low)} and "
            + $"{Figure.Of(sure.Rmse.High)} (95 %).{others}";
    }

    /// <summary>By how much the cross-validation of the best flatters, as the end of a sentence about it.</summary>
    public static string Flattery(NestedEstimate nested) => nested.Optimism <= 0
        ? "is no better than that: choosing has not flattered it"
        : nested.Classes is null
            ? $"is too good by {Figure.Of(nested.Optimism)} ({Percent(nested.Optimism / nested.Metrics.Rmse)})"
            : $"is too good by {ClassText.Share(nested.Optimism)}";

    /// <summary>What a permutation null says of a search.</summary>
    public static string Verdict(PermutationNull chance) => chance.PValue <= Level ? "Not by chance" : "CHANCE WOULD DO AS WELL";

    /// <summary>The probability of so good a result by chance.</summary>
    public static string Probability(double p) => p.ToString("0.####", CultureInfo.InvariantCulture);

    /// <summary>An interval in brackets behind its figure; nothing where there is none.</summary>
    public static string Between(Interval? interval, Func<double, string> text) =>
        interval is { } ends ? $" ({text(ends.Low)} to {text(ends.High)})" : "";

    private static IEnumerable<string> Nested(Leaderboard board)
    {
        if (board.Judgement.Nested is not { } nested)
        {
            yield break;
        }

        yield return $"What to expect of new samples: the whole search was repeated without each of {nested.Choices.Length} outer folds, "
            + "and what it chose predicted them:";
        if (board.Metric is { } metric)
        {
            double expected = nested.Classes!.Value.Value(metric);
            yield return $"  {ClassText.Word(metric)} {ClassText.Share(expected)}{Between(nested.Ranking, ClassText.Share)}, accuracy "
                + $"{ClassText.Share(nested.Classes.Value.Accuracy)}, "
                + $"log loss {ClassText.Share(nested.Classes.Value.LogLoss)}; the best of {Figure.Count(board.Rows.Length)} had "
                + $"{ClassText.Share(board.Winner!.Classes!.Pooled.Value(metric))}.";
            yield return $"  Chosen there: {Choices(nested)}.";
            yield break;
        }

        double naive = board.Winner!.Metrics.Rmse;
        yield return $"  RMSE {Figure.Of(nested.Metrics.Rmse)}{Between(nested.Rmse, Figure.Of)}, R² "
            + $"{RSquared(nested.Metrics.RSquared)}{Between(nested.RSquared, RSquared)}, "
            + $"bias {Figure.Beside(nested.Metrics.Bias, nested.Metrics.Rmse)}{Between(nested.Bias, value => Figure.Beside(value, nested.Metrics.Rmse))}.";
        string luck = nested.Optimism > 0 ? $": it is the luckiest of {Figure.Count(board.Rows.Length)}" : "";
        yield return $"  The RMSECV of the best, {Figure.Of(naive)}, {Flattery(nested)}{luck}.";
        yield return $"  Chosen there: {Choices(nested)}.";
    }

    private static IEnumerable<string> Chance(PermutationNull? chance)
    {
        if (chance is null)
        {
            yield break;
        }

        yield return $"{Verdict(chance)}: {Figure.Count(chance.Permutations)} searches on shuffled responses reached RMSECV "
            + $"{Figure.Of(chance.Best[0])} at best and {Figure.Of(chance.Quantile(0.5))} in the middle, "
            + $"on the true ones {Figure.Of(chance.Observed)}: p = {Probability(chance.PValue)} "
            + $"({Figure.Count(chance.CandidateCount)} of {Figure.Count(chance.AllCount)} candidates: {chance.Coverage}).";
    }

    private static string Choices(NestedEstimate nested)
    {
        string[] choices =
        [
            .. nested.Choices
                .GroupBy(choice => $"{choice.Winner.Candidate.Chain.Notation}, {choice.Winner.Candidate.Subset.Notation}, "
                    + $"{choice.Winner.Candidate.Family.Name}")
                .OrderByDescending(group => group.Count())
                .ThenBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => group.Count() > 1 ? $"{group.Key} ({group.Count()} times)" : group.Key),
        ];
        return string.Join("; ", choices.Take(ChoicesMax)) + (choices.Length > ChoicesMax ? $"; and {choices.Length - ChoicesMax} others" : "");
    }

    private static string Percent(double share) => (100 * share).ToString("0", CultureInfo.InvariantCulture) + " %";

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
