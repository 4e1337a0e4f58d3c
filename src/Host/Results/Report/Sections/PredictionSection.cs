using Pipeline.Host.Results.Plots;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Diagnostics;
using Pipeline.Stages.Metrics;

namespace Pipeline.Host.Results.Report.Sections;

/// <summary>Predicted against reference, and residuals against predicted, of a response that is a number.</summary>
internal static class PredictionSection
{
    private const int NamesMax = 5;

    /// <summary>Two plots; a sentence where predictions were not kept.</summary>
    public static void Write(Html html, ReportFacts facts)
    {
        if (facts.Winner is not { } winner)
        {
            return;
        }

        html.Open("section", id: "predictions").Element("h2", "Predictions");
        if (facts.HeldOut is null)
        {
            html.Element("p", "The held-out predictions of the winner were not kept, so they cannot be drawn.");
        }
        else
        {
            string thinned = ReportText.Thinned(facts.Points.Length, facts.HeldOutCount, "spread evenly over the reference, with those that are missed most");
            html.Open("div", "figures");
            Predicted(html, facts, winner, thinned);
            Residuals(html, facts, winner, thinned);
            html.Close("div");
        }

        html.Close("section");
    }

    private static void Predicted(Html html, ReportFacts facts, LeaderboardRow winner, string thinned)
    {
        (string Id, double Reference, double Value)[] tested = Tested(facts);
        double[] all =
        [
            .. facts.Points.Select(i => facts.Values[i]), .. facts.Points.Select(i => facts.HeldOut![i]), .. facts.Calibrated,
            .. tested.SelectMany(one => (double[])[one.Reference, one.Value]),
        ];
        string name = ReportText.Name(facts.Samples.Response);
        PlotAxis across = PlotAxis.Over($"Reference: {name}", all);
        PlotAxis up = PlotAxis.Over("Predicted", all);
        var plot = new Plot(across, up, $"Predicted against reference {name}", 460);
        plot.Segment(across.Min, up.Min, across.Max, up.Max, "diagonal");
        var legend = new Legend();
        if (facts.Calibrated.Length == facts.Points.Length && facts.Chosen?.Calibration is { } calibration)
        {
            plot.Points(facts.Points.Select((i, k) => PointOf(facts.Samples.Ids[i], facts.Values[i], facts.Calibrated[k])), Marker.Ring, "cal");
            legend.Point(Marker.Ring, "cal", Figures("calibration", "RMSEC", calibration));
        }

        plot.Points(facts.Points.Select(i => PointOf(facts.Samples.Ids[i], facts.Values[i], facts.HeldOut![i])), Marker.Dot, "cv");
        legend.Point(Marker.Dot, "cv", Figures("cross-validation", "RMSECV", winner.Metrics));
        if (facts.Chosen?.Test is { } test)
        {
            plot.Points(tested.Select(one => PointOf(one.Id, one.Reference, one.Value)), Marker.Diamond, "test");
            legend.Point(Marker.Diamond, "test", Figures("test", "RMSEP", test.All));
        }

        html.Figure("Predicted against reference", legend, plot, $"On the straight line predicted and reference agree.{thinned}");
    }

    private static void Residuals(Html html, ReportFacts facts, LeaderboardRow winner, string thinned)
    {
        double sep = winner.Metrics.Sep;
        double bias = winner.Metrics.Bias;
        double[] predicted = [.. facts.Points.Select(i => facts.HeldOut![i])];
        double[] residuals = [.. facts.Points.Select(facts.Residual)];
        var plot = new Plot(
            PlotAxis.Over($"Predicted: {ReportText.Name(facts.Samples.Response)}", predicted),
            PlotAxis.Over("Predicted − reference", [.. residuals, 0, bias - (2 * sep), bias + (2 * sep)]),
            "Residuals in cross-validation against predicted", 460);
        plot.HorizontalRule(0, "diagonal", "");
        if (sep > 0)
        {
            plot.HorizontalRule(bias + (2 * sep), "limit", "bias + 2 SEP");
            plot.HorizontalRule(bias - (2 * sep), "limit", "bias − 2 SEP", isNamedBelow: true);
        }

        plot.Points(
            facts.Points.Select((i, k) => new PlotPoint(predicted[k], residuals[k], Title(facts.Samples.Ids[i], facts.Values[i], predicted[k]))),
            Marker.Dot,
            "cv");
        foreach (int k in Enumerable.Range(0, residuals.Length).Where(k => Math.Abs(residuals[k] - bias) > 2 * sep)
            .OrderByDescending(k => Math.Abs(residuals[k] - bias)).ThenBy(k => k).Take(NamesMax))
        {
            plot.Label(predicted[k], residuals[k], facts.Samples.Ids[facts.Points[k]]);
        }

        html.Figure(
            "Residuals against predicted", new Legend().Point(Marker.Dot, "cv", "cross-validation"), plot,
            $"A trend or a fan means that the error depends on the value. Named: the {NamesMax} farthest beyond 2 SEP.{thinned}");
    }

    private static (string Id, double Reference, double Value)[] Tested(ReportFacts facts)
    {
        if (facts.Chosen?.Test is not { Predictions: var predictions } || facts.Result.Prepared.Test is not { } set)
        {
            return [];
        }

        double[] misses = [.. predictions.Select((value, i) => Math.Abs(value - set.Reference[i]))];
        return [.. EvenChoice.Over(set.Reference, ReportFacts.PointsMax, misses).Select(i => (set.Ids[i], set.Reference[i], predictions[i]))];
    }

    private static PlotPoint PointOf(string id, double reference, double value) => new(reference, value, Title(id, reference, value));

    private static string Title(string id, double reference, double value) =>
        $"{ReportText.Name(id)}: reference {Figure.Of(reference)}, predicted {Figure.Of(value)}";

    private static string Figures(string set, string name, RegressionMetrics m) =>
        $"{set}: R² {JudgementText.RSquared(m.RSquared)}, {name} {Figure.Of(m.Rmse)}, bias {Figure.Beside(m.Bias, m.Rmse)}, n {Figure.Count(m.Count)}";
}
