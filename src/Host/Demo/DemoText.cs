using Pipeline.Host.Datasets;
using Pipeline.Host.Runs;
using Pipeline.Host.Service;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Prediction;
using Pipeline.Stages.Selection;

namespace Pipeline.Host.Demo;

/// <summary>What the demonstration tells before and after the search.</summary>
internal static class DemoText
{
    /// <summary>What is simulated.</summary>
    public static IEnumerable<string> Instrument(DemoCase data)
    {
        int others = data.Options.SpecimenCount - data.CalibrationCount;
        yield return "A simulated near-infrared instrument measures wheat:";
        yield return $"  {string.Join(", ", data.Spectra.Truth.Constituents.Select(one => one.Name))} by Beer and Lambert's law, "
            + "with scatter, baseline and noise;";
        yield return $"  {data.CalibrationCount} specimens to calibrate on and {others} new ones, each measured {data.Options.ReplicateCount} times;";
        yield return $"  the laboratory's protein values carry an error of their own, sd {Figure.Of(LaboratorySd(data))} (in % protein).";
        yield return $"A daemon watches {data.Inbox}.";
        yield return "";
    }

    /// <summary>What became of the files.</summary>
    public static IEnumerable<string> Files(DemoLaboratory laboratory)
    {
        yield return "The instrument drops files:";
        foreach (IngestOutcome outcome in laboratory.Seen.OfType<DaemonEvent.SourceIngested>().Select(one => one.Outcome))
        {
            string name = Path.GetFileName(outcome.Path);
            yield return outcome.Kind == IngestKind.Quarantined
                ? $"  {name,-20} to quarantine: {outcome.Message}"
                : $"  {name,-20} {outcome.NewSamples} new samples";
        }

        yield return "  (wednesday.csv was half-written the first time; the finished file took its place.)";
        yield return "";
    }

    /// <summary>How the predictions of new spectra compare with what is true.</summary>
    public static IEnumerable<string> Predictions(DemoCase data, DaemonEvent.SpectraPredicted predicted)
    {
        Dictionary<string, double> truth = ById(data, data.Spectra.Truth.Values(DemoCase.Response));
        Dictionary<string, double> laboratory =
            ById(data, [.. data.Spectra.Chunk.Responses.Single(column => column.Name == DemoCase.Response).Values]);
        double[] values = [.. predicted.Rows.Select(row => row.Value)];
        double againstTruth = RegressionMetrics.Of([.. predicted.Rows.Select(row => truth[row.Id])], values).Rmse;
        double againstLaboratory = RegressionMetrics.Of([.. predicted.Rows.Select(row => laboratory[row.Id])], values).Rmse;
        int covered = predicted.Rows.Count(row => laboratory[row.Id] >= row.Lower && laboratory[row.Id] <= row.Upper);
        int ok = predicted.Rows.Count(row => row.Flag == Verdict.Ok);
        yield return $"New spectra arrive without references (thursday.arrow) and are predicted: {predicted.File}";
        yield return $"  {predicted.Rows.Length} samples: {ok} ok, {predicted.Rows.Count(row => row.Flag == Verdict.Warn)} warn, "
            + $"{predicted.Rows.Count(row => row.Flag == Verdict.Reject)} reject;";
        yield return $"  their true protein is missed by {Figure.Of(againstTruth)} (root mean square), the laboratory's later values by "
            + $"{Figure.Of(againstLaboratory)}, "
            + $"of which the laboratory's own error is {Figure.Of(LaboratorySd(data))} (squares add);";
        yield return $"  the 90 % intervals (± {Figure.Of((predicted.Rows[0].Upper - predicted.Rows[0].Lower) / 2)}) hold {covered} of "
            + $"{predicted.Rows.Length} of the laboratory's values.";
        yield return "";
    }

    /// <summary>What was found beside what is true, and what to try next.</summary>
    public static IEnumerable<string> Truth(DemoCase data, RunResult result)
    {
        yield return "Against the truth, which only a simulation knows:";
        string bands = WavelengthRanges.Format(
            data.Spectra.Truth.Bands(DemoCase.Response), SimulatedInstrument.Axis.Unit);
        yield return $"  protein absorbs at {bands};";
        if (BestWindow(result.Leaderboard) is { } window)
        {
            yield return $"  the best window found is {window.Variables} (rank {window.Rank}, RMSECV {Figure.Of(window.Metrics.Rmse)}): "
                + $"{Inside(window, data):P0} of it lies on a band of protein.";
        }

        yield return "";
        yield return "Next, on your own file (one line per sample; columns with a number as header are the spectrum):";
        yield return "  dotnet run --project src/Host -c Release -- search spectra.csv --response NAME";
        yield return "  dotnet run --project src/Host -c Release -- serve --help      (the daemon on your own folders)";
    }

    private static Dictionary<string, double> ById(DemoCase data, double[] values) =>
        data.Spectra.Chunk.Ids.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second);

    private static double LaboratorySd(DemoCase data) =>
        data.Spectra.Truth.Laboratory.Single(error => error.Response == DemoCase.Response).Sd;

    private static LeaderboardRow? BestWindow(Leaderboard board) =>
        board.Rows.FirstOrDefault(row => row.Rank > 0 && row.Candidate.Subset is BestRegions { Combined: false });

    private static double Inside(LeaderboardRow row, DemoCase data)
    {
        int total = 0;
        int inside = 0;
        foreach (ChosenRange chosen in row.Ranges)
        {
            foreach (double position in SimulatedInstrument.Axis.Positions)
            {
                if (position < chosen.Range.From || position > chosen.Range.To)
                {
                    continue;
                }

                total++;
                inside += data.Spectra.Truth.Bands(DemoCase.Response).Any(band => position >= band.From && position <= band.To) ? 1 : 0;
            }
        }

        return total == 0 ? 0 : (double)inside / total;
    }
}
