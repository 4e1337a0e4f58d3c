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
        if (facts.Winner is { } winner)
        {
            table.Add("Key of the winner", winner.Candidate.Key.ToString());
        }

        table.Add("Program", $"pipeline {typeof(StudySection).Assembly.GetName().Version?.ToString(3)}");
        html.Raw(table.ToHtml());
        html.Element("p", "The same samples, study and program give this page again, for any order of rows and any number of threads. Times, memory and the path of the data stand in provenance.json.", "dim");
        html.Element("h3", "The study").Element("pre", Markup.Cut(StudyFile.Write(prepared.Bound.Study), StudyMax));
        html.Close("section");
    }
}
