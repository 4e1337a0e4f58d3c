using Pipeline.Host.Results.Plots;
using Pipeline.Host.Wording;
using Pipeline.Stages.Diagnostics;
using Pipeline.Stages.Selection;

namespace Pipeline.Host.Results.Report.Sections;

/// <summary>Coefficients and importance over the mean spectrum, with the ranges that were chosen or matter.</summary>
internal static class VariableSection
{
    /// <summary>So few variables are drawn as strokes, each by itself.</summary>
    private const int StemsMax = 40;

    private const int RangesMax = 6;
    private const int BandsMax = 200;

    /// <summary>One plot, or two; nothing without refit.</summary>
    public static void Write(Html html, ReportFacts facts)
    {
        if (facts.Variables is not { } seen)
        {
            return;
        }

        html.Open("section", id: "variables").Element("h2", "What the model looks at").Open("div", "figures");
        bool isProjection = seen.Measure.IsProjection;

        // The magnitude of a coefficient is to be seen on the coefficient itself.
        if (isProjection || seen.Coefficients.Length == 0)
        {
            string caption = $"{ReportText.Capital(seen.Measure.Meaning)}.";
            Draw(
                html, facts, seen, isProjection ? "VIP" : "Importance of the variables", seen.Measure.Name, seen.Importance,
                seen.Measure.Threshold(seen.Importance),
                isProjection ? $"{caption} Variables above 1, the dashed line, matter more than the average." : $"{caption} The dashed line is the mean.");
        }

        if (seen.Coefficients.Length > 0)
        {
            Draw(
                html, facts, seen, "Coefficients", "Coefficient", seen.Coefficients, double.NaN,
                "On the scale of the pretreated spectra: predicted = intercept + sum of coefficient × value.");
        }

        html.Close("div").Close("section");
    }

    private static void Draw(Html html, ReportFacts facts, SeenVariables seen, string title, string label, double[] values, double threshold, string caption)
    {
        PlotAxis up = PlotAxis.Over(label, [.. values, 0, threshold]);
        var plot = new Plot(ReportText.Spectral(seen.Axis), up, $"{title} against the spectral axis");
        var legend = new Legend();
        Shade(plot, legend, facts, seen);
        if (facts.Pretreated is { Axis.Count: > 1 } pretreated)
        {
            plot.Line(seen.Axis.Positions.AsSpan(), Scaled([.. pretreated.Mean], up), "mean");
            legend.Line(
                "mean",
                facts.Drawn.Length < facts.Samples.SampleCount ? "mean of the spectra drawn above, scaled to the frame"
                    : "mean pretreated spectrum, scaled to the frame");
        }

        plot.HorizontalRule(0, "ground", "");
        plot.HorizontalRule(threshold, "limit", "");
        if (seen.Places.Length <= StemsMax)
        {
            foreach ((int place, double value) in seen.Places.Zip(values))
            {
                plot.Segment(seen.Axis.Positions[place], 0, seen.Axis.Positions[place], value, "stem");
            }

            plot.Points(
                seen.Places.Zip(values, (place, value) => new PlotPoint(
                    seen.Axis.Positions[place], value,
                    $"{WavelengthRanges.Format([new AxisRange(seen.Axis.Positions[place], seen.Axis.Positions[place])], seen.Axis.Unit)}: {Figure.Of(value)}")),
                Marker.Dot,
                "cv");
        }
        else
        {
            (double[] x, double[] y) = WithGaps(seen, values);
            plot.Line(x, y, "cv");
        }

        html.Figure(title, legend, plot, caption);
    }

    /// <summary>The ranges that the subset has chosen; of a full spectrum those that matter most.</summary>
    private static void Shade(Plot plot, Legend legend, ReportFacts facts, SeenVariables seen)
    {
        ChosenRange[] chosen = [.. facts.Winner!.Ranges.Take(BandsMax)];
        foreach (ChosenRange range in chosen)
        {
            plot.Band(range.Range.From, range.Range.To, "band");
        }

        if (chosen.Length > 0)
        {
            legend.Band("band", chosen.Length < facts.Winner.Ranges.Length ? $"chosen ranges (the first {BandsMax})" : "chosen ranges");
            return;
        }

        foreach (ImportantRange range in seen.Ranges.Take(RangesMax))
        {
            plot.Band(range.Range.From, range.Range.To, "band");
        }

        if (!seen.Ranges.IsEmpty)
        {
            legend.Band("band", $"ranges that matter most by {seen.Measure.Name}");
        }
    }

    /// <summary>A curve moved and stretched into the frame of another one.</summary>
    private static double[] Scaled(double[] curve, PlotAxis frame)
    {
        double min = curve.Min();
        double range = curve.Max() - min;
        double room = 0.1 * (frame.Max - frame.Min);
        return range > 0
            ? [.. curve.Select(value => frame.Min + room + ((frame.Max - frame.Min - (2 * room)) * ((value - min) / range)))]
            : [.. curve.Select(_ => (frame.Min + frame.Max) / 2)];
    }

    /// <summary>Values at their positions, with a break wherever variables between two of them are not seen.</summary>
    private static (double[] X, double[] Y) WithGaps(SeenVariables seen, double[] values)
    {
        var x = new List<double>(values.Length);
        var y = new List<double>(values.Length);
        for (int k = 0; k < values.Length; k++)
        {
            if (k > 0 && seen.Places[k] != seen.Places[k - 1] + 1)
            {
                x.Add(double.NaN);
                y.Add(double.NaN);
            }

            x.Add(seen.Axis.Positions[seen.Places[k]]);
            y.Add(values[k]);
        }

        return ([.. x], [.. y]);
    }
}
