using Pipeline.Host.Results.Plots;
using Pipeline.Host.Wording;
using Pipeline.Stages.Prediction;

namespace Pipeline.Host.Results.Report.Sections;

/// <summary>T² against Q of the calibration samples with the limits for new ones: which samples the model leans on, and which it does not describe.</summary>
internal static class InfluenceSection
{
    private const int NamesMax = 8;

    /// <summary>Farther than so many limits, a linear axis would press the others into a corner.</summary>
    private const double FarMax = 8;

    /// <summary>The least part of a limit that is drawn among equal factors.</summary>
    private const double PartMin = 1e-3;

    /// <summary>One plot; nothing without refit.</summary>
    public static void Write(Html html, ReportFacts facts)
    {
        if (facts.Scores is not { } scores || facts.Distances.Length == 0)
        {
            return;
        }

        // Where the scores describe the variables completely, Q is rounding and says nothing; the response takes its place.
        bool hasResidual = double.IsFinite(scores.Limits.QReject);
        string rest = hasResidual
            ? "Above: spectra with something that the scores do not describe. Limits are those for new spectra (T² by F, Q by Jackson and Mudholkar)."
            : "The scores describe the variables completely, so there is no Q residual; upwards stands the response. Limits are those for "
                + "new spectra (T² by F).";
        string thinned = ReportText.Thinned(
            facts.Distances.Length,
            facts.Samples.SampleCount,
            facts.Set.OnDisk is null ? "with the farthest" : "spread evenly over the response");
        Legend legend = new Legend().Point(Marker.Dot, "ok", "within the 95 % limits").Point(Marker.Dot, "warn", "beyond a 95 % limit")
            .Point(Marker.Dot, "far", "beyond a 99 % limit");
        html.Open("section", id: "influence").Element("h2", "Influence of single samples").Open("div", "figures");
        html.Figure(
            hasResidual ? "T² and Q" : "T²",
            legend,
            Draw(facts, scores, hasResidual),
            $"To the right: spectra that weigh much (large scores). {rest}{thinned}");
        html.Close("div").Close("section");
    }

    private static Plot Draw(ReportFacts facts, ScoreModel scores, bool hasResidual)
    {
        ScoreLimits limits = scores.Limits;
        double[] t2 = [.. facts.Distances.Select(one => one.T2)];
        double[] q = hasResidual ? [.. facts.Distances.Select(one => one.Q)] : [.. facts.InfluencePoints.Select(i => facts.Values[i])];
        PlotAxis across = AxisOf($"T² of {ReportText.Many(scores.ComponentCount, "score")}", t2, limits.T2Warn, limits.T2Reject);
        PlotAxis up = hasResidual ? AxisOf("Q residual", q, limits.QWarn, limits.QReject) : PlotAxis.Over(ReportText.Name(facts.Samples.Response), q);
        var plot = new Plot(across, up, "T² against Q of the calibration samples, with limits at 95 and 99 %", 440);
        plot.VerticalRule(limits.T2Warn, "limit", "95 %");
        plot.VerticalRule(limits.T2Reject, "limit far", "99 %", 1);
        if (hasResidual)
        {
            plot.HorizontalRule(limits.QWarn, "limit", "95 %", isNamedBelow: true);
            plot.HorizontalRule(limits.QReject, "limit far", "99 %");
        }

        PlotPoint[] points = [.. facts.Distances.Select((distance, k) => new PlotPoint(
            Shown(t2[k], across), Shown(q[k], up), $"{ReportText.Name(facts.Samples.Ids[facts.InfluencePoints[k]])}: T² "
                + $"{Figure.Of(distance.T2)}, Q {Figure.Of(distance.Q)}"))];
        int[] grade = [.. facts.Distances.Select(one => Grade(one, limits))];
        string[] css = ["ok", "warn", "far"];
        for (int g = 0; g < css.Length; g++)
        {
            plot.Points(points.Where((_, k) => grade[k] == g), Marker.Dot, css[g]);
        }

        foreach (int k in Enumerable.Range(0, grade.Length).Where(k => grade[k] == 2)
            .OrderByDescending(k => ReportFacts.Farness(facts.Distances[k], limits)).ThenBy(k => k).Take(NamesMax))
        {
            plot.Label(points[k].X, points[k].Y, facts.Samples.Ids[facts.InfluencePoints[k]]);
        }

        return plot;
    }

    private static int Grade(ScoreDistance distance, ScoreLimits limits) =>
        distance.T2 > limits.T2Reject || distance.Q > limits.QReject ? 2
        : distance.T2 > limits.T2Warn || distance.Q > limits.QWarn ? 1
        : 0;

    private static PlotAxis AxisOf(string label, double[] values, double warn, double reject)
    {
        double[] finite = [.. ((double[])[warn, reject]).Where(double.IsFinite)];
        double largest = values.DefaultIfEmpty(0).Max();
        return double.IsFinite(reject) && reject > 0 && largest > FarMax * reject
            ? PlotAxis.Logarithmic(label, [.. values.Select(value => Math.Max(value, PartMin * reject)), .. finite])
            : PlotAxis.Over(label, [.. values, .. finite, 0]);
    }

    /// <summary>A value too small for an axis of equal factors stands at its end.</summary>
    private static double Shown(double value, PlotAxis axis) => axis.IsLogarithmic ? Math.Max(value, axis.Min) : value;
}
