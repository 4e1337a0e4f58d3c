using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration.Original;

namespace Pipeline.Host.Results;

/// <summary>The table of the seed profile, with the columns that the program before it wrote, and the reason of a row that failed.</summary>
internal static class OriginalCsv
{
    private const string Head =
        "Rank,Task,Model,Params,Preprocess,Deriv,Window,Poly,LVs,n_vars,full_vars,SubsetTag,RMSE,R2,CompositeScore,top_vars,all_vars,Failure";

    /// <summary>The table; figures are empty where a row failed, variables are positions on the axis with one decimal.</summary>
    public static string Text(OriginalRun run)
    {
        var text = new StringBuilder(Head).Append('\n');
        foreach (OriginalRow row in run.Rows)
        {
            text.AppendJoin(',', Cells(run, row)).Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<string> Cells(OriginalRun run, OriginalRow row)
    {
        bool isRanked = row.Failure is null;
        return
        [
            isRanked ? CsvText.Of(row.Rank) : "",
            "regression",
            row.Model,
            CsvText.Of(row.Setting),
            row.Pretreatment,
            Of(row.Derivative),
            Of(row.Window),
            Of(row.Polynomial),
            Of(row.Components),
            CsvText.Of(row.Variables.Length),
            CsvText.Of(row.FullVariableCount),
            CsvText.Of(row.Subset),
            isRanked ? CsvText.Of(row.Rmse) : "",
            isRanked ? CsvText.Of(row.R2) : "",
            isRanked ? CsvText.Of(row.Composite) : "",
            row.TopVariables.IsEmpty ? "N/A" : CsvText.Of(Positions(run, row.TopVariables)),
            row.Variables.Length == row.FullVariableCount ? "" : CsvText.Of(Positions(run, row.Variables)),
            CsvText.Of(row.Failure ?? ""),
        ];
    }

    private static string Of(int? number) => number is { } value ? CsvText.Of(value) : "";

    private static string Positions(OriginalRun run, ImmutableArray<int> variables) =>
        string.Join(',', variables.Select(j => run.Axis.Positions[j].ToString("F1", CultureInfo.InvariantCulture)));
}
