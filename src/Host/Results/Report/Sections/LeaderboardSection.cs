using System.Globalization;
using Pipeline.Host.Results.Plots;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Metrics;

namespace Pipeline.Host.Results.Report.Sections;

/// <summary>The best candidates as a table, and why others have no rank.</summary>
internal static class LeaderboardSection
{
    private const int RowsMax = 50;
    private const int ReasonsMax = 20;
    private const int VariablesMax = 90;
    private const int ReasonMax = 400;

    /// <summary>Up to two tables.</summary>
    public static void Write(Html html, ReportFacts facts)
    {
        LeaderboardRow[] ranked = [.. facts.Board.Rows.Where(row => row.Rank > 0)];
        html.Open("section", id: "leaderboard").Element("h2", "Leaderboard");
        if (ranked.Length == 0)
        {
            html.Element("p", "No candidate could be ranked.");
        }
        else
        {
            html.Element(
                "p",
                ranked.Length > RowsMax ? $"The best {RowsMax} of {Figure.Count(ranked.Length)} ranked candidates; leaderboard.csv has all, "
                    + "with every figure." : "All ranked candidates; leaderboard.csv has every figure.");
            html.Raw(facts.IsOfClasses ? ClassTable(ranked) : NumberTable(facts, ranked));
            html.Element(
                "p", facts.IsOfClasses
                    ? "1 SE: within one standard error of the best. Fold accuracy: mean ± standard deviation over folds."
                    : "1 SE: RMSECV within one standard error of the best. Fold RMSE: mean ± standard deviation over folds. Definitions stand above.", "dim");
            if (IsJudged(ranked))
            {
                html.Element(
                    "p", "95 %: where RMSECV would lie with other samples of the same kind. p: paired test against the best; above 0.05 the "
                        + "two cannot be told apart. "
                        + "First: share of resamples in which the row ranks first. Rows without these have no predictions kept (study field "
                        + "predictions).", "dim");
            }
        }

        Failures(html, [.. facts.Board.Rows.Where(row => row.Rank == 0)]);
        html.Close("section");
    }

    private static bool IsJudged(LeaderboardRow[] ranked) => ranked.Take(RowsMax).Any(row => row.Judgement is not null);

    private static string NumberTable(ReportFacts facts, LeaderboardRow[] ranked)
    {
        bool isJudged = IsJudged(ranked);
        bool isComposite = facts.Board.Composite is not null;
        var table = new HtmlTable(
        [
            ">Rank", "Pretreatment", "Variables", ">n", "Model", "Setting",
            .. isComposite ? (string[])[">Composite"] : [],
            ">RMSECV",
            .. isJudged ? (string[])[">95 %", ">p", ">First"] : [],
            "1 SE", ">Fold RMSE", ">R²", ">Bias", ">RPD",
        ]);
        foreach (LeaderboardRow row in ranked.Take(RowsMax))
        {
            RegressionMetrics m = row.Metrics;
            table.Add(
            [
                .. Head(row),
                .. isComposite ? (string[])[ReportText.Ratio(row.Composite ?? double.NaN)] : [],
                Figure.Of(m.Rmse),
                .. isJudged ? Judged(row) : [],
                row.WithinOneStandardError ? "yes" : "",
                $"{Figure.Of(row.FoldMetrics.RmseMean)} ± {Figure.Beside(row.FoldMetrics.RmseDeviation, row.FoldMetrics.RmseMean)}",
                JudgementText.RSquared(m.RSquared),
                Figure.Beside(m.Bias, m.Rmse),
                ReportText.Ratio(m.Rpd),
            ]);
        }

        return table.ToHtml();
    }

    private static string ClassTable(LeaderboardRow[] ranked)
    {
        var table = new HtmlTable(
            ">Rank", "Pretreatment", "Variables", ">n", "Model", "Setting", ">Balanced acc.", ">Accuracy", ">Fold accuracy", ">Macro F1",
            ">ROC AUC", ">Log loss", "1 SE");
        foreach (LeaderboardRow row in ranked.Take(RowsMax))
        {
            ClassMetrics m = row.Classes!.Pooled;
            ClassFoldMetrics over = row.Classes.Folds;
            table.Add(
            [
                .. Head(row),
                ClassText.Share(m.BalancedAccuracy),
                ClassText.Share(m.Accuracy),
                $"{ClassText.Share(over.Mean.Accuracy)} ± {ClassText.Share(over.Deviation.Accuracy)}",
                ClassText.Share(m.MacroF1),
                ClassText.Share(m.RocAuc),
                ClassText.Share(m.LogLoss),
                row.WithinOneStandardError ? "yes" : "",
            ]);
        }

        return table.ToHtml();
    }

    /// <summary>Interval, test against the best and rank confidence; the best is not tested against itself.</summary>
    private static string[] Judged(LeaderboardRow row) => row.Judgement is { } sure
        ?
        [
            $"{Figure.Of(sure.Rmse.Low)} to {Figure.Of(sure.Rmse.High)}",
            row.Rank == 1 ? "" : sure.PAgainstBest.ToString("0.###", CultureInfo.InvariantCulture),
            ReportText.Percent(sure.RankConfidence),
        ]
        : ["", "", ""];

    private static string[] Head(LeaderboardRow row) =>
    [
        row.Rank.ToString(CultureInfo.InvariantCulture),
        row.Candidate.Chain.Notation,
        Markup.Cut(row.Variables, VariablesMax),
        Figure.Count(row.VariableCount),
        row.Candidate.Family.Name,
        row.Candidate.SettingText,
    ];

    private static void Failures(Html html, LeaderboardRow[] failed)
    {
        if (failed.Length == 0)
        {
            return;
        }

        html.Element("h3", $"{ReportText.Many(failed.Length, "candidate")} without rank", id: "failures");
        var table = new HtmlTable("Reason", ">Candidates", "For example");
        IGrouping<string, LeaderboardRow>[] reasons =
        [
            .. failed.GroupBy(row => row.Failure ?? "", StringComparer.Ordinal).OrderByDescending(group => group.Count())
            .ThenBy(group => group.Key, StringComparer.Ordinal),
        ];
        foreach (IGrouping<string, LeaderboardRow> reason in reasons.Take(ReasonsMax))
        {
            Candidate one = reason.First().Candidate;
            table.Add(
                Markup.Cut(reason.Key, ReasonMax),
                Figure.Count(reason.Count()),
                $"{one.Chain.Notation}, {one.Subset.Notation}, {one.Family.Name} {one.SettingText}");
        }

        html.Raw(table.ToHtml());
        if (reasons.Length > ReasonsMax)
        {
            html.Element("p", $"{ReportText.Many(reasons.Length - ReasonsMax, "further reason")} in leaderboard.csv.", "dim");
        }
    }
}
