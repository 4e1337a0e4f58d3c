using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

/// <summary>Studies whose folds go by an order of the samples, from the chunk to the leaderboard.</summary>
public partial class OrderedStudyTests
{
    private const int SampleCount = 40;

    private static readonly double[] Days = [.. Enumerable.Range(0, SampleCount).Select(i => (double)(i * 17 % SampleCount / 2))];

    private static readonly SpectralChunk Spectra = WithDays(TestChunks.Make(SampleCount, p: 30, seed: 7));

    private static readonly Study Timed = FlowHarness.SmallStudy with { Folds = "time(4; by day)" };

    [Fact]
    public async Task Run_TimeOrdered_IsWhatFittingOnEarlierDaysGives()
    {
        FlowRun run = await FlowHarness.RunAsync(Spectra, Timed);
        CalibrationSet set = StudyBinding.Bind(Timed, Spectra).Set;
        int[] fold = run.Plan.Folds.FoldOfSample.ToArray();
        int[] judged = [.. Enumerable.Range(0, SampleCount).Where(i => fold[i] > 0)];
        Assert.Equal(30, judged.Length);
        LeaderboardRow[] ranked = [.. run.Board.Rows.Where(row => row.Rank > 0)];
        Assert.True(ranked.Length > 100, $"{ranked.Length} candidates are ranked.");
        for (int r = 0; r < ranked.Length; r += 7)
        {
            ImmutableArray<double> found = run.Board.Predictions[ranked[r].Rank - 1];
            for (int k = 1; k < 4; k++)
            {
                // By days and not by folds: what was measured before the first of the block.
                double start = Enumerable.Range(0, SampleCount).Where(i => fold[i] == k).Min(i => Days[i]);
                int[] earlier = [.. Enumerable.Range(0, SampleCount).Where(i => Days[i] < start)];
                int[] held = [.. Enumerable.Range(0, SampleCount).Where(i => fold[i] == k)];
                var fitted = FittedCandidate.Fit(
                    ranked[r].Candidate, new CalibrationSet(set.Manifest, set.X.SelectRows(earlier), set.Y.SelectRows(earlier)));
                double[] expected = fitted.Predict(set.X.SelectRows(held).View);
                Assert.All(held.Zip(expected), pair => Assert.Equal(pair.Second, found[pair.First], 1e-6 * Math.Abs(pair.Second)));
            }

            RegressionMetrics pooled = RegressionMetrics.Of([.. judged.Select(i => set.Y[i, 0])], [.. judged.Select(i => found[i])]);
            Assert.Equal(pooled.Rmse, ranked[r].Metrics.Rmse, 1e-12 * pooled.Rmse);
            Assert.Equal(pooled.RSquared, ranked[r].Metrics.RSquared, 1e-12);
            Assert.Equal(judged.Length, ranked[r].Metrics.Count);
            Assert.Equal(3, ranked[r].FoldMetrics.FoldCount);
            Assert.All(Enumerable.Range(0, SampleCount).Except(judged), i => Assert.True(double.IsNaN(found[i])));
        }
    }

    [Fact]
    public async Task Run_TimeOrderedWithLaterSamplesOverwritten_LeavesEarlierPredictionsAlone()
    {
        FlowRun run = await FlowHarness.RunAsync(Spectra, Timed);
        int[] fold = run.Plan.Folds.FoldOfSample.ToArray();
        Matrix x = Spectra.X.View.ToMatrix();
        double[] y = [.. Spectra.Responses[0].Values];
        for (int i = 0; i < SampleCount; i++)
        {
            if (fold[i] == 3)
            {
                y[i] = 100 + i;
                for (int j = 0; j < x.Columns; j++)
                {
                    x[i, j] = Math.Sin(i + (7 * j));
                }
            }
        }

        FlowRun other = await FlowHarness.RunAsync(WithDays(TestChunks.Chunk(Spectra.Ids, x, y)), Timed);
        Dictionary<string, ImmutableArray<double>> before = ByName(run);
        Dictionary<string, ImmutableArray<double>> after = ByName(other);
        int compared = 0;
        foreach ((string name, ImmutableArray<double> predictions) in before.Where(pair => after.ContainsKey(pair.Key)))
        {
            for (int i = 0; i < SampleCount; i++)
            {
                if (fold[i] is 1 or 2)
                {
                    Assert.Equal(BitConverter.DoubleToInt64Bits(predictions[i]), BitConverter.DoubleToInt64Bits(after[name][i]));
                    compared++;
                }
            }
        }

        Assert.True(compared > 1000, $"{compared} predictions were compared.");
    }

    [Theory]
    [InlineData("time(4; by day)")]
    [InlineData("venetian(5; by response)")]
    [InlineData("contiguous(5; by day)")]
    [InlineData("loo")]
    public async Task Run_RowsShuffledAndOtherThreads_GivesTheSameBits(string folds)
    {
        Study study = FlowHarness.SmallStudy with { Folds = folds, Pretreatments = ["raw", "msc"], Subsets = ["full", "top(8)"] };
        string expected = FlowHarness.Bits((await FlowHarness.RunAsync(Spectra, study)).Board);
        Assert.Equal(expected, FlowHarness.Bits((await FlowHarness.RunAsync(TestChunks.Shuffled(Spectra, 5), study, parallelism: 8)).Board));
        Assert.Equal(expected, FlowHarness.Bits((await FlowHarness.RunAsync(Spectra, study, parallelism: 1)).Board));
    }

    [Fact]
    public void Plan_FileOrder_GoesByTheRowsAndNothingElseDoes()
    {
        Study study = FlowHarness.SmallStudy with { Folds = "contiguous(4; by file order)" };
        SpectralChunk shuffled = TestChunks.Shuffled(Spectra, 5);
        CalibrationManifest manifest = StudyBinding.Bind(study, shuffled).Set.Manifest;
        StudyPlan plan = StudyPlanner.Plan(study, manifest, Limits.Default);
        Assert.All(
            Enumerable.Range(0, SampleCount),
            i => Assert.Equal(shuffled.Ids.IndexOf(manifest.Ids[i]) / 10, plan.Folds.FoldOfSample[i]));
    }

    [Fact]
    public void Plan_OrderOfAColumn_IsPartOfTheKeyOfTheFolds()
    {
        // Two orders that give the same folds of the same samples would be one; these do not.
        Study byDay = FlowHarness.SmallStudy with { Folds = "venetian(4; by day)" };
        CalibrationManifest manifest = StudyBinding.Bind(byDay, Spectra).Set.Manifest;
        StudyPlan plan = StudyPlanner.Plan(byDay, manifest, Limits.Default);
        StudyPlan turned = StudyPlanner.Plan(byDay, manifest with { Places = [.. manifest.Places.Reverse()] }, Limits.Default);
        Assert.NotEqual(plan.FoldsKey, turned.FoldsKey);
        Assert.NotEqual(manifest.Key, StudyBinding.Bind(FlowHarness.SmallStudy, Spectra).Set.Manifest.Key);
    }

    [Theory]
    [InlineData("venetian(4; by dai)", "The file has no column 'dai'. Did you mean 'day'?")]
    [InlineData("time(30; by day)", "there are 20")]
    public void Plan_WrongOrder_SaysWhatAndWhere(string folds, string finding)
    {
        Study study = FlowHarness.SmallStudy with { Folds = folds };
        StageException refused = Assert.Throws<StageException>(
            () => StudyPlanner.Plan(study, StudyBinding.Bind(study, Spectra).Set.Manifest, Limits.Default));
        Assert.Contains(finding, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_SampleWithoutTime_IsNamed()
    {
        double[] days = [.. Days];
        days[7] = double.NaN;
        var chunk = new SpectralChunk(Spectra.Ids, Spectra.Axis, Spectra.X, [Spectra.Responses[0], new ResponseColumn("day", [.. days])], []);
        StageException refused = Assert.Throws<StageException>(() => StudyBinding.Bind(Timed, chunk));
        Assert.Contains("Column 'day' orders the samples, but sample 'S007' has no value there", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_TimeOrderedClasses_AreRefused()
    {
        ImmutableArray<string> grades = [.. Enumerable.Range(0, SampleCount).Select(i => i % 2 == 0 ? "a" : "b")];
        var chunk = new SpectralChunk(Spectra.Ids, Spectra.Axis, Spectra.X, [.. Spectra.Responses], [new LabelColumn("grade", grades)]);
        Study study = new() { Response = "grade", Folds = "time(4; by day)" };
        StageException refused = Assert.Throws<StageException>(
            () => StudyPlanner.Plan(study, StudyBinding.Bind(study, chunk).Set.Manifest, Limits.Default));
        Assert.Contains("stratified(10, seed 0)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Judging_TimeOrdered_SaysThatNestedEstimateAndNullAreLeftOut()
    {
        BoundStudy bound = StudyBinding.Bind(Timed, Spectra);
        StudyPlan plan = StudyPlanner.Plan(bound.Study, bound.Set.Manifest, Limits.Default);
        Assert.Contains(plan.Notes, note => note.Contains("The first, 10 samples, is never held out", StringComparison.Ordinal));
        var judging = JudgingPlan.Of(bound.Study, bound.Set, plan, Limits.Default);
        Assert.Empty(judging.Searches);
        Assert.Contains("are left out", Assert.Single(judging.Notes), StringComparison.Ordinal);
    }

    private static Dictionary<string, ImmutableArray<double>> ByName(FlowRun run) => run.Board.Rows.Where(row => row.Rank > 0).ToDictionary(
        row => $"{row.Candidate.Chain.Notation} {row.Candidate.Subset.Notation} {row.Candidate.SettingText}",
        row => run.Board.Predictions[row.Rank - 1]);

    private static SpectralChunk WithDays(SpectralChunk chunk) => new(
        chunk.Ids, chunk.Axis, chunk.X, [chunk.Responses[0], new ResponseColumn("day", [.. Days])], []);
}
