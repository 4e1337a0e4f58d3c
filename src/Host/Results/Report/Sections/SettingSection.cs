using Pipeline.Host.Results.Plots;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Diagnostics;
using Pipeline.Stages.Metrics;

namespace Pipeline.Host.Results.Report.Sections;

/// <summary>The figure of calibration and of cross-validation against the winner's setting: components, penalty, trees, rounds.</summary>
internal static class SettingSection
{
    private const double WideSettings = 20;
    private const double WideErrors = 20;

    /// <summary>One plot; nothing where the winner's family has a single setting.</summary>
    public static void Write(Html html, ReportFacts facts)
    {
        LeaderboardRow[] path = Path(facts);
        if (path.Length < 2)
        {
            return;
        }

        ClassMetric? metric = facts.Board.Metric;
        double[] held = [.. path.Select(row => ReportText.RankingValue(row, metric))];
        double[] fitted = Calibrated(facts, path);
        (PlotAxis axis, double[] places) = AxisOf(path);
        string name = ReportText.RankingName(metric);
        double limit = LimitOf(facts);
        double[] all = [.. held, .. fitted, limit];
        PlotAxis up = metric is not null
            ? PlotAxis.Over(name, all)
            : PlotAxis.IsWide(WideErrors, all) ? PlotAxis.Logarithmic("RMSE", all) : PlotAxis.Over("RMSE", [.. all, 0]);
        var plot = new Plot(axis, up, $"{name} against {axis.Label}");
        plot.HorizontalRule(limit, "limit", "");
        Mark(plot, path, places, facts.Winner, "chosen", 0);
        Mark(plot, path, places, facts.Board.Simplest, "as good, simpler", 1);
        plot.Line(places, fitted, "cal");
        plot.Points(PointsOf(path, places, fitted), Marker.Ring, "cal");
        plot.Line(places, held, "cv");
        plot.Points(PointsOf(path, places, held), Marker.Dot, "cv");

        var legend = new Legend().Point(Marker.Dot, "cv", metric is null ? "cross-validation (RMSECV)" : "cross-validation");
        if (fitted.Any(double.IsFinite))
        {
            legend.Point(Marker.Ring, "cal", metric is null ? "calibration (RMSEC)" : "calibration");
        }

        if (double.IsFinite(limit))
        {
            legend.Line("limit", "one standard error from the best");
        }

        html.Open("section", id: "setting").Element("h2", "Choice of the setting").Open("div", "figures");
        html.Figure($"{name} against {axis.Label.ToLowerInvariant()}", legend, plot, Caption(facts, fitted));
        html.Close("div").Close("section");
    }

    /// <summary>The ranked settings that differ from the winner's in one value alone, rising.</summary>
    private static LeaderboardRow[] Path(ReportFacts facts)
    {
        if (facts.Winner?.Candidate is not { } winner)
        {
            return [];
        }

        return
        [
            .. facts.Board.Rows
                .Where(row => row.Rank > 0
                    && ReferenceEquals(row.Candidate.Family, winner.Family)
                    && row.Candidate.Setting.Name == winner.Setting.Name
                    && row.Candidate.Chain.Notation == winner.Chain.Notation
                    && row.Candidate.Subset.Notation == winner.Subset.Notation)
                .OrderBy(row => row.Candidate.Setting.Value),
        ];
    }

    /// <summary>What the same settings reach on the samples they are fitted on; NaN where it is not known.</summary>
    private static double[] Calibrated(ReportFacts facts, LeaderboardRow[] path)
    {
        double[]? known = facts.Fitted is { } fitted && facts.Set.OnDisk is null
            ? CalibrationErrors.Of(facts.Winner!.Candidate, fitted, facts.Set, [.. path.Select(row => row.Candidate.Setting)], facts.Board.Metric)
            : null;
        return known ?? [.. path.Select(row => row.Rank == 1 && facts.Chosen?.Calibration is { } own ? own.Rmse : double.NaN)];
    }

    private static (PlotAxis Axis, double[] Places) AxisOf(LeaderboardRow[] path)
    {
        string name = path[0].Candidate.Setting.Name;
        double[] values = [.. path.Select(row => row.Candidate.Setting.Value)];
        string label = ReportText.Name(ReportText.Capital(name));
        if (path[0].Candidate.Setting.IsOfComponents || !PlotAxis.IsWide(WideSettings, [.. values.Where(value => value > 0)]))
        {
            return (values.All(value => value == Math.Floor(value)) ? PlotAxis.Whole(label, values) : PlotAxis.Over(label, values), values);
        }

        // A penalty of 0 has no place among equal factors.
        return values[0] > 0
            ? (PlotAxis.Logarithmic(label, values), values)
            : (
                PlotAxis.Named(label, [.. path.Select(row => Figure.Of(row.Candidate.Setting.Value))]),
                [.. Enumerable.Range(0, path.Length).Select(k => (double)k)]);
    }

    /// <summary>The limit of one standard error on the scale of the plot; NaN where it is of another figure.</summary>
    private static double LimitOf(ReportFacts facts) => facts.Board.Metric switch
    {
        null or ClassMetric.LogLoss => facts.Board.OneStandardErrorLimit,
        ClassMetric.BalancedAccuracy or ClassMetric.Accuracy => 1 - facts.Board.OneStandardErrorLimit,
        _ => double.NaN,
    };

    private static void Mark(Plot plot, LeaderboardRow[] path, double[] places, LeaderboardRow? row, string name, int line)
    {
        int k = Array.FindIndex(path, one => one.Rank == row?.Rank);
        if (k >= 0 && (line == 0 || row!.Rank != 1))
        {
            plot.VerticalRule(places[k], line == 0 ? "chosen" : "simplest", $"{name}: {row!.Candidate.SettingText}", line);
        }
    }

    private static IEnumerable<PlotPoint> PointsOf(LeaderboardRow[] path, double[] places, double[] values) => Enumerable.Range(0, path.Length)
        .Where(k => double.IsFinite(values[k]))
        .Select(k => new PlotPoint(places[k], values[k], $"{path[k].Candidate.SettingText}: {Figure.Of(values[k])}"));

    private static string Caption(ReportFacts facts, double[] fitted)
    {
        const string Same = "Same pretreatment and choice of variables as the winner.";
        return facts.Board.Metric is not null || fitted.Count(double.IsFinite) > 1
            ? $"{Same} Calibration: each setting fitted on all samples, on the variables that are chosen there."
            : $"{Same} RMSEC is known of the winner alone: fits of every setting on all samples would take long.";
    }
}
