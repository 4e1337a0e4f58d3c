using System.Text;
using System.Xml.Linq;
using Pipeline.Host.Results.Report;
using Pipeline.Host.Runs;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration.Judging.Nested;
using Pipeline.Stages.Calibration.Judging.Permuted;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Results.Report;

public class StudyReportTests
{
    private static readonly string[] NumberSections =
        ["glance", "doubts", "quality", "judgement", "predictions", "setting", "influence", "spectra", "variables", "chains", "leaderboard", "study"];

    [Fact]
    public async Task Text_SearchOfNumbers_HasEverySectionAndPlot()
    {
        RunResult result = await ReportedSearch.RunAsync(TestChunks.Make(60, 50, 3), ReportedSearch.Quick);
        XDocument page = ReportedSearch.Page(result);
        Assert.Equal(NumberSections, ReportedSearch.Sections(page));
        string chain = result.Leaderboard.Winner!.Candidate.Chain.Notation;
        string[] figures = ReportedSearch.Figures(page);
        Assert.All(
            (string[])["Predicted against reference", "Residuals against predicted", "As measured", "T² and Q", "RMSECV by pretreatment"],
            title => Assert.Contains(title, figures));
        Assert.Equal(chain == "raw" ? 1 : 2, figures.Count(title => title == "As measured" || title == $"After {chain}"));
        Assert.Contains(figures, title => title.StartsWith("RMSECV against", StringComparison.Ordinal));
        Assert.Contains("Coefficients", figures);
        Assert.All(
            (string[])["RMSE", "R²", "Bias", "SEP", "RPD", "RPIQ", "Slope"],
            name => Assert.Contains(name, ReportedSearch.TextOf(page, "quality"), StringComparison.Ordinal));
        Assert.Contains("divisor n − 1", ReportedSearch.TextOf(page, "quality"), StringComparison.Ordinal);
        Assert.Contains("nm", ReportedSearch.TextOf(page, "glance"), StringComparison.Ordinal);
        Assert.Contains("Profile: honest", ReportedSearch.TextOf(page, "quality"), StringComparison.Ordinal);
        Assert.Equal(result.Leaderboard.Rows.Count(row => row.Rank > 0), Lines(page, "leaderboard"));
    }

    [Fact]
    public async Task Text_SearchOfClasses_HasMatrixFoldsAndCurvesInPlaceOfNumbers()
    {
        RunResult result = await ReportedSearch.RunAsync(ReportedSearch.Classes(48, 30, "wheat", "rye", "oats"), ReportedSearch.QuickClasses);
        XDocument page = ReportedSearch.Page(result);
        Assert.Equal(NumberSections, ReportedSearch.Sections(page));
        string[] figures = ReportedSearch.Figures(page);
        Assert.Contains("Accuracy by fold", figures);
        Assert.Contains("One class against the rest (ROC)", figures);
        Assert.DoesNotContain("Residuals against predicted", figures);
        string matrix = ReportedSearch.TextOf(page, "predictions");
        Assert.All((string[])["wheat", "rye", "oats", "Right"], name => Assert.Contains(name, matrix, StringComparison.Ordinal));
        Assert.Contains("Balanced accuracy", ReportedSearch.TextOf(page, "quality"), StringComparison.Ordinal);
        Assert.DoesNotContain("RMSE", page.Root!.Element("body")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_Page_NeedsNothingFromElsewhereAndRunsNothing()
    {
        string text = StudyReport.Text(await ReportedSearch.RunAsync(TestChunks.Make(60, 50, 3), ReportedSearch.Quick));
        XDocument page = ReportedSearch.Parse(text);
        Assert.DoesNotContain(
            page.Descendants(),
            one => one.Name.LocalName is "script" or "link" or "img" or "iframe" or "object" or "use" or "image" or "foreignObject");
        Assert.DoesNotContain(
            page.Descendants().Attributes(),
            one => one.Name.LocalName is "href" or "src" or "style" || one.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        string style = page.Descendants("style").Single().Value;
        Assert.DoesNotContain("url(", style, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", style, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", style, StringComparison.Ordinal);
        Assert.Contains("@media print", style, StringComparison.Ordinal);

        // Every class of the page but those that only group has a rule.
        string[] used = [.. page.Descendants().Attributes("class").SelectMany(one => one.Value.Split(' ')).Distinct()];
        Assert.All(used.Except(["key", "ranges"]), name => Assert.Contains("." + name, style, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Text_OtherOrderOfRowsAndThreads_IsTheSamePage()
    {
        SpectralChunk chunk = TestChunks.Make(60, 50, 3);
        string expected = StudyReport.Text(await ReportedSearch.RunAsync(chunk, ReportedSearch.Quick, threads: 1));
        Assert.Equal(expected, StudyReport.Text(await ReportedSearch.RunAsync(TestChunks.Shuffled(chunk, 8), ReportedSearch.Quick, threads: 8)));
        SpectralChunk classes = ReportedSearch.Classes(48, 30, "wheat", "rye", "oats");
        Assert.Equal(
            StudyReport.Text(await ReportedSearch.RunAsync(classes, ReportedSearch.QuickClasses, threads: 1)),
            StudyReport.Text(await ReportedSearch.RunAsync(TestChunks.Shuffled(classes, 9), ReportedSearch.QuickClasses, threads: 8)));
    }

    [Fact]
    public async Task Text_TestSamples_HasTheirErrorAndPoints()
    {
        RunResult result = await ReportedSearch.RunAsync(TestChunks.Make(60, 50, 3), ReportedSearch.Quick, isTest: id => id[^1] == '7');
        XDocument page = ReportedSearch.Page(result);
        Assert.Contains("6 test samples: RMSEP", ReportedSearch.TextOf(page, "glance"), StringComparison.Ordinal);
        Assert.Contains("Test samples", ReportedSearch.TextOf(page, "quality"), StringComparison.Ordinal);
        XElement figure = page.Descendants("figure").First(one => one.Element("h3")!.Value == "Predicted against reference");
        XElement points = figure.Descendants().Single(
            one => one.Name.LocalName == "g" && (string?)one.Attribute("class") == "dot test" && one.Elements().Any(point => point.HasElements));
        Assert.Equal(6, points.Elements().Count());
    }

    [Fact]
    public async Task Text_NamesOfAnybody_StayText()
    {
        const string Hostile = "</title></svg><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u202e\u0001";
        SpectralChunk chunk = ReportedSearch.Renamed(TestChunks.Make(60, 50, 3), Hostile, id => $"{id}{Hostile}{new string('x', 3000)}");
        RunResult result = await ReportedSearch.RunAsync(
            chunk, ReportedSearch.Quick with { Response = Hostile }, warnings: [$"Column '{Hostile}' is odd.", "Column 'b' is read as text "
                + "because of 'x' in line 7."]);
        string text = StudyReport.Text(result);
        XDocument page = ReportedSearch.Parse(text);
        Assert.DoesNotContain(page.Descendants(), one => one.Name.LocalName is "script" or "img");
        Assert.DoesNotContain('\u202e', text);
        Assert.True(text.Length < 1 << 20, $"{text.Length} letters");
        Assert.Contains("onerror=alert(1)>\"'&\uFFFD\uFFFD' is odd.", ReportedSearch.TextOf(page, "doubts"), StringComparison.Ordinal);
        Assert.DoesNotContain("in line 7", ReportedSearch.TextOf(page, "doubts"), StringComparison.Ordinal);
        Assert.Contains("1 further warning of the reader", ReportedSearch.TextOf(page, "doubts"), StringComparison.Ordinal);

        RunResult classes = await ReportedSearch.RunAsync(ReportedSearch.Classes(48, 30, Hostile, "</td>rye", "oats & co"), ReportedSearch.QuickClasses);
        Assert.DoesNotContain(ReportedSearch.Page(classes).Descendants(), one => one.Name.LocalName is "script" or "img");
    }

    [Fact]
    public async Task Text_IdenticalSpectraAndASampleFarOff_AreNamed()
    {
        // S004 has the spectrum of S010; S020 has a reference that is wrong by 5 deviations.
        SpectralChunk chunk = TestChunks.Make(60, 50, 3);
        Matrix x = chunk.X.View.ToMatrix();
        chunk.X.Row(10).CopyTo(x.Row(4));
        double[] y = [.. chunk.Responses[0].Values];
        y[20] += 10;
        y[4] = y[10];
        RunResult result = await ReportedSearch.RunAsync(TestChunks.Chunk(chunk.Ids, x, y), ReportedSearch.Quick);
        string doubts = ReportedSearch.TextOf(ReportedSearch.Page(result), "doubts");
        Assert.Contains("2 samples in 1 set have identical spectra: S004 = S010", doubts, StringComparison.Ordinal);
        Assert.Contains("1 sample missed by more than 3 SEP in cross-validation: S020 (reference ", doubts, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_TenThousandSamples_StayBelowThreeMegabytesAndSayWhatIsDrawn()
    {
        RunResult result = await ReportedSearch.RunAsync(
            TestChunks.Make(10_000, 400, 4), ReportedSearch.Quick with { Models = ["pls(4)"], Subsets = ["full"], Pretreatments = ["raw", "snv"] });
        byte[] page = StudyReport.Bytes(result);
        Assert.InRange(page.Length, 100_000, 3_000_000);
        string text = Encoding.UTF8.GetString(page);
        Assert.Contains($"{ReportFacts.SpectraMax} of 10,000 samples are drawn", text, StringComparison.Ordinal);
        Assert.Contains("1,000 of 10,000 samples are drawn", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_JudgedSearch_SaysFirstWhatToExpectAndWhatChanceDoes()
    {
        RunResult result = await ReportedSearch.RunAsync(TestChunks.Make(60, 50, 3), ReportedSearch.Quick with { Predictions = 4 });
        NestedEstimate nested = result.Leaderboard.Judgement.Nested!;
        PermutationNull chance = result.Leaderboard.Judgement.Null!;
        XDocument page = ReportedSearch.Page(result);

        // The first card but the winner's, and the first column of figures, are of new samples.
        string glance = ReportedSearch.TextOf(page, "glance");
        Assert.Contains("What to expect of new samples", glance, StringComparison.Ordinal);
        Assert.Contains(
            $"RMSE {Figure.Of(nested.Metrics.Rmse)} ({Figure.Of(nested.Rmse!.Value.Low)} to {Figure.Of(nested.Rmse.Value.High)})",
            glance,
            StringComparison.Ordinal);
        Assert.Contains($"The winner's own RMSECV, {Figure.Of(result.Leaderboard.Winner!.Metrics.Rmse)} (", glance, StringComparison.Ordinal);
        XElement quality = page.Descendants("section").Single(one => (string?)one.Attribute("id") == "quality");
        Assert.Equal("New samples (nested)", quality.Descendants("th").ElementAt(1).Value);

        // The null: every shuffle is in a bar, ours is marked, and the sentence says what is covered.
        XElement judgement = page.Descendants("section").Single(one => (string?)one.Attribute("id") == "judgement");
        int[] bars =
        [
            .. judgement.Descendants().Where(one => one.Name.LocalName == "rect" && (string?)one.Attribute("class") == "bar" && one.HasElements)
                .Select(one => int.Parse(one.Value.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)),
        ];
        Assert.Equal(chance.Permutations, bars.Sum());
        Assert.Contains($"true responses: {Figure.Of(chance.Observed)}", judgement.Value, StringComparison.Ordinal);
        Assert.Contains($"p = {JudgementText.Probability(chance.PValue)}", judgement.Value, StringComparison.Ordinal);
        Assert.Contains($"Covers {chance.CandidateCount} of {chance.AllCount} candidates: {chance.Coverage}", judgement.Value, StringComparison.Ordinal);
        Assert.Equal(nested.Choices.Length, Lines(page, "judgement"));

        // Rows whose predictions are kept have interval, test and rank confidence; the others leave them empty.
        XElement board = page.Descendants("section").Single(one => (string?)one.Attribute("id") == "leaderboard").Descendants("table").First();
        string[] heads = [.. board.Descendants("th").Select(head => head.Value)];
        Assert.Equal((string[])["RMSECV", "95 %", "p", "First", "1 SE"], heads.SkipWhile(head => head != "RMSECV").Take(5));
        int first = Array.IndexOf(heads, "First");
        Assert.Equal(4, board.Element("tbody")!.Elements("tr").Count(row => row.Elements("td").ElementAt(first).Value.Length > 0));
    }

    [Fact]
    public async Task Text_JudgedClasses_SaysWhatToExpect()
    {
        RunResult result = await ReportedSearch.RunAsync(ReportedSearch.Classes(48, 30, "wheat", "rye", "oats"), ReportedSearch.QuickClasses);
        NestedEstimate nested = result.Leaderboard.Judgement.Nested!;
        XDocument page = ReportedSearch.Page(result);
        Assert.Contains(
            $"Balanced accuracy {ClassText.Share(nested.Classes!.Value.BalancedAccuracy)} (",
            ReportedSearch.TextOf(page, "glance"),
            StringComparison.Ordinal);
        Assert.Contains("New samples (nested)", ReportedSearch.TextOf(page, "quality"), StringComparison.Ordinal);
        Assert.Equal(nested.Choices.Length, Lines(page, "judgement"));
        Assert.DoesNotContain("shuffled", ReportedSearch.TextOf(page, "judgement"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_NothingJudged_LeavesNoEmptyPlace()
    {
        RunResult result = await ReportedSearch.RunAsync(TestChunks.Make(60, 50, 3), ReportedSearch.Quick with { Nested = 0, Permutations = 0, Bootstrap = 0 });
        XDocument page = ReportedSearch.Page(result);
        Assert.DoesNotContain("judgement", ReportedSearch.Sections(page));
        Assert.Contains("How good it is", ReportedSearch.TextOf(page, "glance"), StringComparison.Ordinal);
        Assert.Contains(
            "test samples (--split, --holdout) that the search never sees would say by how much",
            ReportedSearch.TextOf(page, "quality"),
            StringComparison.Ordinal);
        Assert.DoesNotContain("95 %", ReportedSearch.TextOf(page, "leaderboard"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_ChanceDoesAsWell_IsAmongTheDoubts()
    {
        // The response has nothing to do with the spectra.
        SpectralChunk chunk = TestChunks.Make(60, 50, 3);
        double[] y = [.. Enumerable.Range(0, 60).Select(i => Math.Sin(i * 12.9898) * 3)];
        RunResult result = await ReportedSearch.RunAsync(TestChunks.Chunk(chunk.Ids, chunk.X, y), ReportedSearch.Quick);
        Assert.True(result.Leaderboard.Judgement.Null!.PValue > JudgementText.Level);
        Assert.Contains("Chance would do as well", ReportedSearch.TextOf(ReportedSearch.Page(result), "doubts"), StringComparison.Ordinal);
    }

    private static int Lines(XDocument page, string section) =>
        page.Descendants("section").Single(one => (string?)one.Attribute("id") == section).Descendants("table").First()
            .Element("tbody")!.Elements("tr").Count();
}
