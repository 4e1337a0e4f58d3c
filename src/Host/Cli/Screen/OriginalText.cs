using System.Globalization;
using Pipeline.Host.Runs;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration.Original;

namespace Pipeline.Host.Cli.Screen;

/// <summary>A search by the seed profile as text for the screen.</summary>
internal static class OriginalText
{
    /// <summary>What must be known before a figure of it is believed.</summary>
    public const string Warning =
        "Seed profile: the arithmetic of the program before this one, for comparison. Its figures are too good: variables and regions are chosen with\n"
        + "the held-out samples in view, and the best of many rows is lucky. Judge a calibration by the honest profile, which is the default.";

    /// <summary>The best rows as a table.</summary>
    public static string Table(OriginalRun run, int rowsMax)
    {
        var table = new ScreenTable(">Rank", "Model", "Setting", "Pretreatment", "Subset", ">n var", ">RMSE", ">R²", ">Composite");
        foreach (OriginalRow row in run.Rows.Where(row => row.Failure is null).Take(rowsMax))
        {
            table.Add(
                row.Rank.ToString(CultureInfo.InvariantCulture),
                row.Model,
                row.Setting,
                row.Window is { } window ? FormattableString.Invariant($"{row.Pretreatment} ({window},{row.Polynomial},{row.Derivative})") : row.Pretreatment,
                row.Subset,
                row.Variables.Length.ToString(CultureInfo.InvariantCulture),
                Figure.Of(row.Rmse),
                row.R2.ToString("F3", CultureInfo.InvariantCulture),
                row.Composite.ToString("F3", CultureInfo.InvariantCulture));
        }

        return table.ToString();
    }

    /// <summary>How many rows there are, how many failed, how long it took, and what can be asked about them later.</summary>
    public static string Closing(OriginalRun run)
    {
        int failed = run.Rows.Count(row => row.Failure is not null);
        string lost = failed == 0 ? "" : FormattableString.Invariant($", {failed} of them without figures (column Failure)");
        return FormattableString.Invariant($"{run.Rows.Length} rows on {run.SampleCount} samples{lost}, in {run.Elapsed.TotalSeconds:F1} s.\n")
            + "Why a row exists stands in the row: model, parameters, pretreatment, window, subset, variables. Nothing else is kept, so "
            + "'pipeline explain' knows none of them.";
    }
}
