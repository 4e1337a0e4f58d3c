using System.Xml;
using System.Xml.Linq;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Engine.Identity;
using Pipeline.Host.Configuration;
using Pipeline.Host.Results.Report;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Tests.Results.Report;

/// <summary>Searches of chunks in memory, and their reports as documents.</summary>
internal static class ReportedSearch
{
    public static readonly Study Quick = new()
    {
        Response = "protein",
        Pretreatments = ["raw", "snv"],
        Models = ["pls(6)", "ridge(1e-6, 1e-4, 1e-2)"],
        Subsets = ["full", "top(8)"],
        Folds = "random(5, seed 0)",
    };

    public static readonly Study QuickClasses = new()
    {
        Response = "variety",
        Pretreatments = ["raw", "snv"],
        Models = ["plsda(4)", "lda(0.1, 0.01)"],
        Subsets = ["full"],
        Folds = "stratified(4, seed 0)",
    };

    public static async Task<RunResult> RunAsync(SpectralChunk chunk, Study study, int threads = 2, Func<string, bool>? isTest = null, params string[] warnings)
    {
        var runs = new RunService(NullLogger<RunService>.Instance, TimeProvider.System);
        PipelineOptions options = PipelineOptions.Default with { Threads = threads };
        BoundStudy bound = StudyBinding.Bind(study, chunk, isTest is null ? null : id => !isTest(id));
        TestSet? test = isTest is null ? null : TestSet.Bind(study, chunk, bound.Set, isTest);
        var report = new ReadingReport { Form = "", Axis = "", UnitReason = "", IdReason = "", Warnings = [.. warnings] };
        PreparedRun prepared = runs.Plan(
            new SearchRequest { DataPath = "memory", Study = study }, Fingerprint.OfBytes([]), report, bound, test, RunService.LimitsOf(options, bound.Set.SizeBytes));
        return await runs.SearchAsync(prepared, options, null, default);
    }

    /// <summary>The same samples with classes in turn, told apart by a band whose place depends on the class.</summary>
    public static SpectralChunk Classes(int n, int p, params string[] names)
    {
        var x = new Matrix(n, p);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < p; j++)
            {
                double centre = p * (0.2 + (0.6 * (i % names.Length) / names.Length));
                x[i, j] = Math.Exp(-Math.Pow((j - centre) / 4.0, 2)) + (0.3 * Math.Sin(i * 2.3)) + (0.08 * Math.Sin((i * 31) + (j * 17)));
            }
        }

        return new SpectralChunk(
            [.. Enumerable.Range(0, n).Select(i => $"S{i:000}")],
            new SpectralAxis([.. Enumerable.Range(0, p).Select(j => 1100.0 + (10 * j))], AxisUnit.Nanometre),
            x,
            [],
            [new LabelColumn("variety", [.. Enumerable.Range(0, n).Select(i => names[i % names.Length])])]);
    }

    public static XDocument Page(RunResult result) => Parse(StudyReport.Text(result));

    /// <summary>A page as strict a reader as XML has one reads it.</summary>
    public static XDocument Parse(string page)
    {
        using var reader = XmlReader.Create(new StringReader(page), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null });
        return XDocument.Load(reader);
    }

    public static string[] Sections(XDocument page) =>
        [.. page.Descendants("section").Select(section => (string?)section.Attribute("id") ?? "")];

    /// <summary>The titles of the figures, each of which has a drawing.</summary>
    public static string[] Figures(XDocument page) =>
        [.. page.Descendants("figure").Where(figure => figure.Elements().Any(one => one.Name.LocalName == "svg")).Select(figure => figure.Element("h3")!.Value)];

    public static string TextOf(XDocument page, string section) =>
        page.Descendants("section").Single(one => (string?)one.Attribute("id") == section).Value;

    /// <summary>A chunk with other ids.</summary>
    public static SpectralChunk Renamed(SpectralChunk chunk, string response, Func<string, string> id) => new(
        [.. chunk.Ids.Select(id)], chunk.Axis, chunk.X, [.. chunk.Responses.Select(column => new ResponseColumn(response, column.Values))], chunk.Labels);
}
