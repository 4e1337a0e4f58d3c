using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Host.Results.Plots;
using Pipeline.Host.Wording;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Host.Results.Report.Sections;

/// <summary>Who was taken for whom, accuracy by fold, and the curves of one class against the rest.</summary>
internal static class ClassSection
{
    /// <summary>A wider table would not fit a page.</summary>
    private const int MatrixMax = 20;

    private const int ConfusionsMax = 30;
    private const int FoldsMax = 60;
    private const int CurvesMax = ValueColours.NamesMax;

    /// <summary>The table and two plots; a sentence where predictions were not kept.</summary>
    public static void Write(Html html, ReportFacts facts)
    {
        if (facts.Winner is null)
        {
            return;
        }

        html.Open("section", id: "predictions").Element("h2", "Predicted classes");
        if (facts.HeldOut is not { } heldOut)
        {
            html.Element("p", "The held-out predictions of the winner were not kept, so they cannot be drawn.");
        }
        else
        {
            int[] own = [.. facts.Samples.Strata.Select(place => (int)place)];
            Confusion(html, facts.Samples.Classes, ConfusionMatrix.Of(own, heldOut, facts.Samples.Classes.Length));
            html.Open("div", "figures");
            ByFold(html, facts, own, heldOut);
            Curves(html, facts, own, heldOut);
            html.Close("div");
        }

        html.Close("section");
    }

    private static void Confusion(Html html, ImmutableArray<string> classes, ConfusionMatrix confusion)
    {
        html.Element("h3", "Held-out samples by their class (lines) and the class predicted (columns)");
        if (classes.Length > MatrixMax)
        {
            Confusions(html, classes, confusion);
            return;
        }

        var table = new HtmlTable(["Class", .. classes.Select(name => ">" + ReportText.Name(name)), ">Right"]);
        for (int actual = 0; actual < classes.Length; actual++)
        {
            int own = actual;
            int count = confusion.ActualCount(own);
            table.AddMarked(
                "",
                [
                    (ReportText.Name(classes[own]), "strong"),
                    .. Enumerable.Range(0, classes.Length).Select(
                        predicted => (Figure.Count(confusion[own, predicted]), Shade(confusion[own, predicted], count, predicted == own))),
                    (count > 0 ? ReportText.Percent((double)confusion[own, own] / count) : "-", ""),
                ]);
        }

        html.Raw(table.ToHtml());
    }

    /// <summary>Of many classes, the errors that occur most.</summary>
    private static void Confusions(Html html, ImmutableArray<string> classes, ConfusionMatrix confusion)
    {
        var table = new HtmlTable("Class", "Predicted as", ">Samples", ">Of the class");
        var errors =
            from actual in Enumerable.Range(0, classes.Length)
            from predicted in Enumerable.Range(0, classes.Length)
            where actual != predicted && confusion[actual, predicted] > 0
            orderby confusion[actual, predicted] descending, actual, predicted
            select (Actual: actual, Predicted: predicted);
        foreach ((int actual, int predicted) in errors.Take(ConfusionsMax))
        {
            table.Add(
                ReportText.Name(classes[actual]), ReportText.Name(classes[predicted]), Figure.Count(confusion[actual, predicted]),
                ReportText.Percent((double)confusion[actual, predicted] / confusion.ActualCount(actual)));
        }

        html.Element("p", $"{classes.Length} classes are too many for a matrix; the {ConfusionsMax} most frequent errors:").Raw(table.ToHtml());
    }

    private static string Shade(int count, int all, bool isRight)
    {
        int step = all == 0 ? 0 : (int)Math.Ceiling(4.0 * count / all);
        return step == 0 ? "dim" : $"{(isRight ? "right" : "wrong")}{step.ToString(CultureInfo.InvariantCulture)}";
    }

    private static void ByFold(Html html, ReportFacts facts, int[] own, double[] heldOut)
    {
        Folds folds = facts.Result.Prepared.Plan.Folds;
        if (folds.Count > FoldsMax)
        {
            return;
        }

        ClassMetrics[] each = ClassFoldMetrics.Each(own, heldOut, facts.Samples.Classes.Length, folds);
        double pooled = facts.Winner!.Classes!.Pooled.Accuracy;
        ImmutableArray<string> names = [.. Enumerable.Range(1, folds.Count).Select(k => k.ToString(CultureInfo.InvariantCulture))];
        var plot = new Plot(
            PlotAxis.Named("Fold", names), PlotAxis.Over(
                "Accuracy", [.. each.Select(fold => fold.Accuracy), pooled, 1]), "Accuracy of each fold's held-out samples");
        plot.HorizontalRule(pooled, "limit", "all folds together", isNamedBelow: true);
        for (int k = 0; k < each.Length; k++)
        {
            plot.Segment(k, pooled, k, each[k].Accuracy, "stem");
        }

        plot.Points(
            each.Select((fold, k) => new PlotPoint(k, fold.Accuracy, $"fold {k + 1}: {ClassText.Share(fold.Accuracy)} of {fold.Count} samples")),
            Marker.Dot,
            "cv");
        html.Figure(
            "Accuracy by fold", new Legend().Point(Marker.Dot, "cv", "held-out samples of a fold"), plot,
            "Folds that differ much mean that a new batch of samples may do as badly as the worst of them.");
    }

    private static void Curves(Html html, ReportFacts facts, int[] own, double[] heldOut)
    {
        ImmutableArray<string> classes = facts.Samples.Classes;
        int first = classes.Length == 2 ? 1 : 0;
        (int Place, RocCurve Curve)[] curves =
        [
            .. from place in Enumerable.Range(first, classes.Length - first)
               let curve = RocCurve.Of(place, own, heldOut, classes.Length)
               where curve is not null
               orderby curve!.Area, place
               select (place, curve!),
        ];
        if (curves.Length == 0)
        {
            return;
        }

        var plot = new Plot(
            PlotAxis.Exact("Share of other samples taken for the class", -0.02, 1.02),
            PlotAxis.Exact("Share of the class found", -0.02, 1.02), "Receiver operating characteristic, one class against the rest");
        plot.Segment(0, 0, 1, 1, "diagonal");
        var legend = new Legend();
        foreach (((int place, RocCurve curve), int k) in curves.Take(CurvesMax).Select((one, k) => (one, k)))
        {
            // The colours of the spectra, as long as each class has one.
            string css = ValueColours.OfName(classes.Length <= CurvesMax ? place : k);
            plot.Line(curve.FalsePositives.AsSpan(), curve.TruePositives.AsSpan(), css);
            legend.Line(css, $"{ReportText.Name(classes[place])} (area {ClassText.Share(curve.Area)})");
        }

        html.Figure(
            "One class against the rest (ROC)", legend, plot,
            curves.Length > CurvesMax
                ? $"The {CurvesMax} classes of {classes.Length} with the smallest area. A curve along the left and upper edge tells its "
                    + "class apart without error."
                : "A curve along the left and upper edge tells its class apart without error; one along the diagonal guesses.");
    }
}
