using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Cores;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.OnDisk;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.OnDisk;
using Pipeline.Stages.Tests.Spectra.OnDisk;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration.OnDisk;

public class DiskSearchTests
{
    private static readonly SpectralChunk Spectra = MemoryFile.Rounded(TestChunks.Make(n: 300, p: 24, seed: 11));

    private static readonly Study SmallStudy = new()
    {
        Response = "protein",
        Pretreatments = ["raw", "snv + sg(5,2,1)"],
        Models = ["pls(6)", "ridge(1e-3, 1e-5)"],
        Subsets = ["full", "ranges(1150-1200, 1300 nm)"],
        Folds = "random(5, seed 3)",
        Predictions = 5,
    };

    [Fact]
    public async Task RunAsync_SpectraOnDisk_RanksAsInMemory()
    {
        // Both sides see the same numbers and the same folds. In memory, fits go through the spectra; here through
        // cross-products, which keep half of the digits of the spectra in the worst case. Scale: the deviation of the response, about 2.
        FlowRun expected = await FlowHarness.RunAsync(Spectra, SmallStudy with { Predictions = Study.PredictionsMax });
        (Leaderboard found, _) = await RunAsync(Spectra, 2);

        Assert.Equal(expected.Board.Rows.Length, found.Rows.Length);
        Dictionary<Fingerprint, double[]> predictions = FlowHarness.Predictions(expected.Board);
        Dictionary<string, LeaderboardRow> inMemory = expected.Board.Rows.ToDictionary(NameOf);
        foreach (LeaderboardRow row in found.Rows)
        {
            LeaderboardRow other = inMemory[NameOf(row)];
            Tolerance.AssertClose(other.Metrics.Rmse, row.Metrics.Rmse, 1e-8, 2, "RMSECV of " + NameOf(row));
            Tolerance.AssertClose(other.Metrics.Bias, row.Metrics.Bias, 1e-8, 2, "bias");
            Tolerance.AssertClose(other.Metrics.Sep, row.Metrics.Sep, 1e-8, 2, "SEP");
            Tolerance.AssertClose(other.Metrics.Slope, row.Metrics.Slope, 1e-7, 1, "slope");
            Tolerance.AssertClose(other.Metrics.Rpiq, row.Metrics.Rpiq, 1e-7, 1 + other.Metrics.Rpiq, "RPIQ");
            Tolerance.AssertClose(other.FoldMetrics.RmseMean, row.FoldMetrics.RmseMean, 1e-8, 2, "mean RMSE");
            Tolerance.AssertClose(other.FoldMetrics.RSquaredDeviation, row.FoldMetrics.RSquaredDeviation, 1e-7, 1, "R² deviation");
            Assert.Equal((other.Variables, other.VariableCount, other.Ranges.Length), (row.Variables, row.VariableCount, row.Ranges.Length));
        }

        Assert.Equal(5, found.Predictions.Length);
        for (int rank = 0; rank < 5; rank++)
        {
            double[] other = predictions[inMemory[NameOf(found.Rows[rank])].Candidate.Key];
            for (int i = 0; i < other.Length; i++)
            {
                Tolerance.AssertClose(other[i], found.Predictions[rank][i], 1e-8, 2, "prediction");
            }
        }

        Tolerance.AssertClose(expected.Board.OneStandardErrorLimit, found.OneStandardErrorLimit, 1e-8, 2, "limit");
    }

    [Fact]
    public async Task RunAsync_AnyOrderOfTheFileAndThreads_GivesTheSameBits()
    {
        string expected = FlowHarness.Bits((await RunAsync(Spectra, 1)).Board);
        Assert.Equal(expected, FlowHarness.Bits((await RunAsync(TestChunks.Shuffled(Spectra, 5), 2)).Board));
        Assert.Equal(expected, FlowHarness.Bits((await RunAsync(TestChunks.Shuffled(Spectra, 6), 8)).Board));
    }

    [Fact]
    public async Task RunAsync_AlteredHeldOutSample_LeavesTheOthersOfItsFoldAlone()
    {
        // What a fold holds out may touch nothing but the predictions of other folds. All candidates keep theirs.
        Study study = SmallStudy with { Predictions = Study.PredictionsMax };
        Leaderboard before = (await RunAsync(Spectra, 2, study)).Board;
        Matrix x = Spectra.X.View.ToMatrix();
        x.Row(17).Fill(1e6);
        (Leaderboard after, StudyPlan plan) = await RunAsync(new SpectralChunk(Spectra.Ids, Spectra.Axis, x, Spectra.Responses, []), 2, study);
        int fold = plan.Folds.FoldOfSample[17];
        string[] same = [.. before.Rows.Take(before.Predictions.Length).Select(NameOf).Intersect(after.Rows.Take(after.Predictions.Length).Select(NameOf))];
        Assert.NotEmpty(same);
        foreach (string name in same)
        {
            double[] first = [.. before.Predictions[before.Rows.Select(NameOf).ToList().IndexOf(name)]];
            double[] second = [.. after.Predictions[after.Rows.Select(NameOf).ToList().IndexOf(name)]];
            foreach (int i in plan.Folds.HeldOut(fold).ToArray().Where(i => i != 17))
            {
                Assert.Equal(first[i], second[i]);
            }
        }
    }

    [Fact]
    public async Task RunAsync_PassesOverTheDiskTakeTheTime_TimeLeftCountsThoseAhead()
    {
        // A clock that only reads move: six chains, six passes, everything else takes none. A pass may begin before the unit of the one
        // before it has been judged; each waits here, so that what is said does not depend on the machine.
        var clock = new ManualTimeProvider();
        WorkForecast? forecast = null;
        CalibrationFlow? flow = null;
        var said = new List<double>();
        var file = new SlowFile(new MemoryFile(MemoryFile.Bytes(Spectra, 64, isSingle: true)), () =>
        {
            Assert.True(SpinWait.SpinUntil(() => flow is null || flow.Progress[^1].Out >= said.Count, TimeSpan.FromMinutes(1)));
            clock.Advance(TimeSpan.FromSeconds(1));
            said.Add(forecast?.Remaining()?.TotalSeconds ?? -1);
        });
        Study study = SmallStudy with
        {
            Pretreatments = ["raw", "snv", "sg(5,2,1)", "sg(5,2,0)", "snv + sg(5,2,1)", "snv + sg(5,2,0)"],
            Models = ["pls(6)"],
            Subsets = ["full"],
        };
        await FlowAsync(file, 1, study, plan =>
        {
            said.Clear();
            return forecast = new WorkForecast(plan.Units.Values, clock);
        }, made => flow = made);
        Assert.Equal(7, said.Count); // The last one predicts with the first places.
        Assert.True(said[0] < 0, "Nothing is known in the first pass.");
        for (int i = 3; i < 6; i++)
        {
            // At the end of the read, before the unit ends with it: what is ahead, and at most one unit more.
            Assert.InRange(said[i], 0.5 * (5 - i), (1.5 * (6 - i)) + 0.5);
        }
    }

    [Fact]
    public async Task Plan_SpectraOnDisk_SaysWhatIsLeftOut()
    {
        Study study = SmallStudy with { Pretreatments = ["snv", "msc"], Subsets = ["full", "top(5)"] };
        (_, StudyPlan plan) = await RunAsync(Spectra, 2, study);
        Assert.Contains(plan.Notes, note => note.StartsWith("msc is left out", StringComparison.Ordinal));
        Assert.Contains(plan.Notes, note => note.StartsWith("top(5) is left out", StringComparison.Ordinal));
        Assert.All(plan.Units.Values, unit => Assert.Equal("snv", unit.Chain.Notation));
    }

    [Fact]
    public async Task FromBytes_CellsOfErrors_AreTheSameAgain()
    {
        (_, StudyPlan plan) = await RunAsync(Spectra, 1);
        var table = new CellTable(plan.Folds, 1, 2, keepsSums: true);
        for (int k = 0; k < plan.Folds.Count; k++)
        {
            table.Complete(0, k, new Pipeline.Stages.Metrics.PredictionSums(10 + k, 1.5, 1, 2, 3, 4 + k));
            table.Fail(1, k, "no");
        }

        CellTable again = CellTable.FromBytes(table.ToBytes(), plan.Folds, 1, 2)!;
        Assert.True(again.KeepsSums);
        Assert.Equal(table.SumsOf(0).ToArray(), again.SumsOf(0).ToArray());
        Assert.Equal("no", again.FailureOf(1, 2));
        Assert.Equal(table.ToBytes(), again.ToBytes());
    }

    [Fact]
    public async Task RefitAsync_SpectraOnDisk_IsTheRefitOfMemory()
    {
        BoundStudy inMemory = StudyBinding.Bind(SmallStudy, Spectra);
        (CalibrationFlow flow, Leaderboard board) = await FlowAsync(Bytes(Spectra), 2, SmallStudy);
        foreach (LeaderboardRow row in board.Rows.Take(5))
        {
            DiskRefit refit = await flow.RefitAsync(row.Candidate, CancellationToken.None);
            double[] expected = FittedCandidate.Fit(row.Candidate, inMemory.Set).Predict(inMemory.Set.X.View);
            double[] found = refit.Fitted.Predict(inMemory.Set.X.View);
            for (int i = 0; i < expected.Length; i++)
            {
                Tolerance.AssertClose(expected[i], found[i], 1e-8, 2, "prediction");
            }

            double rmsec = Pipeline.Stages.Metrics.RegressionMetrics.Of(inMemory.Set.Y.Values, found).Rmse;
            Tolerance.AssertClose(rmsec, refit.Calibration.Rmse, 1e-8, 2, "RMSEC");
            Assert.InRange(refit.Scores.ComponentCount, 1, 10);
            Assert.True(double.IsFinite(refit.Scores.Limits.QReject) && refit.Scores.Limits.QReject > 0);
        }
    }

    private static string NameOf(LeaderboardRow row) =>
        $"{row.Candidate.Chain.Notation} {row.Candidate.Subset.Notation} {row.Candidate.Family.Name} {row.Candidate.SettingText}";

    private static async Task<(Leaderboard Board, StudyPlan Plan)> RunAsync(SpectralChunk chunk, int threads, Study? study = null)
    {
        study ??= SmallStudy;
        StudyPlan? plan = null;
        (_, Leaderboard board) = await FlowAsync(Bytes(chunk), threads, study, made =>
        {
            plan = made;
            return null;
        });
        return (board, plan!);
    }

    private static MemoryFile Bytes(SpectralChunk chunk) => new(MemoryFile.Bytes(chunk, 64, isSingle: true));

    private static async Task<(CalibrationFlow Flow, Leaderboard Board)> FlowAsync(
        IByteFile file, int threads, Study study, Func<StudyPlan, WorkForecast?>? planned = null, Action<CalibrationFlow>? made = null)
    {
        Limits limits = Limits.Default;
        using var pool = new CorePool(threads);
        DiskReading reading = ArrowDiskReader.Read(file);
        BoundStudy bound = await StudyBinding.BindAsync(study, reading, pool.Run, CancellationToken.None);
        StudyPlan plan = StudyPlanner.Plan(study, bound.Set.Manifest, limits, bound.Set.OnDisk);
        WorkForecast? forecast = planned?.Invoke(plan);
        var budget = new MemoryBudget(limits);
        var board = new LeaderboardBuilder(plan, study.Predictions);
        var flow = new CalibrationFlow(
            plan,
            _ => ValueTask.FromResult(bound.Set),
            new ArtifactCache(limits, TimeProvider.System),
            budget,
            limits,
            threads,
            board,
            cores: pool,
            forecast: forecast);
        made?.Invoke(flow);
        await flow.RunAsync(CancellationToken.None);
        Assert.Equal(0, budget.ReservedBytes);
        return (flow, board.Finish());
    }

    /// <summary>A file that says when it has been read.</summary>
    private sealed class SlowFile(IByteFile file, Action isRead) : IByteFile
    {
        public long Length => file.Length;

        public void Read(long position, Span<byte> target) => file.Read(position, target);

        public async ValueTask ReadAsync(IReadOnlyList<ByteRange> pieces, Memory<byte> target, CancellationToken cancellation)
        {
            await file.ReadAsync(pieces, target, cancellation);
            isRead();
        }
    }
}
