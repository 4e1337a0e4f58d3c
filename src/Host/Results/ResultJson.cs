using System.Text.Json;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Metrics;

namespace Pipeline.Host.Results;

/// <summary>The results as JSON, for programs.</summary>
public static class ResultJson
{
    /// <summary>Raised by one whenever a field changes its name or meaning.</summary>
    private const int FormatVersion = 1;

    /// <summary>The study, its samples, every candidate, and the candidates one would use.</summary>
    /// <remarks>Row after row: as one text, the rows of some thousand candidates took more memory than the units they come from.</remarks>
    public static void Leaderboard(RunResult result, Stream target) => JsonText.Write(Document(result), target);

    /// <summary>The same as one text.</summary>
    public static string Leaderboard(RunResult result) => JsonText.Of(Document(result));

    private static object Document(RunResult result) => result.Leaderboard.Metric is null ? NumberDocument(result) : ClassDocument(result);

    private static object NumberDocument(RunResult result)
    {
        PreparedRun prepared = result.Prepared;
        CalibrationManifest samples = prepared.Bound.Set.Manifest;
        return new
        {
            formatVersion = FormatVersion,
            study = JsonSerializer.Deserialize<JsonElement>(StudyFile.Write(prepared.Bound.Study)),
            samples = new
            {
                key = samples.Key.ToString(),
                response = samples.Response,
                count = samples.SampleCount,
                groups = samples.GroupCount,
                variables = samples.Axis.Count,
                axis = new { unit = samples.Axis.UnitSymbol, from = samples.Axis.Positions[0], to = samples.Axis.Positions[^1] },
                identicalSpectra = prepared.Bound.IdenticalSpectra,
            },
            folds = new { scheme = prepared.Plan.FoldScheme, key = prepared.Plan.FoldsKey.ToString() },
            testSamples = prepared.Test is { } test
                ? new { count = test.Ids.Length, known = test.Known.Select(pair => new { pair.Test, pair.Calibration }) }
                : null,
            metric = result.Leaderboard.Composite is null ? "rmsecv" : CompositeScore.MetricName,
            oneStandardErrorLimit = JsonText.Finite(result.Leaderboard.OneStandardErrorLimit),
            judgement = JudgementJson.Of(result),
            chosen = result.Chosen.Select(Chosen),
            notes = prepared.Plan.Notes,
            candidates = result.Leaderboard.Rows.Select(row => Row(row, row.Rank > 0 ? CrossValidation(row) : null)),
        };
    }

    /// <summary>The same of classes: their names and counts, and their metrics in place of those of numbers.</summary>
    private static object ClassDocument(RunResult result)
    {
        PreparedRun prepared = result.Prepared;
        CalibrationManifest samples = prepared.Bound.Set.Manifest;
        return new
        {
            formatVersion = FormatVersion,
            study = JsonSerializer.Deserialize<JsonElement>(StudyFile.Write(prepared.Bound.Study)),
            samples = new
            {
                key = samples.Key.ToString(),
                response = samples.Response,
                count = samples.SampleCount,
                groups = samples.GroupCount,
                variables = samples.Axis.Count,
                axis = new { unit = samples.Axis.UnitSymbol, from = samples.Axis.Positions[0], to = samples.Axis.Positions[^1] },
                identicalSpectra = prepared.Bound.IdenticalSpectra,
                classes = samples.Classes.Select((name, place) => new { name, count = samples.Strata.Count(own => own == place) }),
            },
            folds = new { scheme = prepared.Plan.FoldScheme, key = prepared.Plan.FoldsKey.ToString() },
            testSamples = prepared.Test is { } test
                ? new { count = test.Ids.Length, known = test.Known.Select(pair => new { pair.Test, pair.Calibration }) }
                : null,
            metric = ClassMetrics.NameOf(result.Leaderboard.Metric!.Value),
            oneStandardErrorLimit = JsonText.Finite(result.Leaderboard.OneStandardErrorLimit),
            judgement = JudgementJson.Of(result),
            chosen = result.Chosen.Select(one => ClassChosen(result, one)),
            notes = prepared.Plan.Notes,
            candidates = result.Leaderboard.Rows.Select(row => Row(row, row.Classes is { } score ? ClassCrossValidation(score) : null)),
        };
    }

    /// <summary>Who was taken for whom by a candidate in cross-validation; null where its predictions are not kept, and for numbers.</summary>
    internal static ConfusionMatrix? ConfusionOf(RunResult result, LeaderboardRow row)
    {
        CalibrationManifest samples = result.Prepared.Bound.Set.Manifest;
        return samples.Classes.IsEmpty || row.Rank < 1 || row.Rank > result.Leaderboard.Predictions.Length
            ? null
            : ConfusionMatrix.Of(
                [.. samples.Strata.Select(place => (int)place)], result.Leaderboard.Predictions[row.Rank - 1].AsSpan(), samples.Classes.Length);
    }

    private static object Row(LeaderboardRow row, object? crossValidation) => new
    {
        rank = row.Rank > 0 ? row.Rank : (int?)null,
        key = row.Candidate.Key.ToString(),
        pretreatment = row.Candidate.Chain.Notation,
        subset = row.Candidate.Subset.Notation,
        variables = row.Variables,
        variableCount = row.Rank > 0 ? row.VariableCount : (int?)null,
        ranges = row.Ranges.Select(chosen => new { chosen.Range.From, chosen.Range.To, chosen.FoldShare }),
        model = row.Candidate.Family.Name,
        setting = new { row.Candidate.Setting.Name, row.Candidate.Setting.Value, text = row.Candidate.SettingText },
        crossValidation,
        withinOneSe = row.WithinOneStandardError,
        failure = row.Failure,
    };

    private static object CrossValidation(LeaderboardRow row) => new
    {
        rmsecv = JsonText.Finite(row.Metrics.Rmse),
        r2 = JsonText.Finite(row.Metrics.RSquared),
        bias = JsonText.Finite(row.Metrics.Bias),
        sep = JsonText.Finite(row.Metrics.Sep),
        slope = JsonText.Finite(row.Metrics.Slope),
        rpd = JsonText.Finite(row.Metrics.Rpd),
        rpiq = JsonText.Finite(row.Metrics.Rpiq),
        foldRmseMean = row.FoldMetrics.RmseMean,
        foldRmseSd = row.FoldMetrics.RmseDeviation,
        foldR2Mean = row.FoldMetrics.RSquaredFoldCount > 0 ? row.FoldMetrics.RSquaredMean : (double?)null,
        foldR2Sd = row.FoldMetrics.RSquaredFoldCount > 1 ? row.FoldMetrics.RSquaredDeviation : (double?)null,
        composite = row.Composite,
        judgement = JudgementJson.Of(row),
    };

    private static object ClassCrossValidation(ClassScore score) => new
    {
        balancedAccuracy = score.Pooled.BalancedAccuracy,
        accuracy = score.Pooled.Accuracy,
        macroF1 = score.Pooled.MacroF1,
        rocAuc = JsonText.Finite(score.Pooled.RocAuc),
        logLoss = JsonText.Finite(score.Pooled.LogLoss),
        foldBalancedAccuracyMean = score.Folds.Mean.BalancedAccuracy,
        foldBalancedAccuracySd = score.Folds.Deviation.BalancedAccuracy,
        foldAccuracyMean = score.Folds.Mean.Accuracy,
        foldAccuracySd = score.Folds.Deviation.Accuracy,
        foldMacroF1Mean = score.Folds.Mean.MacroF1,
        foldMacroF1Sd = score.Folds.Deviation.MacroF1,
        foldRocAucMean = JsonText.Finite(score.Folds.Mean.RocAuc),
        foldRocAucSd = score.Folds.RocAucFoldCount > 1 ? score.Folds.Deviation.RocAuc : (double?)null,
        foldLogLossMean = JsonText.Finite(score.Folds.Mean.LogLoss),
        foldLogLossSd = JsonText.Finite(score.Folds.Deviation.LogLoss),
    };

    private static object ClassChosen(RunResult result, ChosenCandidate chosen) => new
    {
        rank = chosen.Row.Rank,
        why = chosen.Why,
        crossValidation = ClassCrossValidation(chosen.Row.Classes!),
        confusion = ConfusionOf(result, chosen.Row) is { } confusion ? Rows(confusion) : null,
        calibration = chosen.ClassCalibration is { } calibration ? ClassMetricsOf(calibration) : null,
        test = chosen.ClassTest is { } test
            ? new { all = ClassMetricsOf(test.All), unknownOnly = test.Unknown is { } unknown ? ClassMetricsOf(unknown) : null }
            : null,
        failure = chosen.Failure,
    };

    private static object ClassMetricsOf(ClassMetrics metrics) => new
    {
        samples = metrics.Count,
        balancedAccuracy = metrics.BalancedAccuracy,
        accuracy = metrics.Accuracy,
        macroF1 = metrics.MacroF1,
        rocAuc = JsonText.Finite(metrics.RocAuc),
        logLoss = JsonText.Finite(metrics.LogLoss),
    };

    private static int[][] Rows(ConfusionMatrix confusion) =>
    [
        .. Enumerable.Range(0, confusion.ClassCount)
            .Select(actual => Enumerable.Range(0, confusion.ClassCount).Select(predicted => confusion[actual, predicted]).ToArray()),
    ];

    private static object Chosen(ChosenCandidate chosen) => new
    {
        rank = chosen.Row.Rank,
        why = chosen.Why,
        rmsec = JsonText.Finite(chosen.Calibration?.Rmse),
        rmsecv = chosen.Row.Metrics.Rmse,
        test = chosen.Test is { } test ? new { all = Test(test.All), unknownOnly = test.Unknown is { } unknown ? Test(unknown) : null } : null,
        failure = chosen.Failure,
    };

    private static object Test(RegressionMetrics metrics) => new
    {
        samples = metrics.Count,
        rmsep = JsonText.Finite(metrics.Rmse),
        r2 = JsonText.Finite(metrics.RSquared),
        bias = JsonText.Finite(metrics.Bias),
        sep = JsonText.Finite(metrics.Sep),
        slope = JsonText.Finite(metrics.Slope),
        rpd = JsonText.Finite(metrics.Rpd),
        rpiq = JsonText.Finite(metrics.Rpiq),
    };
}
