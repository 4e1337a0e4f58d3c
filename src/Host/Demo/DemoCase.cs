using System.Globalization;
using System.Text;
using Pipeline.Host.Results;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Demo;

/// <summary>A demonstration: files as a chemist would have them, with the truth behind them.</summary>
/// <param name="Spectra">What the instrument measured, and the truth.</param>
/// <param name="Request">The search that a chemist would ask for.</param>
/// <param name="CalibrationCount">Specimens to calibrate on; the rest are for the test.</param>
/// <param name="Options">How the instrument was set.</param>
public sealed record DemoCase(
    SimulatedSpectra Spectra, SearchRequest Request, int CalibrationCount, SimulatedInstrumentOptions Options)
{
    /// <summary>The response of the demonstration.</summary>
    public const string Response = "protein";

    private const string GroupColumn = "group";

    /// <summary>Measures, and writes the files that a chemist would have: spectra with references, and the sets.</summary>
    public static DemoCase Make(ulong seed, bool small, string folder)
    {
        int calibration = small ? 30 : 80;
        var options = new SimulatedInstrumentOptions { SpecimenCount = calibration + (calibration / 2), ReplicateCount = 2, Seed = seed };
        SimulatedSpectra spectra = SimulatedInstrument.Measure(options);
        ResultFiles.RefuseUnwritable(folder);
        string data = Path.Combine(folder, "demo-spectra.csv");
        string sets = Path.Combine(folder, "demo-sets.csv");
        using (FileStream stream = File.Create(data))
        {
            WideCsvWriter.Write(spectra.Chunk, stream);
        }

        File.WriteAllText(sets, Sets(spectra.Chunk, calibration * options.ReplicateCount));
        var request = new SearchRequest
        {
            DataPath = data,
            Study = StudyOf(small) with { Response = Response, Group = GroupColumn },
            SplitPath = sets,
            OutputPath = folder,
        };
        return new DemoCase(spectra, request, calibration, options);
    }

    private static Study StudyOf(bool small) => small
        ? new Study
        {
            Pretreatments = ["raw", "snv", "sg(15,2,1)", "snv + sg(15,2,1)", "msc"],
            Models = ["pls(12)", "ridge"],
            Subsets = ["full", "top(50)", "region(50,25;1)", "regions(50,25;2)"],
            Folds = "random(5, seed 0)",
        }
        : new Study();

    private static string Sets(SpectralChunk chunk, int calibrationRows)
    {
        var text = new StringBuilder("sample_id,set\n");
        for (int i = 0; i < chunk.SampleCount; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{chunk.Ids[i]},{(i < calibrationRows ? "train" : "test")}\n");
        }

        return text.ToString();
    }
}
