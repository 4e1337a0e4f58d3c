using System.Globalization;
using System.Text;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Calibration.Judging.Repeated;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Selection;

namespace Pipeline.Host.Results;

/// <summary>The leaderboard as a table: one line per candidate, ranked ones first.</summary>
public static class LeaderboardCsv
{
    private static readonly string[] Head =
    [
        "rank", "pretreatment", "subset", "variables", "variable_count", "model", "setting_name", "setting_value", "setting",
        "rmsecv", "r2", "bias", "sep", "slope", "rpd", "rpiq",
        "fold_rmse_mean", "fold_rmse_sd", "fold_r2_mean", "fold_r2_sd",
        "rmsecv_low", "rmsecv_high", "r2_low", "r2_high", "p_against_best", "rank_confidence", "composite", "repeats_mean", "repeats_sd",
        "within_one_se", "fold_shares", "failure", "key",
    ];

    private static readonly string[] ClassHead =
    [
        "rank", "pretreatment", "subset", "variables", "variable_count", "model", "setting_name", "setting_value", "setting",
        "balanced_accuracy", "accuracy", "macro_f1", "roc_auc", "log_loss",
        "fold_balanced_accuracy_mean", "fold_balanced_accuracy_sd", "fold_accuracy_mean", "fold_accuracy_sd", "fold_macro_f1_mean", "fold_macro_f1_sd",
        "fold_roc_auc_mean", "fold_roc_auc_sd", "fold_log_loss_mean", "fold_log_loss_sd", "repeats_mean", "repeats_sd", "within_one_se", "fold_shares", "failure", "key",
    ];

    /// <summary>The table; figures are empty where there is no rank, no finite value, or where a row was not judged.</summary>
    public static string Text(Leaderboard leaderboard)
    {
        bool isOfClasses = leaderboard.Metric is not null;
        var text = new StringBuilder().AppendJoin(',', isOfClasses ? ClassHead : Head).Append('\n');
        foreach (LeaderboardRow row in leaderboard.Rows)
        {
            RowRepeats? repeats = leaderboard.Judgement.Repeats?.Of(row);
            double[] numbers = [.. isOfClasses ? ClassNumbers(row) : Numbers(row), repeats?.Mean ?? double.NaN, repeats?.Deviation ?? double.NaN];
            text.AppendJoin(',', Cells(row, numbers)).Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<string> Cells(LeaderboardRow row, double[] numbers)
    {
        Candidate one = row.Candidate;
        bool ranked = row.Rank > 0;
        return
        [
            ranked ? CsvText.Of(row.Rank) : "",
            CsvText.Of(one.Chain.Notation),
            CsvText.Of(one.Subset.Notation),
            CsvText.Of(row.Variables),
            ranked ? CsvText.Of(row.VariableCount) : "",
            CsvText.Of(one.Family.Name),
            CsvText.Of(one.Setting.Name),
            CsvText.Of(one.Setting.Value),
            CsvText.Of(one.SettingText),
            .. numbers.Select(number => ranked ? CsvText.Of(number) : ""),
            CsvText.Of(row.WithinOneStandardError),
            CsvText.Of(Shares(row)),
            CsvText.Of(row.Failure ?? ""),
            one.Key.ToString(),
        ];
    }

    private static double[] Numbers(LeaderboardRow row)
    {
        RegressionMetrics m = row.Metrics;
        FoldMetrics f = row.FoldMetrics;
        RowJudgement? j = row.Judgement;
        double rSquaredMean = f.RSquaredFoldCount > 0 ? f.RSquaredMean : double.NaN;
        double rSquaredDeviation = f.RSquaredFoldCount > 1 ? f.RSquaredDeviation : double.NaN;
        return
        [
            m.Rmse, m.RSquared, m.Bias, m.Sep, m.Slope, m.Rpd, m.Rpiq,
            f.RmseMean, f.RmseDeviation, rSquaredMean, rSquaredDeviation,
            j?.Rmse.Low ?? double.NaN, j?.Rmse.High ?? double.NaN, j?.RSquared.Low ?? double.NaN, j?.RSquared.High ?? double.NaN,
            j?.PAgainstBest ?? double.NaN, j?.RankConfidence ?? double.NaN, row.Composite ?? double.NaN,
        ];
    }

    private static double[] ClassNumbers(LeaderboardRow row)
    {
        ClassMetrics m = row.Classes?.Pooled ?? default;
        ClassFoldMetrics f = row.Classes?.Folds ?? default;
        return
        [
            m.BalancedAccuracy, m.Accuracy, m.MacroF1, m.RocAuc, m.LogLoss,
            f.Mean.BalancedAccuracy, f.Deviation.BalancedAccuracy, f.Mean.Accuracy, f.Deviation.Accuracy, f.Mean.MacroF1, f.Deviation.MacroF1,
            f.Mean.RocAuc, f.RocAucFoldCount > 1 ? f.Deviation.RocAuc : double.NaN, f.Mean.LogLoss, f.Deviation.LogLoss,
        ];
    }

    private static string Shares(LeaderboardRow row) => string.Join("; ", row.Ranges.Select(chosen =>
        string.Create(CultureInfo.InvariantCulture, $"{WavelengthRanges.Format(chosen.Range)}: {chosen.FoldShare:0.##}")));
}
