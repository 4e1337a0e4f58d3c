using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Metrics;

namespace Pipeline.Host.Cli.Screen;

/// <summary>How well classes are predicted, as people read it.</summary>
internal static class ClassText
{
    /// <summary>A wider table of confusion would not fit a screen.</summary>
    private const int ConfusionMax = 12;

    private const int NameWidthMax = 16;

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

    /// <summary>Who was taken for whom, a line for each class; nothing where there are too many.</summary>
    public static IEnumerable<string> Confusion(ConfusionMatrix confusion, ImmutableArray<string> classes)
    {
        if (classes.Length > ConfusionMax)
        {
            yield break;
        }

        yield return "Held-out samples by their class (lines) and the class predicted (columns):";
        var table = new ScreenTable(["", .. classes.Select(name => ">" + Shorten(name)), ">right"]);
        for (int actual = 0; actual < classes.Length; actual++)
        {
            int own = actual;
            table.Add(
            [
                Shorten(classes[actual]),
                .. Enumerable.Range(0, classes.Length).Select(predicted => confusion[own, predicted].ToString(CultureInfo.InvariantCulture)),
                (100.0 * confusion[own, own] / confusion.ActualCount(own)).ToString("0.#", CultureInfo.InvariantCulture) + " %",
            ]);
        }

        foreach (string line in table.ToString().TrimEnd('\n').Split('\n'))
        {
            yield return "  " + line;
        }
    }

    /// <summary>A name of one line; control characters would break the table.</summary>
    private static string Shorten(string name)
    {
        string plain = string.Concat(name.Select(sign => char.IsControl(sign) ? ' ' : sign));
        return plain.Length <= NameWidthMax ? plain : plain[..(NameWidthMax - 1)] + "…";
    }
}
