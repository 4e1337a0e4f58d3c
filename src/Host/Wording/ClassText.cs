using System.Globalization;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Metrics;

namespace Pipeline.Host.Wording;

/// <summary>How well classes are predicted, as people read it.</summary>
internal static class ClassText
{
    /// <summary>Why the best candidate is the best.</summary>
    public static string Best(ClassMetric? metric) => metric switch
    {
        null => "lowest RMSECV",
        ClassMetric.LogLoss => "lowest log loss",
        { } ranking => $"highest {Word(ranking)}",
    };

    /// <summary>A metric in words.</summary>
    public static string Word(ClassMetric metric) => metric switch
    {
        ClassMetric.BalancedAccuracy => "balanced accuracy",
        ClassMetric.Accuracy => "accuracy",
        ClassMetric.MacroF1 => "macro F1",
        ClassMetric.RocAuc => "ROC AUC",
        _ => "log loss",
    };

    /// <summary>A candidate's figure of what it is ranked by: <c>RMSECV 0.123</c>, <c>balanced accuracy 0.9876</c>.</summary>
    public static string Ranking(LeaderboardRow row, ClassMetric? metric) => metric is { } ranking && row.Classes is { } classes
        ? $"{Word(ranking)} {Share(classes.Pooled.Value(ranking))}"
        : $"RMSECV {Figure.Of(row.Metrics.Rmse)}";

    /// <summary>Four decimals, but never rounded up to 1; a dash where there is none.</summary>
    public static string Share(double value) => !double.IsFinite(value)
        ? "-"
        : value is > 0.99995 and < 1 ? value.ToString("F7", CultureInfo.InvariantCulture) : value.ToString("F4", CultureInfo.InvariantCulture);
}
