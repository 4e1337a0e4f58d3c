using System.Globalization;
using Pipeline.Host.Results.Plots;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging.Nested;
using Pipeline.Stages.Calibration.Judging.Permuted;

namespace Pipeline.Host.Results.Report.Sections;

/// <summary>The search judged as a whole: what it reaches by chance, and what it chooses without some of the samples.</summary>
internal static class JudgementSection
{
    private const int Bins = 48;
    private const int ChanceHeight = 250;
    private const int FoldsMax = 30;

    /// <summary>Room above the bars for the names of the lines.</summary>
    private const double Headroom = 1.35;

    /// <summary>A plot and a table, as far as they were asked for; nothing without either.</summary>
    public static void Write(Html html, ReportFacts facts)
    {
        PermutationNull? chance = facts.Board.Judgement.Null;
        NestedEstimate? nested = facts.Board.Judgement.Nested;
        if (facts.Winner is not { } winner || (chance is null && nested is null))
        {
            return;
        }

        html.Open("section", id: "judgement").Element("h2", "Is it more than luck").Open("div", "figures");
        if (chance is not null)
        {
            Chance(html, chance);
        }

        if (nested is not null)
        {
            html.Open("div");
            Choices(html, nested, winner);
            html.Close("div");
        }

        html.Close("div").Close("section");
    }

    private static void Chance(Html html, PermutationNull chance)
    {
        PlotAxis across = PlotAxis.Over("Lowest RMSECV of a whole search", [chance.Observed, .. chance.Best]);
        double width = (across.Max - across.Min) / Bins;
        int[] counts = new int[Bins];
        foreach (double best in chance.Best)
        {
            counts[Math.Clamp((int)((best - across.Min) / width), 0, Bins - 1)]++;
        }

        var plot = new Plot(
            across, PlotAxis.Whole("Searches", 0, Headroom * counts.Max()), "Lowest RMSECV of searches on shuffled responses, and of this "
                + "search", ChanceHeight);
        for (int bin = 0; bin < Bins; bin++)
        {
            if (counts[bin] > 0)
            {
                double from = across.Min + (bin * width);
                plot.Bar(
                    from,
                    from + width,
                    counts[bin],
                    "bar",
                    $"{ReportText.Many(counts[bin], "search", "searches")} at {Figure.Of(from)} to {Figure.Of(from + width)}");
            }
        }

        plot.HorizontalRule(0, "ground", "");
        plot.VerticalRule(chance.Observed, "chosen", $"true responses: {Figure.Of(chance.Observed)}");
        plot.VerticalRule(chance.Quantile(0.5), "limit", $"middle by chance: {Figure.Of(chance.Quantile(0.5))}", row: 1);
        string covered = chance.CandidateCount < chance.AllCount ? " Candidates that are not covered have no part in either figure." : "";
        html.Figure(
            "Searches on shuffled responses",
            new Legend().Band(
                "bar",
                $"{ReportText.Many(chance.Permutations, "search", "searches")} on shuffled responses").Line("chosen", "the same search on the true ones"),
            plot,
            $"{JudgementText.Verdict(chance)}: p = {JudgementText.Probability(chance.PValue)}, the share of all these searches, the true "
                + "one among them, that reach so low an error. "
                + $"By chance 5 % stay below {Figure.Of(chance.Quantile(0.05))} and 95 % below {Figure.Of(chance.Quantile(0.95))}. "
                + $"Covers {Figure.Count(chance.CandidateCount)} of {ReportText.Many(chance.AllCount, "candidate")}: {chance.Coverage}.{covered}");
    }

    private static void Choices(Html html, NestedEstimate nested, LeaderboardRow winner)
    {
        bool isOfClasses = nested.Classes is not null;
        html.Element("h3", "What the search chooses without some of the samples");
        HtmlTable table = isOfClasses
            ? new HtmlTable(">Fold", ">Samples", "Chosen without them", ">Of them wrong")
            : new HtmlTable(">Fold", ">Samples", "Chosen without them", ">Its RMSECV", ">RMSE on them");
        foreach ((OuterChoice choice, int k) in nested.Choices.Take(FoldsMax).Select((choice, k) => (choice, k)))
        {
            Candidate one = choice.Winner.Candidate;
            table.Add(
            [
                (k + 1).ToString(CultureInfo.InvariantCulture),
                Figure.Count(choice.SampleCount),
                $"{one.Chain.Notation}, {one.Subset.Notation}, {one.Family.Name} {one.SettingText}",
                .. isOfClasses ? (string[])[ReportText.Percent(choice.Error)] : [Figure.Of(choice.Winner.Metrics.Rmse), Figure.Of(choice.Error)],
            ]);
        }

        html.Raw(table.ToHtml());
        string more = nested.Choices.Length > FoldsMax ? $" The first {FoldsMax} of {nested.Choices.Length} folds; leaderboard.json has all." : "";
        html.Element("p", $"Outer folds {nested.Scheme}. {Agreement(nested, winner)}{more}", "dim");
    }

    /// <summary>Whether the choice depends on which samples there are.</summary>
    private static string Agreement(NestedEstimate nested, LeaderboardRow winner)
    {
        int same = nested.Choices.Count(choice => Names(choice.Winner) == Names(winner));
        return same == nested.Choices.Length
            ? "Every one of these searches chose the winner's pretreatment, choice of variables and model: the choice does not hang on single samples."
            : $"{same} of {nested.Choices.Length} chose the winner's pretreatment, choice of variables and model; where they differ, "
                + "several are about as good.";
    }

    private static (string Chain, string Subset, string Family) Names(LeaderboardRow row) =>
        (row.Candidate.Chain.Notation, row.Candidate.Subset.Notation, row.Candidate.Family.Name);
}
