using Pipeline.Host.Results.Plots;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Results.Report.Sections;

/// <summary>What makes the result again: the study, and the keys of samples and folds.</summary>
internal static class StudySection
{
    private const int StudyMax = 20_000;

    /// <summary>A table and the study as JSON.</summary>
    public static void Write(Html html, ReportFacts facts)
    {
        PreparedRun prepared = facts.Result.Prepared;
        html.Open("section", id: "study").Element("h2", "To make it again");
        var table = new HtmlTable("", "");
        table.Add("Key of the samples", facts.Samples.Key.ToString());
        table.Add("Folds", $"{prepared.Plan.FoldScheme}; key {prepared.Plan.FoldsKey}");
        if (prepared.HoldOut is { } holdOut)
        {
            table.Add(
                "Test samples",
                $"{holdOut.Scheme.Notation}: {holdOut.IsTestSample.Count(tests => tests)} of {holdOut.Ids.Length}, listed in holdout-sets.csv");
        }

        if (facts.Winner is { } winner)
        {
            table.Add("Key of the winner", winner.Candidate.Key.ToString());
        }

        table.Add("Program", $"pipeline {typeof(StudySection).Assembly.GetName().Version?.ToString(3)}");
        html.Raw(table.ToHtml());
        html.Element(
            "p",
            $"The same samples, study and program give this page again, for any {FileOrder(prepared)} any number of threads. Times, memory "
                + "and the path of the data stand in provenance.json.",
            "dim");
        html.Element("h3", "The study").Element("pre", Markup.Cut(StudyFile.Write(prepared.Bound.Study), StudyMax));
        html.Close("section");
    }

    // The one scheme that was told to look at the order of rows.
    private static string FileOrder(PreparedRun prepared) =>
        prepared.Plan.FoldScheme.Contains("by file order", StringComparison.Ordinal) ? "machine, with the rows in this order, and" : "order of rows and";
}
