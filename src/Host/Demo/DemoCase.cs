using System.Globalization;
using System.Text;
using Pipeline.Host.Configuration;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Demo;

/// <summary>A demonstration: what the instrument measures, and where the files go.</summary>
/// <param name="Spectra">What the instrument measured, and the truth.</param>
/// <param name="CalibrationCount">Specimens whose references the laboratory will send; the rest are new.</param>
/// <param name="Options">How the instrument was set.</param>
/// <param name="Folder">The folder of everything; below it <c>inbox</c>, <c>data</c> and <c>study.json</c>.</param>
/// <param name="IsSmall">True for the quick form.</param>
public sealed record DemoCase(
    SimulatedSpectra Spectra, int CalibrationCount, SimulatedInstrumentOptions Options, string Folder, bool IsSmall)
{
    /// <summary>The response of the demonstration, also the name of its study.</summary>
    public const string Response = "protein";

    private const string Dataset = "wheat";
    private const string GroupColumn = "group";

    /// <summary>The watched folder.</summary>
    public string Inbox => Path.Combine(Folder, "inbox");

    /// <summary>The daemon's folder.</summary>
    public string Data => Path.Combine(Folder, "data");

    /// <summary>Spectra, without references, of the specimens to calibrate on.</summary>
    public int CalibrationRows => CalibrationCount * Options.ReplicateCount;

    /// <summary>Measures all specimens; writes nothing.</summary>
    public static DemoCase Of(ulong seed, bool small, string folder)
    {
        int calibration = small ? 30 : 80;
        var options = new SimulatedInstrumentOptions { SpecimenCount = calibration + (calibration / 2), ReplicateCount = 2, Seed = seed };
        return new DemoCase(SimulatedInstrument.Measure(options), calibration, options, Path.GetFullPath(folder), small);
    }

    /// <summary>The study that the laboratory has bound to its dataset.</summary>
    public Study StudyOf() => (IsSmall
        ? new Study
        {
            Pretreatments = ["raw", "snv", "sg(15,2,1)", "snv + sg(15,2,1)", "msc"],
            Models = ["pls(12)", "ridge"],
            Subsets = ["full", "top(50)", "region(50,25;1)", "regions(50,25;2)"],
            Folds = "random(5, seed 0)",
        }
        : new Study()) with { Response = Response, Group = GroupColumn };

    /// <summary>The daemon's settings.</summary>
    public DaemonOptions DaemonOptions(string studyPath) => new(
        Data,
        [new FolderOptions("instrument", Inbox, Dataset, "*", IsRecursive: false, TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(1), "leave")],
        [new BoundStudyOptions(Response, Dataset, studyPath, Response: null, Group: null, RunAfterReferences: CalibrationRows)]);

    /// <summary>Some of the spectra as the instrument gives them: without references.</summary>
    public SpectralChunk Measured(int start, int count)
    {
        SpectralChunk all = Spectra.Chunk;
        int[] rows = [.. Enumerable.Range(start, count)];
        return new SpectralChunk(
            [.. rows.Select(i => all.Ids[i])],
            all.Axis,
            all.X.SelectRows(rows),
            [],
            [.. all.Labels.Select(label => new LabelColumn(label.Name, [.. rows.Select(i => label.Values[i])]))]);
    }

    /// <summary>What the laboratory sends later: a table of ids and reference values.</summary>
    public string References()
    {
        SpectralChunk all = Spectra.Chunk;
        var text = new StringBuilder("sample_id").AppendJoin("", all.Responses.Select(column => "," + column.Name)).Append('\n');
        for (int i = 0; i < CalibrationRows; i++)
        {
            int sample = i;
            text.Append(all.Ids[i])
                .AppendJoin("", all.Responses.Select(column => "," + column.Values[sample].ToString("R", CultureInfo.InvariantCulture)))
                .Append('\n');
        }

        return text.ToString();
    }
}
