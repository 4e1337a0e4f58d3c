using Pipeline.Host.Results.Plots;
using Pipeline.Host.Wording;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Results.Report.Sections;

/// <summary>The spectra as measured and as the winner's chain leaves them, coloured by the response.</summary>
internal static class SpectraSection
{
    /// <summary>One plot, or two.</summary>
    public static void Write(Html html, ReportFacts facts)
    {
        if (facts.Raw is not { } raw)
        {
            return;
        }

        html.Open("section", id: "spectra").Element("h2", "Spectra").Open("div", "figures");
        string thinned = ReportText.Thinned(facts.Drawn.Length, facts.Samples.SampleCount, "spread evenly over the response");
        html.Figure(
            "As measured", LegendOf(facts), PlotOf(facts, raw, facts.Samples.Axis, "As measured", "Spectra as measured"),
            $"Each line is a sample.{thinned}");
        if (facts.Pretreated is { } pretreated && facts.Winner is { Candidate.Chain: { Steps.IsEmpty: false, Notation: var chain } })
        {
            html.Figure(
                $"After {chain}", LegendOf(facts), PlotOf(facts, pretreated.Spectra, pretreated.Axis, chain, $"Spectra after {chain}"),
                $"The same samples as the winner's pretreatment leaves them, fitted on all calibration samples.{thinned}");
        }

        html.Close("div").Close("section");
    }

    private static Plot PlotOf(ReportFacts facts, Matrix spectra, SpectralAxis axis, string label, string description)
    {
        var plot = new Plot(
            ReportText.Spectral(axis),
            PlotAxis.Over(ReportText.Name(label), spectra.Values),
            $"{description}, coloured by {facts.Samples.Response}");
        double[] rising = Rising(facts);
        for (int row = 0; row < spectra.Rows; row++)
        {
            double value = facts.Values[facts.Drawn[row]];
            string css = facts.IsOfClasses ? ValueColours.OfName((int)value) : ValueColours.Class(ValueColours.StepOf(value, rising));
            if (axis.Count == 1)
            {
                plot.Points([new PlotPoint(axis.Positions[0], spectra[row, 0], facts.Samples.Ids[facts.Drawn[row]])], Marker.Dot, css);
            }
            else
            {
                plot.Line(axis.Positions.AsSpan(), spectra.Row(row), css);
            }
        }

        return plot;
    }

    private static Legend LegendOf(ReportFacts facts)
    {
        var legend = new Legend();
        if (!facts.IsOfClasses)
        {
            double[] rising = Rising(facts);
            return legend.Scale(
                Figure.Of(rising[0]),
                Figure.Of(rising[^1]),
                ReportText.Name(facts.Samples.Response)).Note("each colour a tenth of the samples");
        }

        int named = facts.Samples.Classes.Length <= ValueColours.NamesMax ? facts.Samples.Classes.Length : ValueColours.NamesMax - 1;
        for (int place = 0; place < named; place++)
        {
            legend.Line(ValueColours.OfName(place), ReportText.Name(facts.Samples.Classes[place]));
        }

        return named == facts.Samples.Classes.Length ? legend : legend.Line(ValueColours.OfName(named), "other classes");
    }

    /// <summary>The responses of the samples that are drawn.</summary>
    private static double[] Rising(ReportFacts facts) => [.. facts.Drawn.Select(i => facts.Values[i]).Order()];
}
