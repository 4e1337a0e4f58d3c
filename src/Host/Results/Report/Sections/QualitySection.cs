using System.Globalization;
using Pipeline.Host.Runs;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Metrics;

namespace Pipeline.Host.Results.Report.Sections;

/// <summary>How good the winner is, by the definitions of the literature, on each set of samples that can say it.</summary>
internal static class QualitySection
{
    private const string NewSamples = "New samples (nested)";

    /// <summary>One column for each set of samples; the words say what the figures do not.</summary>
    public static void Write(Html html, ReportFacts facts)
    {
        if (facts.Winner is not { } winner)
        {
            return;
        }

        html.Open("section", id: "quality").Element("h2", "How good is it, honestly");
        html.Raw(facts.IsOfClasses ? ClassTable(facts, winner) : NumberTable(facts, winner));
        html.List(Remarks(facts, winner));
        html.Close("section");
    }

    private static string NumberTable(ReportFacts facts, LeaderboardRow winner)
    {
        var sets = new List<NumberSet>();
        if (facts.Board.Judgement.Nested is { } nested)
        {
            sets.Add(new(NewSamples, nested.Metrics, nested.Rmse, nested.RSquared, nested.Bias));
        }

        sets.Add(new("Cross-validation", winner.Metrics, winner.Judgement?.Rmse, winner.Judgement?.RSquared, winner.Judgement?.Bias));
        if (facts.Chosen?.Test is { } test)
        {
            sets.Add(new("Test samples", test.All));
            if (test.Unknown is { } unknown && unknown.Count < test.All.Count)
            {
                sets.Add(new("Test, unknown ones", unknown));
            }
        }

        if (facts.Chosen?.Calibration is { } calibration)
        {
            sets.Add(new("Calibration (fitted on these)", calibration));
        }

        var table = new HtmlTable(["Figure", .. sets.Select(set => ">" + set.Name), "Definition"]);
        void Row(string name, Func<NumberSet, string> value, string definition, string css = "") =>
            table.AddMarked(css, [(name, ""), .. sets.Select(set => (value(set), "")), (definition, "dim")]);

        Row(
            "RMSE", set => Figure.Of(set.Metrics.Rmse) + JudgementText.Between(set.Rmse, Figure.Of),
            "root mean square of the residuals (RMSECV, RMSEP, RMSEC), in units of the response; residual = predicted − reference", "strong");
        Row(
            "R²", set => JudgementText.RSquared(set.Metrics.RSquared) + JudgementText.Between(set.RSquared, JudgementText.RSquared),
            "1 − sum of squared residuals / sum of squares of the reference around its mean", "strong");
        Row(
            "Bias", set => Figure.Beside(set.Metrics.Bias, set.Metrics.Rmse) + JudgementText.Between(set.Bias, value => Figure.Beside(value, set.Metrics.Rmse)),
            "mean residual: positive where predictions are too high");
        Row("SEP", set => Figure.Beside(set.Metrics.Sep, set.Metrics.Rmse), "standard deviation of the residuals around the bias, divisor n − 1");
        Row("Slope", set => set.Metrics.Slope.ToString("F4", CultureInfo.InvariantCulture), "of the line of the reference on the predicted values");
        Row(
            "RPD",
            set => ReportText.Ratio(set.Metrics.Rpd),
            "standard deviation of the reference (divisor n − 1) / SEP; below 1.5 not usable, 2 to 2.5 screening, from 3 very good");
        Row("RPIQ", set => ReportText.Ratio(set.Metrics.Rpiq), "interquartile range of the reference / RMSE; for skewed references");
        Row("Samples", set => Figure.Count(set.Metrics.Count), "n");
        return table.ToHtml();
    }

    private static string ClassTable(ReportFacts facts, LeaderboardRow winner)
    {
        var sets = new List<ClassSet>();
        if (facts.Board.Judgement.Nested is { Classes: { } expected } nested)
        {
            sets.Add(new(NewSamples, expected, nested.Ranking));
        }

        sets.Add(new("Cross-validation", winner.Classes!.Pooled));
        if (facts.Chosen?.ClassTest is { } test)
        {
            sets.Add(new("Test samples", test.All));
            if (test.Unknown is { } unknown && unknown.Count < test.All.Count)
            {
                sets.Add(new("Test, unknown ones", unknown));
            }
        }

        if (facts.Chosen?.ClassCalibration is { } calibration)
        {
            sets.Add(new("Calibration (fitted on these)", calibration));
        }

        // The interval is that of what candidates are ranked by.
        var table = new HtmlTable(["Figure", .. sets.Select(set => ">" + set.Name), "Definition"]);
        void Row(ClassMetric metric, string definition, string css = "") => table.AddMarked(
            css,
            [
                (ReportText.Capital(ClassText.Word(metric)), ""),
                .. sets.Select(set => (
                    ClassText.Share(set.Metrics.Value(metric)) + (
                        facts.Board.Metric == metric ? JudgementText.Between(set.Ranking, ClassText.Share) : ""), "")),
                (definition, "dim"),
            ]);

        Row(ClassMetric.BalancedAccuracy, "mean over classes of the share of their samples that is predicted right", "strong");
        Row(ClassMetric.Accuracy, "share of samples whose class is predicted right: the likeliest one", "strong");
        Row(ClassMetric.MacroF1, "mean over classes of 2 · right / (samples of the class + samples predicted as it)");
        Row(ClassMetric.RocAuc, "mean over classes of the area under the curve, one class against the rest");
        Row(ClassMetric.LogLoss, "mean of −log of the probability given to a sample's own class");
        table.AddMarked("", [("Samples", ""), .. sets.Select(set => (Figure.Count(set.Metrics.Count), "")), ("n", "dim")]);
        return table.ToHtml();
    }

    private static IEnumerable<string> Remarks(ReportFacts facts, LeaderboardRow winner)
    {
        RunResult result = facts.Result;
        int folds = result.Prepared.Plan.Folds.Count - result.Prepared.Plan.Folds.FirstHeldOut;
        if (facts.Board.Judgement.Nested is { } nested)
        {
            yield return $"New samples (nested): the whole search was repeated without each of "
                + $"{ReportText.Many(nested.Choices.Length, "outer fold")}, and what it chose predicted them. "
                + "This column is what to expect; in brackets, here and beside it, the middle 95 % over resampled samples.";
        }

        yield return Over(winner, folds);
        foreach (string sentence in JudgementText.Best(facts.Board).Concat(JudgementText.Repeated(facts.Board)))
        {
            yield return sentence;
        }

        yield return "Profile: honest. Variables are chosen, spectra centred and references of pretreatments learnt inside each fold, on "
            + "its calibration samples alone; "
            + "samples of one group, and identical spectra, exactly or nearly, are never on both sides.";
        yield return $"The winner is the best of {ReportText.Many(facts.Board.Rows.Count(row => row.Rank > 0), "ranked candidate")}, so its "
            + "cross-validation looks better than new samples will"
            + (facts.Board.Judgement.Nested is not null
                ? ": the first column says by how much."
                : result.Prepared.Test is null ? "; test samples (--split, --holdout) that the search never sees would say by how much."
                : ", which is what the test samples are for.");
        if (result.Prepared.HoldOut is { Scheme: var scheme })
        {
            yield return $"Test samples were set apart before the search by {scheme.Notation}, on raw spectra. {scheme.Meaning}";
        }

        if (result.Prepared.Test is { Known: { Length: > 0 } known })
        {
            yield return $"{ReportText.Many(known.Length, "test sample")} repeat a calibration sample (such as "
                + $"{ReportText.Name(known[0].Test)} = {ReportText.Name(known[0].Calibration)}); "
                + "the figures over all test samples are too good.";
        }

        if (facts.Board.Simplest is { } simplest && simplest.Rank != winner.Rank)
        {
            yield return $"As good within one standard error ({Figure.Of(facts.Board.OneStandardErrorLimit)}), but simpler: rank {simplest.Rank}, "
                + $"{simplest.Candidate.SettingText}, {ClassText.Ranking(simplest, facts.Board.Metric)}.";
        }
    }

    private static string Over(LeaderboardRow winner, int folds)
    {
        if (winner.Classes is { } classes)
        {
            ClassFoldMetrics over = classes.Folds;
            return $"Over {ReportText.Many(folds, "fold")}, mean ± sd: balanced accuracy {ClassText.Share(over.Mean.BalancedAccuracy)} ± "
                + $"{ClassText.Share(over.Deviation.BalancedAccuracy)}, "
                + $"accuracy {ClassText.Share(over.Mean.Accuracy)} ± {ClassText.Share(over.Deviation.Accuracy)}.";
        }

        FoldMetrics f = winner.FoldMetrics;
        string squared = f.RSquaredFoldCount > 1
            ? $", R² {JudgementText.RSquared(f.RSquaredMean)} ± {f.RSquaredDeviation.ToString("F4", CultureInfo.InvariantCulture)}"
            : "; R² has no meaning in a fold whose reference does not vary";
        return $"Over {ReportText.Many(folds, "fold")}, mean ± sd: RMSE {Figure.Of(f.RmseMean)} ± {Figure.Beside(f.RmseDeviation, f.RmseMean)}{squared}.";
    }

    /// <summary>The metrics of some samples, with intervals where they were judged.</summary>
    private sealed record NumberSet(string Name, RegressionMetrics Metrics, Interval? Rmse = null, Interval? RSquared = null, Interval? Bias = null);

    /// <summary>The metrics of some samples with classes, with the interval of what ranks.</summary>
    private sealed record ClassSet(string Name, ClassMetrics Metrics, Interval? Ranking = null);
}
