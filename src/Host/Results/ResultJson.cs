using System.Collections.Immutable;
using System.Text.Json;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Selection;

namespace Pipeline.Host.Results;

/// <summary>The results as JSON, for programs.</summary>
public static class ResultJson
{
    /// <summary>Raised by one whenever a field changes its name or meaning.</summary>
    private const int FormatVersion = 1;

    /// <summary>The study, its samples, every candidate, and the candidates one would use.</summary>
    /// <remarks>Row after row: as one text, the rows of some thousand candidates took more memory than the units they come from.</remarks>
    public static void Leaderboard(RunResult result, Stream target) => JsonText.Write(json => Document(json, result), target);

    /// <summary>The same as one text.</summary>
    public static string Leaderboard(RunResult result) => JsonText.Of(json => Document(json, result));

    /// <summary>Who was taken for whom by a candidate in cross-validation; null where its predictions are not kept, and for numbers.</summary>
    internal static ConfusionMatrix? ConfusionOf(RunResult result, LeaderboardRow row)
    {
        CalibrationManifest samples = result.Prepared.Bound.Set.Manifest;
        return samples.Classes.IsEmpty || row.Rank < 1 || row.Rank > result.Leaderboard.Predictions.Length
            ? null
            : ConfusionMatrix.Of(
                [.. samples.Strata.Select(place => (int)place)], result.Leaderboard.Predictions[row.Rank - 1].AsSpan(), samples.Classes.Length);
    }

    private static void Document(Utf8JsonWriter json, RunResult result)
    {
        PreparedRun prepared = result.Prepared;
        Leaderboard board = result.Leaderboard;
        json.WriteNumber("formatVersion", FormatVersion);
        json.WriteJson("study", StudyFile.Write(prepared.Bound.Study));
        json.WriteObject("samples", () => Samples(json, prepared.Bound));
        json.WriteObject("folds", () =>
        {
            json.WriteString("scheme", prepared.Plan.FoldScheme);
            json.WriteString("key", prepared.Plan.FoldsKey.ToString());
        });
        json.WriteObject("testSamples", prepared.Test is { } test ? () => TestSamples(json, test, prepared.HoldOut) : null);
        json.WriteString("metric", MetricOf(board));
        json.WriteFinite("oneStandardErrorLimit", board.OneStandardErrorLimit);
        json.WriteObject("judgement", () => JudgementJson.Search(json, result));
        json.WriteObjects("chosen", result.Chosen, one => Chosen(json, result, one));
        json.WriteTexts("notes", prepared.Plan.Notes);
        json.WriteObjects("candidates", board.Rows, row => Row(json, board.Judgement, row));
    }

    private static string MetricOf(Leaderboard board) =>
        board.Metric is { } metric ? ClassMetrics.NameOf(metric) : board.Composite is null ? "rmsecv" : CompositeScore.MetricName;

    private static void Samples(Utf8JsonWriter json, BoundStudy bound)
    {
        CalibrationManifest samples = bound.Set.Manifest;
        json.WriteString("key", samples.Key.ToString());
        json.WriteString("response", samples.Response);
        json.WriteNumber("count", samples.SampleCount);
        json.WriteNumber("groups", samples.GroupCount);
        json.WriteNumber("variables", samples.Axis.Count);
        json.WriteObject("axis", () =>
        {
            json.WriteString("unit", samples.Axis.UnitSymbol);
            json.WriteNumber("from", samples.Axis.Positions[0]);
            json.WriteNumber("to", samples.Axis.Positions[^1]);
        });
        Sets(json, "identicalSpectra", bound.IdenticalSpectra);
        Sets(json, "nearSpectra", bound.NearSpectra);
        if (!samples.Classes.IsEmpty)
        {
            json.WriteObjects("classes", samples.Classes, name =>
            {
                int place = samples.Classes.IndexOf(name);
                json.WriteString("name", name);
                json.WriteNumber("count", samples.Strata.Count(own => own == place));
            });
        }
    }

    private static void Sets(Utf8JsonWriter json, string name, ImmutableArray<ImmutableArray<string>> sets)
    {
        json.WriteStartArray(name);
        foreach (ImmutableArray<string> set in sets)
        {
            json.WriteStartArray();
            foreach (string id in set)
            {
                json.WriteStringValue(id);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void TestSamples(Utf8JsonWriter json, TestSet test, HoldOutSets? sets)
    {
        json.WriteNumber("count", test.Ids.Length);
        json.WriteString("chosenBy", sets?.Scheme.Notation);
        json.WriteObjects("known", test.Known, pair =>
        {
            json.WriteString("test", pair.Test);
            json.WriteString("calibration", pair.Calibration);
        });
    }

    private static void Row(Utf8JsonWriter json, SearchJudgement judgement, LeaderboardRow row)
    {
        Candidate candidate = row.Candidate;
        json.WriteNumber("rank", row.Rank > 0 ? row.Rank : null);
        json.WriteString("key", candidate.Key.ToString());
        json.WriteString("pretreatment", candidate.Chain.Notation);
        json.WriteString("subset", candidate.Subset.Notation);
        json.WriteString("variables", row.Variables);
        json.WriteNumber("variableCount", row.Rank > 0 ? row.VariableCount : null);
        json.WriteObjects("ranges", row.Ranges, chosen => Range(json, chosen));
        json.WriteString("model", candidate.Family.Name);
        json.WriteObject("setting", () =>
        {
            json.WriteString("name", candidate.Setting.Name);
            json.WriteNumber("value", candidate.Setting.Value);
            json.WriteString("text", candidate.SettingText);
        });
        json.WriteObject("crossValidation", CrossValidation(json, row));
        json.WriteObject("repeats", judgement.Repeats?.Of(row) is { } repeats ? () => JudgementJson.Repeats(json, repeats) : null);
        json.WriteBoolean("withinOneSe", row.WithinOneStandardError);
        json.WriteString("failure", row.Failure);
    }

    private static void Range(Utf8JsonWriter json, ChosenRange chosen)
    {
        json.WriteNumber("from", chosen.Range.From);
        json.WriteNumber("to", chosen.Range.To);
        json.WriteNumber("foldShare", chosen.FoldShare);
    }

    /// <summary>What writes the metrics of a row; null for one without rank.</summary>
    private static Action? CrossValidation(Utf8JsonWriter json, LeaderboardRow row) => row switch
    {
        { Classes: { } score } => () => ClassCrossValidation(json, score),
        { Rank: > 0 } => () => NumberCrossValidation(json, row),
        _ => null,
    };

    private static void NumberCrossValidation(Utf8JsonWriter json, LeaderboardRow row)
    {
        FoldMetrics folds = row.FoldMetrics;
        MetricsJson.Numbers(json, "rmsecv", row.Metrics);
        json.WriteNumber("foldRmseMean", folds.RmseMean);
        json.WriteNumber("foldRmseSd", folds.RmseDeviation);
        json.WriteNumber("foldR2Mean", folds.RSquaredFoldCount > 0 ? folds.RSquaredMean : null);
        json.WriteNumber("foldR2Sd", folds.RSquaredFoldCount > 1 ? folds.RSquaredDeviation : null);
        json.WriteNumber("composite", row.Composite);
        json.WriteObject("judgement", row.Judgement is { } sure ? () => JudgementJson.Row(json, sure) : null);
    }

    private static void ClassCrossValidation(Utf8JsonWriter json, ClassScore score)
    {
        ClassFoldMetrics folds = score.Folds;
        MetricsJson.Classes(json, score.Pooled);
        json.WriteNumber("foldBalancedAccuracyMean", folds.Mean.BalancedAccuracy);
        json.WriteNumber("foldBalancedAccuracySd", folds.Deviation.BalancedAccuracy);
        json.WriteNumber("foldAccuracyMean", folds.Mean.Accuracy);
        json.WriteNumber("foldAccuracySd", folds.Deviation.Accuracy);
        json.WriteNumber("foldMacroF1Mean", folds.Mean.MacroF1);
        json.WriteNumber("foldMacroF1Sd", folds.Deviation.MacroF1);
        json.WriteFinite("foldRocAucMean", folds.Mean.RocAuc);
        json.WriteNumber("foldRocAucSd", folds.RocAucFoldCount > 1 ? folds.Deviation.RocAuc : null);
        json.WriteFinite("foldLogLossMean", folds.Mean.LogLoss);
        json.WriteFinite("foldLogLossSd", folds.Deviation.LogLoss);
    }

    private static void Chosen(Utf8JsonWriter json, RunResult result, ChosenCandidate chosen)
    {
        json.WriteNumber("rank", chosen.Row.Rank);
        json.WriteString("why", chosen.Why);
        if (chosen.Row.Classes is { } score)
        {
            json.WriteObject("crossValidation", () => ClassCrossValidation(json, score));
            Confusion(json, ConfusionOf(result, chosen.Row));
            json.WriteObject("calibration", chosen.ClassCalibration is { } calibration ? () => MetricsJson.CountedClasses(json, calibration) : null);
            json.WriteObject("test", chosen.ClassTest is { } test ? () => ClassTest(json, test) : null);
        }
        else
        {
            json.WriteFinite("rmsec", chosen.Calibration?.Rmse);
            json.WriteNumber("rmsecv", chosen.Row.Metrics.Rmse);
            json.WriteObject("test", chosen.Test is { } test ? () => NumberTest(json, test) : null);
        }

        json.WriteString("failure", chosen.Failure);
    }

    private static void Confusion(Utf8JsonWriter json, ConfusionMatrix? confusion)
    {
        if (confusion is null)
        {
            json.WriteNull("confusion");
            return;
        }

        json.WriteStartArray("confusion");
        for (int actual = 0; actual < confusion.ClassCount; actual++)
        {
            json.WriteStartArray();
            for (int predicted = 0; predicted < confusion.ClassCount; predicted++)
            {
                json.WriteNumberValue(confusion[actual, predicted]);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void ClassTest(Utf8JsonWriter json, ClassTestOutcome test)
    {
        json.WriteObject("all", () => MetricsJson.CountedClasses(json, test.All));
        json.WriteObject("unknownOnly", test.Unknown is { } unknown ? () => MetricsJson.CountedClasses(json, unknown) : null);
    }

    private static void NumberTest(Utf8JsonWriter json, TestOutcome test)
    {
        json.WriteObject("all", () => TestMetrics(json, test.All));
        json.WriteObject("unknownOnly", test.Unknown is { } unknown ? () => TestMetrics(json, unknown) : null);
    }

    private static void TestMetrics(Utf8JsonWriter json, RegressionMetrics metrics)
    {
        json.WriteNumber("samples", metrics.Count);
        MetricsJson.Numbers(json, "rmsep", metrics);
    }
}
