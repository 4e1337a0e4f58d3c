using System.Collections.Immutable;
using System.Xml.Linq;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Results.Report;

/// <summary>Reports of results that lack something: no empty place is left, and none is wrong.</summary>
public class StudyReportCasesTests
{
    [Fact]
    public async Task Text_NoCandidateWithRank_SaysWhyAndShowsTheSpectra()
    {
        RunResult result = await SmallAsync();
        ImmutableArray<LeaderboardRow> failed =
        [
            .. result.Leaderboard.Rows.Select(row => LeaderboardRow.Failed(row.Candidate, "The window is wider than the spectrum.")),
        ];
        XDocument page = ReportedSearch.Page(result with { Leaderboard = new Leaderboard(failed, double.NaN, null, []), Chosen = [] });
        Assert.Equal(["glance", "doubts", "spectra", "leaderboard", "study"], ReportedSearch.Sections(page));
        Assert.Contains("no candidate could be ranked", ReportedSearch.TextOf(page, "glance"), StringComparison.Ordinal);
        Assert.Contains("The window is wider than the spectrum.", ReportedSearch.TextOf(page, "glance"), StringComparison.Ordinal);
        Assert.Contains(
            "have no rank, most often because: The window is wider than the spectrum. All reasons",
            ReportedSearch.TextOf(page, "doubts"),
            StringComparison.Ordinal);
        Assert.Equal(["As measured"], ReportedSearch.Figures(page));
        Assert.Contains($"{failed.Length} candidates without rank", ReportedSearch.TextOf(page, "leaderboard"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_RefitFailed_ShowsWhatCrossValidationKnows()
    {
        RunResult result = await SmallAsync();
        ChosenCandidate broken = new(result.Leaderboard.Winner!, "lowest RMSECV", Calibration: null, Test: null, "The matrix is singular.");
        XDocument page = ReportedSearch.Page(result with { Chosen = [broken] });
        Assert.Equal(
            ["glance", "doubts", "quality", "judgement", "predictions", "setting", "spectra", "chains", "leaderboard", "study"],
            ReportedSearch.Sections(page));
        Assert.Contains(
            "cannot be refitted on all calibration samples: The matrix is singular.",
            ReportedSearch.TextOf(page, "doubts"),
            StringComparison.Ordinal);
        Assert.DoesNotContain("RMSEC 0", ReportedSearch.TextOf(page, "predictions"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Text_PredictionsMissing_SaysSo(bool isListEmpty)
    {
        RunResult result = await SmallAsync();
        Leaderboard board = result.Leaderboard with { Predictions = isListEmpty ? [] : [[]] };
        XDocument page = ReportedSearch.Page(result with { Leaderboard = board });
        Assert.Contains("held-out predictions of the winner were not kept", ReportedSearch.TextOf(page, "predictions"), StringComparison.Ordinal);
        Assert.DoesNotContain("Predicted against reference", ReportedSearch.Figures(page));
        Assert.Contains("T² and Q", ReportedSearch.Figures(page));
    }

    [Fact]
    public async Task Text_OneSamplePerFold_HasNoFoldR2()
    {
        XDocument page = ReportedSearch.Page(
            await ReportedSearch.RunAsync(TestChunks.Make(20, 30, 5), ReportedSearch.Quick with { Folds = "random(20, seed 0)" }));
        Assert.Contains("R² has no meaning in a fold whose reference does not vary", ReportedSearch.TextOf(page, "quality"), StringComparison.Ordinal);
        Assert.Contains("20 independent samples are few", ReportedSearch.TextOf(page, "doubts"), StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page.Root!.Element("body")!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_OneVariable_IsDrawnAsPoints()
    {
        double[] y = [.. Enumerable.Range(0, 30).Select(i => 5 + (0.5 * i))];
        var x = new Matrix(30, 1, [.. y.Select((value, i) => (0.1 * value) + (0.01 * Math.Sin(i * 2.1)))]);
        RunResult result = await ReportedSearch.RunAsync(
            TestChunks.Chunk([.. Enumerable.Range(0, 30).Select(i => $"S{i:000}")], x, y),
            ReportedSearch.Quick with { Pretreatments = ["raw"], Models = ["ridge(1e-4, 1e-2)"], Subsets = ["full"] });
        XDocument page = ReportedSearch.Page(result);
        XElement spectra = page.Descendants("figure").First(one => one.Element("h3")!.Value == "As measured");
        Assert.Equal(30, spectra.Descendants().Count(one => one.Name.LocalName == "circle"));
        Assert.Contains("1 variable", ReportedSearch.TextOf(page, "glance"), StringComparison.Ordinal);

        // One score describes one variable: no Q is left to be drawn.
        Assert.Contains("T²", ReportedSearch.Figures(page));
        Assert.Contains("there is no Q residual", ReportedSearch.TextOf(page, "influence"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_OneSettingAlone_HasNoCurve()
    {
        RunResult result = await ReportedSearch.RunAsync(
            TestChunks.Make(40, 30, 5), ReportedSearch.Quick with { Models = ["ols"], Subsets = ["pairs(1)"], Pretreatments = ["raw"] });
        XDocument page = ReportedSearch.Page(result);
        Assert.DoesNotContain("setting", ReportedSearch.Sections(page));
        Assert.Contains("Chosen on all samples, with the share of folds that chose them too", ReportedSearch.TextOf(page, "glance"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_ConstantResponse_IsDrawnAllTheSame()
    {
        // Binding refuses it; a page must not fall over whatever it is given.
        RunResult result = await SmallAsync();
        CalibrationSet set = result.Prepared.Bound.Set;
        var constant = new Matrix(set.Y.Rows, 1, [.. Enumerable.Repeat(7.0, set.Y.Rows)]);
        PreparedRun prepared = result.Prepared with { Bound = result.Prepared.Bound with { Set = set with { Y = constant } } };
        Assert.Contains("As measured", ReportedSearch.Figures(ReportedSearch.Page(result with { Prepared = prepared })));
    }

    [Fact]
    public async Task Text_TwoClasses_HasOneCurve()
    {
        XDocument page = ReportedSearch.Page(await ReportedSearch.RunAsync(ReportedSearch.Classes(40, 30, "no", "yes"), ReportedSearch.QuickClasses));
        XElement curves = page.Descendants("figure").First(one => one.Element("h3")!.Value.EndsWith("(ROC)", StringComparison.Ordinal));
        XElement key = Assert.Single(curves.Elements("p").Single().Elements("span"));
        Assert.StartsWith("yes (area ", key.Value.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_ManyClasses_HasAListOfErrorsInPlaceOfAMatrix()
    {
        string[] names = [.. Enumerable.Range(0, 24).Select(c => $"class {c:00}")];
        RunResult result = await ReportedSearch.RunAsync(
            ReportedSearch.Classes(120, 40, names), ReportedSearch.QuickClasses with { Models = ["plsda(4)"], Pretreatments = ["raw"] });
        XDocument page = ReportedSearch.Page(result);
        Assert.Contains("24 classes are too many for a matrix", ReportedSearch.TextOf(page, "predictions"), StringComparison.Ordinal);
        Assert.Contains("The 8 classes of 24 with the smallest area", ReportedSearch.TextOf(page, "predictions"), StringComparison.Ordinal);
        Assert.Contains("other classes", ReportedSearch.TextOf(page, "spectra"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AxisUnit.Wavenumber, "Wavenumber (cm⁻¹)", true)]
    [InlineData(AxisUnit.Nanometre, "Wavelength (nm)", false)]
    [InlineData(AxisUnit.Channel, "Channel", false)]
    public async Task Text_Axis_IsDrawnAsTheFieldDoes(AxisUnit unit, string label, bool falls)
    {
        SpectralChunk made = TestChunks.Make(40, 30, 5);
        var chunk = new SpectralChunk(
            made.Ids, new SpectralAxis([.. Enumerable.Range(0, 30).Select(j => 4000.0 + (100 * j))], unit), made.X, made.Responses, []);
        XDocument page = ReportedSearch.Page(await ReportedSearch.RunAsync(chunk, ReportedSearch.Quick with { Subsets = ["full"] }));
        XElement spectra = page.Descendants("figure").First(one => one.Element("h3")!.Value == "As measured").Elements()
            .First(one => one.Name.LocalName == "svg");
        Assert.Contains(spectra.Elements(), one => one.Name.LocalName == "text" && one.Value == label);
        double[] places =
        [
            .. spectra.Elements().Where(
                one => one.Name.LocalName == "text" && (string?)one.Attribute("class") == "tick" && (string?)one.Attribute("text-anchor") == "middle")
                .OrderBy(one => double.Parse(one.Value, System.Globalization.CultureInfo.InvariantCulture))
                .Select(one => double.Parse(one.Attribute("x")!.Value, System.Globalization.CultureInfo.InvariantCulture)),
        ];
        Assert.True(places.Length > 2);
        Assert.Equal(falls ? places.OrderDescending() : places.Order(), places);
    }

    private static Task<RunResult> SmallAsync() =>
        ReportedSearch.RunAsync(TestChunks.Make(40, 30, 5), ReportedSearch.Quick with { Subsets = ["full"], Pretreatments = ["raw"] });
}
