using System.Text.Json;
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
    public static void Search(Utf8JsonWriter json, RunResult result)
    {
        SearchJudgement judgement = result.Leaderboard.Judgement;
        json.WriteNumber("bootstrap", result.Prepared.Plan.Replicates);
        json.WriteObject("nested", judgement.Nested is { } nested ? () => Nested(json, nested) : null);
        json.WriteObject("permutationNull", judgement.Null is { } chance ? () => Null(json, chance) : null);
        json.WriteObject("repeats", judgement.Repeats is { } repeats ? () => Divisions(json, repeats) : null);
        json.WriteTexts("notes", judgement.Notes);
    }

    /// <summary>A row of numbers.</summary>
    public static void Row(Utf8JsonWriter json, RowJudgement sure)
    {
        Ends(json, "rmsecvInterval", sure.Rmse);
        Ends(json, "r2Interval", sure.RSquared);
        Ends(json, "biasInterval", sure.Bias);
        json.WriteNumber("pAgainstBest", sure.PAgainstBest);
        json.WriteNumber("rankConfidence", sure.RankConfidence);
    }

    /// <summary>A row over all divisions of the samples.</summary>
    public static void Repeats(Utf8JsonWriter json, RowRepeats repeats)
    {
        json.WriteNumber("divisions", repeats.Count);
        json.WriteFinite("mean", repeats.Mean);
        json.WriteFinite("sd", repeats.Deviation);
    }

    private static void Divisions(Utf8JsonWriter json, RepeatedEstimate repeats) => json.WriteObjects("divisions", repeats.Divisions, one =>
    {
        json.WriteString("folds", one.Folds);
        json.WriteObject("chosen", () => Winner(json, one.Best));
        json.WriteFinite("value", one.Value);
        json.WriteNumber("winnerRank", one.WinnerRank);
        json.WriteFinite("winnerValue", one.WinnerValue);
    });

    private static void Nested(Utf8JsonWriter json, NestedEstimate nested)
    {
        json.WriteString("outerFolds", nested.Scheme);
        if (nested.Classes is { } classes)
        {
            MetricsJson.Classes(json, classes);
            Ends(json, "rankingInterval", nested.Ranking);
            json.WriteFinite("optimism", nested.Optimism);
        }
        else
        {
            RegressionMetrics metrics = nested.Metrics;
            json.WriteNumber("rmse", metrics.Rmse);
            Ends(json, "rmseInterval", nested.Rmse);
            json.WriteNumber("r2", metrics.RSquared);
            Ends(json, "r2Interval", nested.RSquared);
            json.WriteNumber("bias", metrics.Bias);
            Ends(json, "biasInterval", nested.Bias);
            json.WriteNumber("sep", metrics.Sep);
            json.WriteNumber("optimism", nested.Optimism);
        }

        int outerFold = 0;
        json.WriteObjects("choices", nested.Choices, choice =>
        {
            json.WriteNumber("outerFold", ++outerFold);
            json.WriteNumber("samples", choice.SampleCount);
            if (nested.Classes is null)
            {
                json.WriteNumber("rmse", choice.Error);
                json.WriteNumber("innerRmsecv", choice.Winner.Metrics.Rmse);
            }
            else
            {
                json.WriteNumber("wrongShare", choice.Error);
            }

            json.WriteObject("chosen", () => Winner(json, choice.Winner));
        });
    }

    private static void Winner(Utf8JsonWriter json, LeaderboardRow winner)
    {
        json.WriteString("pretreatment", winner.Candidate.Chain.Notation);
        json.WriteString("subset", winner.Candidate.Subset.Notation);
        json.WriteString("variables", winner.Variables);
        json.WriteString("model", winner.Candidate.Family.Name);
        json.WriteString("setting", winner.Candidate.SettingText);
    }

    private static void Null(Utf8JsonWriter json, PermutationNull chance)
    {
        json.WriteNumber("permutations", chance.Permutations);
        json.WriteNumber("candidates", chance.CandidateCount);
        json.WriteNumber("allCandidates", chance.AllCount);
        json.WriteString("covers", chance.Coverage);
        json.WriteNumber("observedRmsecv", chance.Observed);
        json.WriteNumber("p", chance.PValue);
        json.WriteObjects("quantiles", NullProbabilities, probability =>
        {
            json.WriteNumber("probability", probability);
            json.WriteNumber("rmsecv", chance.Quantile(probability));
        });
    }

    /// <summary>An interval; null where there is none, or one without ends.</summary>
    private static void Ends(Utf8JsonWriter json, string name, Interval? interval)
    {
        if (interval is { } one && double.IsFinite(one.Low) && double.IsFinite(one.High))
        {
            json.WriteNumbers(name, [one.Low, one.High]);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
