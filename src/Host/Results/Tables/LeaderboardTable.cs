using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Selection;

namespace Pipeline.Host.Results.Tables;

/// <summary>The leaderboard as a table: one row per candidate, ranked ones first.</summary>
/// <remarks>Figures have no value where there is no rank, where they are not finite, and where a row was not judged.</remarks>
internal sealed class LeaderboardTable
{
    private readonly ImmutableArray<LeaderboardRow> _rows;

    private LeaderboardTable(Leaderboard board) => _rows = board.Rows;

    /// <summary>The table of a result.</summary>
    public static ColumnTable Of(RunResult result)
    {
        var table = new LeaderboardTable(result.Leaderboard);
        return ColumnTable.Of(
            "leaderboard",
            result,
            [.. table.Candidates(), .. result.Leaderboard.Metric is null ? table.Numbers() : table.Classes(), .. table.Outcomes()],
            table._rows.Length);
    }

    private IEnumerable<TableColumn> Candidates() =>
    [
        Whole("rank", row => row.Rank),
        Text("pretreatment", row => row.Candidate.Chain.Notation),
        Text("subset", row => row.Candidate.Subset.Notation),
        Text("variables", row => row.Variables),
        Whole("variable_count", row => row.VariableCount),
        Text("model", row => row.Candidate.Family.Name),
        Text("setting_name", row => row.Candidate.Setting.Name),
        new NumberColumn("setting_value", i => _rows[i].Candidate.Setting.Value),
        Text("setting", row => row.Candidate.SettingText),
    ];

    private IEnumerable<TableColumn> Numbers() =>
    [
        Error("rmsecv", row => row.Metrics.Rmse),
        Number("r2", row => row.Metrics.RSquared),
        Error("bias", row => row.Metrics.Bias),
        Error("sep", row => row.Metrics.Sep),
        Number("slope", row => row.Metrics.Slope),
        Number("rpd", row => row.Metrics.Rpd),
        Number("rpiq", row => row.Metrics.Rpiq),
        Error("fold_rmse_mean", row => row.FoldMetrics.RmseMean),
        Error("fold_rmse_sd", row => row.FoldMetrics.RmseDeviation),
        Number("fold_r2_mean", row => row.FoldMetrics.RSquaredFoldCount > 0 ? row.FoldMetrics.RSquaredMean : null),
        Number("fold_r2_sd", row => row.FoldMetrics.RSquaredFoldCount > 1 ? row.FoldMetrics.RSquaredDeviation : null),
        Error("rmsecv_low", row => row.Judgement?.Rmse.Low),
        Error("rmsecv_high", row => row.Judgement?.Rmse.High),
        Number("r2_low", row => row.Judgement?.RSquared.Low),
        Number("r2_high", row => row.Judgement?.RSquared.High),
        Number("p_against_best", row => row.Judgement?.PAgainstBest),
        Number("rank_confidence", row => row.Judgement?.RankConfidence),
        Number("composite", row => row.Composite),
    ];

    private IEnumerable<TableColumn> Classes() =>
    [
        Number("balanced_accuracy", row => row.Classes?.Pooled.BalancedAccuracy),
        Number("accuracy", row => row.Classes?.Pooled.Accuracy),
        Number("macro_f1", row => row.Classes?.Pooled.MacroF1),
        Number("roc_auc", row => row.Classes?.Pooled.RocAuc),
        Number("log_loss", row => row.Classes?.Pooled.LogLoss),
        Number("fold_balanced_accuracy_mean", row => row.Classes?.Folds.Mean.BalancedAccuracy),
        Number("fold_balanced_accuracy_sd", row => row.Classes?.Folds.Deviation.BalancedAccuracy),
        Number("fold_accuracy_mean", row => row.Classes?.Folds.Mean.Accuracy),
        Number("fold_accuracy_sd", row => row.Classes?.Folds.Deviation.Accuracy),
        Number("fold_macro_f1_mean", row => row.Classes?.Folds.Mean.MacroF1),
        Number("fold_macro_f1_sd", row => row.Classes?.Folds.Deviation.MacroF1),
        Number("fold_roc_auc_mean", row => row.Classes?.Folds.Mean.RocAuc),
        Number("fold_roc_auc_sd", row => row.Classes?.Folds is { RocAucFoldCount: > 1 } folds ? folds.Deviation.RocAuc : null),
        Number("fold_log_loss_mean", row => row.Classes?.Folds.Mean.LogLoss),
        Number("fold_log_loss_sd", row => row.Classes?.Folds.Deviation.LogLoss),
    ];

    private IEnumerable<TableColumn> Outcomes() =>
    [
        new TruthColumn("within_one_se", i => _rows[i].WithinOneStandardError),
        Text("fold_shares", Shares),
        Text("failure", row => row.Failure ?? ""),
        Text("key", row => row.Candidate.Key.ToString()),
    ];

    private TextColumn Text(string name, Func<LeaderboardRow, string> cell) => new(name, i => cell(_rows[i]));

    private WholeColumn Whole(string name, Func<LeaderboardRow, int> cell) => new(name, i => _rows[i].Rank > 0 ? cell(_rows[i]) : null);

    private NumberColumn Number(string name, Func<LeaderboardRow, double?> cell) =>
        new(name, i => _rows[i].Rank > 0 ? cell(_rows[i]) ?? double.NaN : double.NaN);

    private NumberColumn Error(string name, Func<LeaderboardRow, double?> cell) => Number(name, cell) with { Unit = TableColumn.ResponseUnit };

    private static string Shares(LeaderboardRow row) => string.Join("; ", row.Ranges.Select(chosen =>
        string.Create(CultureInfo.InvariantCulture, $"{WavelengthRanges.Format(chosen.Range)}: {chosen.FoldShare:0.##}")));
}
