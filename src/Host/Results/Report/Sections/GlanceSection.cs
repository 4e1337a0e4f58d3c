using System.Collections.Immutable;
using Pipeline.Host.Runs;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging.Nested;
using Pipeline.Stages.Diagnostics;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Selection;

namespace Pipeline.Host.Results.Report.Sections;

/// <summary>The first screen: which model won, how good it is, what was tried, which wavelengths matter.</summary>
internal static class GlanceSection
{
    private const int RangesMax = 6;
    private const int MethodsMax = 40;
    private const int ChosenRangesMax = 24;
    private const int FewVariables = 10;

    /// <summary>Four cards.</summary>
    public static void Write(Html html, ReportFacts facts)
    {
        html.Open("section", "cards", "glance").Element("h2", "At a glance", "unseen");
        Card(html, "The winner", () => Winner(html, facts));
        if (facts.Winner is { } winner)
        {
            if (facts.Board.Judgement.Nested is { } nested)
            {
                Card(html, "What to expect of new samples", () => Expected(html, facts, winner, nested));
            }
            else
            {
                Card(html, "How good it is", () => Quality(html, facts, winner));
            }

            Card(html, "Which wavelengths matter", () => Wavelengths(html, facts, winner));
        }

        Card(html, "What was tried", () => Tried(html, facts), "card wide");
        html.Close("section");
    }

    private static void Card(Html html, string title, Action content, string css = "card")
    {
        html.Open("div", css).Element("h3", title);
        content();
        html.Close("div");
    }

    private static void Winner(Html html, ReportFacts facts)
    {
        if (facts.Winner is not { } winner)
        {
            html.Element("p", "None: no candidate could be ranked.", "big");
            html.Element("p", facts.Board.Rows is [{ Failure: { } reason }, ..] ? $"The first reason: {reason}" : "The study has no candidate.");
            return;
        }

        Candidate one = winner.Candidate;
        html.Element("p", $"{one.Family.Name} {one.SettingText}", "big");
        html.Element(
            "p",
            $"{(one.Chain.Steps.IsEmpty ? "on spectra as measured" : $"after {one.Chain.Notation}")}, "
                + $"{ReportText.Many(winner.VariableCount, "variable")} ({one.Subset.Notation})");
        html.Element(
            "p",
            $"{ReportText.Capital(ClassText.Best(facts.Board.Metric))} of {ReportText.Many(facts.Board.Rows.Count(row => row.Rank > 0), "ranked candidate")}.",
            "dim");
    }

    /// <summary>The error of the whole search on samples that it has not seen, beside what the winner promises.</summary>
    private static void Expected(Html html, ReportFacts facts, LeaderboardRow winner, NestedEstimate nested)
    {
        if (nested.Classes is { } classes && facts.Board.Metric is { } metric)
        {
            html.Element(
                "p",
                $"{ReportText.Capital(ClassText.Word(metric))} "
                    + $"{ClassText.Share(classes.Value(metric))}{JudgementText.Between(nested.Ranking, ClassText.Share)}",
                "big");
            html.Element(
                "p",
                $"{ReportText.Percent(classes.Accuracy)} of {ReportText.Many(classes.Count, "sample")} predicted right by searches that had "
                    + "not seen them; in brackets 95 %");
            html.Element("p", $"The winner's own cross-validation, {ClassText.Share(winner.Classes!.Pooled.Value(metric))}, {JudgementText.Flattery(nested)}.");
        }
        else
        {
            RegressionMetrics m = nested.Metrics;
            html.Element("p", $"RMSE {Figure.Of(m.Rmse)}{JudgementText.Between(nested.Rmse, Figure.Of)}", "big");
            html.Element(
                "p",
                $"R² {JudgementText.RSquared(m.RSquared)}{JudgementText.Between(nested.RSquared, JudgementText.RSquared)}, bias "
                    + $"{Figure.Beside(m.Bias, m.Rmse)}; in brackets 95 %");
            html.Element("p", $"RPD {ReportText.Ratio(m.Rpd)}: {ReportText.Scale(m.Rpd)} by the usual scale");
            html.Element(
                "p",
                $"The winner's own RMSECV, {Figure.Of(winner.Metrics.Rmse)}{JudgementText.Between(winner.Judgement?.Rmse, Figure.Of)}, "
                    + $"{JudgementText.Flattery(nested)}.");
        }

        if (facts.Board.Judgement.Null is { } chance)
        {
            html.Element("p", $"{JudgementText.Verdict(chance)}: p = {JudgementText.Probability(chance.PValue)}.");
        }

        Tested(html, facts);
    }

    private static void Quality(Html html, ReportFacts facts, LeaderboardRow winner)
    {
        if (winner.Classes is { } classes)
        {
            html.Element("p", ReportText.Capital(ClassText.Ranking(winner, facts.Board.Metric)), "big");
            html.Element(
                "p",
                $"in cross-validation; {ReportText.Percent(classes.Pooled.Accuracy)} of {ReportText.Many(classes.Pooled.Count, "sample")} predicted right");
            Tested(html, facts);
            return;
        }

        RegressionMetrics m = winner.Metrics;
        html.Element("p", $"RMSECV {Figure.Of(m.Rmse)}", "big");
        html.Element(
            "p",
            $"R² {JudgementText.RSquared(m.RSquared)}, bias {Figure.Beside(m.Bias, m.Rmse)}, SEP {Figure.Beside(m.Sep, m.Rmse)}, RPIQ "
                + $"{ReportText.Ratio(m.Rpiq)}");
        html.Element("p", $"RPD {ReportText.Ratio(m.Rpd)}: {ReportText.Scale(m.Rpd)} by the usual scale");
        Tested(html, facts);
    }

    private static void Tested(Html html, ReportFacts facts)
    {
        if (facts.Chosen?.Test is { } test)
        {
            html.Element(
                "p",
                $"{ReportText.Many(test.All.Count, "test sample")}: RMSEP {Figure.Of(test.All.Rmse)}, bias {Figure.Beside(test.All.Bias, test.All.Rmse)}");
        }
        else if (facts.Chosen?.ClassTest is { } tested)
        {
            html.Element("p", $"{ReportText.Many(tested.All.Count, "test sample")}: balanced accuracy {ClassText.Share(tested.All.BalancedAccuracy)}");
        }
    }

    private static void Wavelengths(Html html, ReportFacts facts, LeaderboardRow winner)
    {
        if (winner.Ranges.IsEmpty)
        {
            html.Element("p", $"The winner uses the full spectrum, {winner.Variables}.");
        }
        else
        {
            // Ranges in the order of the axis, with what the folds say of each.
            html.Element("p", $"Chosen on all samples, with the share of folds that chose them too: {Chosen(winner, facts)}.");
        }

        // Among a few variables the chosen ones are the answer.
        if (facts.Variables is not { Ranges.Length: > 0, Places.Length: > FewVariables } seen)
        {
            return;
        }

        ImmutableArray<ImportantRange> most = [.. seen.Ranges.Take(RangesMax)];
        html.Element(
            "p",
            $"{(most.Length < seen.Ranges.Length ? "Most important" : "Important")} by {seen.Measure.Name}, with "
                + $"{(most.Length == 1 ? "its share" : "their shares")} of the whole:");
        html.List(most.Select(range => $"{WavelengthRanges.Format([range.Range], seen.Axis.Unit)} ({ReportText.Percent(range.Share)})"), "ranges");
    }

    private static string Chosen(LeaderboardRow winner, ReportFacts facts) => ReportText.Some(
        [.. winner.Ranges.Select(range => $"{WavelengthRanges.Format([range.Range], facts.Samples.Axis.Unit)} "
            + $"({ReportText.Percent(range.FoldShare)})")], ChosenRangesMax);

    private static void Tried(Html html, ReportFacts facts)
    {
        PreparedRun prepared = facts.Result.Prepared;
        ImmutableArray<LeaderboardRow> rows = facts.Board.Rows;
        html.List(
        [
            $"{ReportText.Many(rows.Length, "candidate")} in all",
            Methods("pretreatment", rows.Select(row => row.Candidate.Chain.Notation)),
            Methods("choice of variables", rows.Select(row => row.Candidate.Subset.Notation), "choices of variables"),
            Methods("model", rows.Select(row => row.Candidate.Family.Name)),
            $"folds {prepared.Plan.FoldScheme}",
            $"{ReportText.Many(facts.Samples.SampleCount, "sample")} in {ReportText.Many(facts.Samples.GroupCount, "group")}, "
                + $"{ReportText.Many(facts.Samples.Axis.Count, "variable")} on {ReportText.RangeOf(facts.Samples.Axis)}",
        ]);
    }

    private static string Methods(string one, IEnumerable<string> notations, string? more = null)
    {
        string[] distinct = [.. notations.Distinct().Order(StringComparer.Ordinal)];
        return $"{ReportText.Many(distinct.Length, one, more)}: {ReportText.Some(distinct, MethodsMax)}";
    }
}
