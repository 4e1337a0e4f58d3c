using Pipeline.Host.Results.Plots;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Metrics;

namespace Pipeline.Host.Results.Report.Sections;

/// <summary>How the candidates of each pretreatment chain did: whether the winner stands alone.</summary>
internal static class ChainSection
{
    private const int ChainsMax = 30;
    private const int PointsMax = 120;
    private const double WideErrors = 5;

    /// <summary>One plot; nothing without ranked candidates.</summary>
    public static void Write(Html html, ReportFacts facts)
    {
        if (facts.Winner is not { } winner)
        {
            return;
        }

        ClassMetric? metric = facts.Board.Metric;
        (string Chain, LeaderboardRow[] Rows)[] chains =
        [
            .. facts.Board.Rows.Where(row => row.Rank > 0).GroupBy(row => row.Candidate.Chain.Notation, StringComparer.Ordinal)
                .Select(group => (Chain: group.Key, Rows: group.OrderBy(row => row.Rank).ToArray()))
                .OrderBy(chain => chain.Rows[0].Rank),
        ];
        (string Chain, LeaderboardRow[] Rows)[] shown = [.. chains.Take(ChainsMax).Reverse()];
        string name = ReportText.RankingName(metric);
        double[] values = [.. shown.SelectMany(chain => Thin(chain.Rows)).Select(row => ReportText.RankingValue(row, metric))];
        PlotAxis across = metric is null && PlotAxis.IsWide(WideErrors, values) ? PlotAxis.Logarithmic(name, values) : PlotAxis.Over(name, values);
        var plot = new Plot(
            across, PlotAxis.Named("", [.. shown.Select(chain => chain.Chain)]), $"{name} of the candidates of each pretreatment",
            Plot.HeightOfNames(shown.Length));
        if (metric is null)
        {
            plot.VerticalRule(facts.Board.OneStandardErrorLimit, "limit", "");
        }

        for (int k = 0; k < shown.Length; k++)
        {
            LeaderboardRow[] rows = shown[k].Rows;
            plot.Points(
                Thin(rows).Where(row => row.Rank > 1).Select(row => new PlotPoint(
                    ReportText.RankingValue(row, metric), k, $"rank {row.Rank}: {ReportText.Describe(row)}, {name} "
                        + $"{Figure.Of(ReportText.RankingValue(row, metric))}")),
                Marker.Dot,
                "cv faint");
            if (rows[0].Rank == 1)
            {
                plot.Points([new PlotPoint(ReportText.RankingValue(winner, metric), k, $"rank 1: {ReportText.Describe(winner)}")], Marker.Diamond, "test");
            }
        }

        Legend legend = new Legend().Point(Marker.Diamond, "test", "the winner").Point(Marker.Dot, "cv faint", "a candidate");
        if (metric is null)
        {
            legend.Line("limit", "one standard error above the best");
        }

        string cut = chains.Length > ChainsMax ? $" The best {ChainsMax} of {chains.Length} pretreatments." : "";
        string thinned = shown.Any(chain => chain.Rows.Length > PointsMax) ? $" Of each at most {PointsMax} candidates are drawn, spread "
            + "evenly over their ranks." : "";
        html.Open("section", id: "chains").Element("h2", "All candidates by pretreatment").Open("div", "figures");
        html.Figure(
            $"{name} by pretreatment",
            legend,
            plot,
            $"The best pretreatment first. Many candidates close to the winner mean that the choice among them hardly matters.{cut}{thinned}");
        html.Close("div").Close("section");
    }

    /// <summary>Candidates spread evenly over their order, the first and the last among them.</summary>
    private static IEnumerable<LeaderboardRow> Thin(LeaderboardRow[] rows) => rows.Length <= PointsMax
        ? rows
        : Enumerable.Range(0, PointsMax).Select(k => rows[(int)((long)k * (rows.Length - 1) / (PointsMax - 1))]);
}
