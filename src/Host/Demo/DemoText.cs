using Pipeline.Host.Cli;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Selection;

namespace Pipeline.Host.Demo;

/// <summary>What the demonstration tells before and after the search.</summary>
internal static class DemoText
{
    /// <summary>What is simulated.</summary>
    public static IEnumerable<string> Instrument(DemoCase data)
    {
        int tests = data.Options.SpecimenCount - data.CalibrationCount;
        yield return "A simulated near-infrared instrument measures wheat:";
        yield return $"  {string.Join(", ", data.Spectra.Truth.Constituents.Select(one => one.Name))} by Beer and Lambert's law, "
            + "with scatter, baseline and noise;";
        yield return $"  {data.CalibrationCount} specimens to calibrate on and {tests} to test on, each measured {data.Options.ReplicateCount} times;";
        yield return $"  the laboratory's protein values carry an error of their own, sd {Figure.Of(LaboratorySd(data))} (in % protein).";
        yield return $"Written to {Path.GetDirectoryName(data.Request.DataPath)}, as you would have them: demo-spectra.csv and demo-sets.csv.";
    }

    /// <summary>What was found beside what is true, and what to try next.</summary>
    public static IEnumerable<string> Truth(DemoCase data, RunResult result)
    {
        yield return "Against the truth, which only a simulation knows:";
        foreach (ChosenCandidate chosen in result.Chosen)
        {
            if (chosen.Test is not { } test)
            {
                continue;
            }

            double againstTruth = RegressionMetrics.Of(TestTruth(data, result), test.Predictions).Rmse;
            yield return $"  rank {chosen.Row.Rank} on the test samples: RMSEP {Figure.Of(test.All.Rmse)} against the laboratory, {Figure.Of(againstTruth)} against the truth; "
                + $"the laboratory's own error, sd {Figure.Of(LaboratorySd(data))}, is the difference (squares add).";
        }

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
        yield return "  dotnet run --project src/Host -c Release -- search --help";
    }

    private static double[] TestTruth(DemoCase data, RunResult result)
    {
        Dictionary<string, double> truth = data.Spectra.Chunk.Ids
            .Zip(data.Spectra.Truth.Values(DemoCase.Response))
            .ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. result.Prepared.Test!.Ids.Select(id => truth[id])];
    }

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
