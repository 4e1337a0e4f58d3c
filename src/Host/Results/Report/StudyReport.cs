using System.Text;
using Pipeline.Host.Results.Report.Sections;
using Pipeline.Host.Runs;

namespace Pipeline.Host.Results.Report;

/// <summary>The page that tells a chemist what a study has found: one file, without scripts and without anything from elsewhere.</summary>
/// <remarks>
/// Follows from samples and study alone, so it is the same bytes for any order of rows and any number of threads. Well-formed
/// XML. Bounded: of samples, spectra, candidates, reasons and names so many are shown as the sections say. Cost beside
/// text: the winner's importance, a path of fits where it is cheap (<see cref="Stages.Diagnostics.CalibrationErrors"/>), and
/// where spectra stay on the disk a read for each that is drawn.
/// </remarks>
internal static class StudyReport
{
    private const string StyleFile = "report.css";

    private static readonly string Style = ReadStyle();

    /// <summary>The page as bytes.</summary>
    public static byte[] Bytes(RunResult result) => Encoding.UTF8.GetBytes(Text(result));

    /// <summary>The page.</summary>
    public static string Text(RunResult result)
    {
        var facts = ReportFacts.Of(result);
        string title = $"Calibration of {ReportText.Name(facts.Samples.Response)}";
        var html = new Html();
        html.Raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" "
            + "content=\"width=device-width, initial-scale=1\"/>\n");
        html.Element("title", title).Open("style").Raw(Style).Close("style").Raw("</head>\n<body>\n");
        html.Open("header").Element("h1", title);
        html.Element(
            "p",
            $"{ReportText.Many(facts.Samples.SampleCount, "sample")}, {ReportText.Many(facts.Samples.Axis.Count, "variable")} on "
                + $"{ReportText.RangeOf(facts.Samples.Axis)}",
            "dim");
        html.Close("header").Raw("<main>\n");
        GlanceSection.Write(html, facts);
        DoubtSection.Write(html, facts);
        QualitySection.Write(html, facts);
        JudgementSection.Write(html, facts);
        if (facts.IsOfClasses)
        {
            ClassSection.Write(html, facts);
        }
        else
        {
            PredictionSection.Write(html, facts);
        }

        html.Open("div", "columns");
        SettingSection.Write(html, facts);
        InfluenceSection.Write(html, facts);
        html.Close("div");
        SpectraSection.Write(html, facts);
        VariableSection.Write(html, facts);
        ChainSection.Write(html, facts);
        LeaderboardSection.Write(html, facts);
        StudySection.Write(html, facts);
        return html.Raw("</main>\n</body>\n</html>\n").ToString();
    }

    private static string ReadStyle()
    {
        using Stream stream = typeof(StudyReport).Assembly.GetManifestResourceStream(StyleFile)
            ?? throw new InvalidOperationException($"The program lacks its file '{StyleFile}'.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
