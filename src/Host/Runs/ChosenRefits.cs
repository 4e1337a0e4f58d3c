using Pipeline.Engine;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.OnDisk;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Prediction;

namespace Pipeline.Host.Runs;

/// <summary>The candidates of a ranking that one would use, refitted on all samples and judged on the test samples.</summary>
internal static class ChosenRefits
{
    /// <summary>The winner first, then the simplest one that is as good.</summary>
    /// <param name="prepared">The search.</param>
    /// <param name="leaderboard">Its ranking.</param>
    /// <param name="flow">Its flow, which refits where spectra stay on the disk.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<IReadOnlyList<ChosenCandidate>> OfAsync(
        PreparedRun prepared, Leaderboard leaderboard, CalibrationFlow flow, CancellationToken cancellation)
    {
        var chosen = new List<ChosenCandidate>();
        foreach ((LeaderboardRow row, string why) in Choose(leaderboard))
        {
            chosen.Add(prepared.Bound.Set.OnDisk is null ? Refit(prepared, row, why) : await RefitOnDiskAsync(flow, row, why, cancellation));
        }

        return chosen;
    }

    private static IEnumerable<(LeaderboardRow Row, string Why)> Choose(Leaderboard leaderboard)
    {
        if (leaderboard.Winner is not { } winner)
        {
            yield break;
        }

        yield return (winner, leaderboard.Composite is null ? ClassText.Best(leaderboard.Metric) : "lowest composite score");
        if (leaderboard.Simplest is { } simplest && simplest.Rank != winner.Rank)
        {
            yield return (simplest, "simplest setting of the same chain, variables and model within one standard error");
        }
    }

    private static ChosenCandidate Refit(PreparedRun prepared, LeaderboardRow row, string why)
    {
        CalibrationSet samples = prepared.Bound.Set;

        // The ranking stands, whatever a refit on all samples meets; the reason takes the place of the figures.
        try
        {
            var refit = CandidateRefit.Of(row.Candidate, samples);
            if (!samples.Manifest.Classes.IsEmpty)
            {
                return OfClasses(prepared, refit, row, why);
            }

            RegressionMetrics calibration = RegressionMetrics.Of(samples.Y.Values, refit.Predictions);
            TestOutcome? test = prepared.Test is { } set ? Test(set, refit.Fitted.Predict(set.X.View)) : null;
            return new ChosenCandidate(row, why, calibration, test, Failure: null) { Refit = refit };
        }
        catch (StageException failure)
        {
            return new ChosenCandidate(row, why, Calibration: null, Test: null, failure.Message);
        }
    }

    private static ChosenCandidate OfClasses(PreparedRun prepared, CandidateRefit refit, LeaderboardRow row, string why)
    {
        CalibrationSet samples = prepared.Bound.Set;
        int classCount = samples.Manifest.Classes.Length;
        int[] own = [.. samples.Manifest.Strata.Select(place => (int)place)];
        return new ChosenCandidate(row, why, Calibration: null, Test: null, Failure: null)
        {
            Refit = refit,
            ClassCalibration = ClassMetrics.Of(own, refit.Predictions, classCount),
            ClassTest = prepared.Test is { } set ? ClassTest(set, refit.Fitted.Predict(set.X.View), classCount) : null,
        };
    }

    private static ClassTestOutcome ClassTest(TestSet set, double[] probabilities, int classCount)
    {
        ClassMetrics Over(int[] some) => ClassMetrics.Of(
            [.. some.Select(i => (int)set.Reference[i])],
            [.. some.SelectMany(i => probabilities.Skip(i * classCount).Take(classCount))],
            classCount);

        ClassMetrics all = Over([.. Enumerable.Range(0, set.Ids.Length)]);
        int[] unknown = set.Unknown();
        return new ClassTestOutcome(probabilities, all, unknown.Length == 0 ? null : unknown.Length == set.Ids.Length ? all : Over(unknown));
    }

    private static TestOutcome Test(TestSet set, double[] predictions)
    {
        RegressionMetrics all = RegressionMetrics.Of(set.Reference, predictions);
        int[] unknown = set.Unknown();
        RegressionMetrics? honest = unknown.Length == 0
            ? null
            : unknown.Length == predictions.Length
                ? all
                : RegressionMetrics.Of([.. unknown.Select(i => set.Reference[i])], [.. unknown.Select(i => predictions[i])]);
        return new TestOutcome(predictions, all, honest);
    }

    private static async Task<ChosenCandidate> RefitOnDiskAsync(
        CalibrationFlow flow, LeaderboardRow row, string why, CancellationToken cancellation)
    {
        // As in memory: the ranking stands, and the reason takes the place of the figures.
        try
        {
            DiskRefit refit = await flow.RefitAsync(row.Candidate, cancellation);
            return new ChosenCandidate(row, why, refit.Calibration, Test: null, Failure: null) { OnDisk = refit };
        }
        catch (StageException failure)
        {
            return new ChosenCandidate(row, why, Calibration: null, Test: null, failure.Message);
        }
    }
}
