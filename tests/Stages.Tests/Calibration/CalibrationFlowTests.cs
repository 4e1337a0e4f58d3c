using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

public class CalibrationFlowTests
{
    private static readonly SpectralChunk Spectra = TestChunks.Make(n: 40, p: 30, seed: 7);

    [Fact]
    public async Task RunAsync_EveryBlock_PassesOnWhatItTookIn()
    {
        FlowRun run = await FlowHarness.RunAsync(Spectra);

        Assert.Equal(["ingest", "pretreat", "split", "train", "aggregate"], run.Flow.Progress.Select(step => step.Name));
        Assert.All(run.Flow.Progress, step =>
        {
            Assert.Equal(run.Plan.Units.Count, step.In);
            Assert.Equal(step.In, step.Out);
            Assert.Equal(0, step.Failures);
            Assert.Equal(0, step.BytesHeld);
        });
        Assert.Equal(run.Plan.CandidateCount, run.Board.Rows.Length);
        Assert.Equal(0, run.Budget.ReservedBytes);
        Assert.InRange(run.Budget.ReservedBytesPeak, 1, run.Budget.CapacityBytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task RunAsync_AnyParallelism_GivesTheSameBits(int parallelism)
    {
        string expected = FlowHarness.Bits((await FlowHarness.RunAsync(Spectra, parallelism: 2)).Board);
        string found = FlowHarness.Bits((await FlowHarness.RunAsync(Spectra, parallelism: parallelism)).Board);
        Assert.Equal(expected, found);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task RunAsync_RowsShuffled_GivesTheSameBits(int seed)
    {
        string expected = FlowHarness.Bits((await FlowHarness.RunAsync(Spectra)).Board);
        string found = FlowHarness.Bits((await FlowHarness.RunAsync(TestChunks.Shuffled(Spectra, (ulong)seed))).Board);
        Assert.Equal(expected, found);
    }

    /// <summary>Models whose fits start from the one before, or that fit anew for every spectrum, keep their bits too.</summary>
    [Theory]
    [InlineData("svr(1, 100; gamma 0.1, 1; epsilon 0.1)")]
    [InlineData("svr(1, 10; linear; epsilon 0.1)")]
    [InlineData("localpls(4; 12, 20)")]
    public async Task RunAsync_SupportVectorsAndLocalModels_GiveTheSameBitsForAnyThreadsAndRows(string model)
    {
        Study study = FlowHarness.SmallStudy with { Models = [model], Pretreatments = ["snv", "msc", "sg(5,2,1) + autoscale"], Subsets = ["full", "top(8)"] };
        FlowRun alone = await FlowHarness.RunAsync(Spectra, study, parallelism: 1);
        Assert.DoesNotContain(alone.Board.Rows, row => row.Failure is not null);
        foreach (int parallelism in (int[])[2, 8])
        {
            FlowRun again = await FlowHarness.RunAsync(TestChunks.Shuffled(Spectra, 13), study, parallelism: parallelism);
            Assert.Equal(FlowHarness.Bits(alone.Board), FlowHarness.Bits(again.Board));
        }
    }

    [Fact]
    public async Task RunAsync_WarmCache_GivesTheSameBitsWithoutPretreatingAgain()
    {
        var cache = new ArtifactCache(Limits.Default, TimeProvider.System);
        string cold = FlowHarness.Bits((await FlowHarness.RunAsync(Spectra, cache: cache)).Board);
        long missesCold = cache.Statistics.Misses;
        string warm = FlowHarness.Bits((await FlowHarness.RunAsync(Spectra, cache: cache)).Board);
        Assert.Equal(cold, warm);
        Assert.Equal(missesCold, cache.Statistics.Misses);
    }

    [Fact]
    public async Task RunAsync_NoCache_GivesTheSameBits()
    {
        string cached = FlowHarness.Bits((await FlowHarness.RunAsync(Spectra)).Board);
        string bare = FlowHarness.Bits((await FlowHarness.RunAsync(Spectra, limits: Limits.Default with { CacheBytesMax = 0 })).Board);
        Assert.Equal(cached, bare);
    }

    [Fact]
    public async Task RunAsync_BudgetOfTheLargestUnit_Finishes()
    {
        FlowRun roomy = await FlowHarness.RunAsync(Spectra);
        Limits tight = Limits.Default with { BudgetBytesMax = roomy.Plan.Work.PeakBytesMax };
        FlowRun run = await FlowHarness.RunAsync(Spectra, parallelism: 8, limits: tight);
        Assert.Equal(FlowHarness.Bits(roomy.Board), FlowHarness.Bits(run.Board));
        Assert.InRange(run.Budget.ReservedBytesPeak, 1, tight.BudgetBytesMax);
    }

    [Fact]
    public async Task RunAsync_HeldOutSampleAltered_ChangesNoBitOfItsFoldsFit()
    {
        // Aim: whatever a held-out spectrum and its reference say, the model of its fold cannot know.
        // Method: alter one sample beyond recognition; the predictions of the other samples held out in the same fold
        // come from the same fit and must not change by a bit, for every candidate of every chain, model and subset.
        const int Altered = 17;
        FlowRun usual = await FlowHarness.RunAsync(Spectra);
        FlowRun altered = await FlowHarness.RunAsync(WithAlteredSample(Altered));

        Folds folds = usual.Plan.Folds;
        int fold = folds.FoldOfSample[Altered];
        int[] neighbours = [.. folds.HeldOut(fold).ToArray().Where(i => i != Altered)];
        Assert.NotEmpty(neighbours);
        Dictionary<string, double[]> before = ByDescription(usual.Board);
        Dictionary<string, double[]> after = ByDescription(altered.Board);
        int compared = 0;
        foreach ((string candidate, double[] predictions) in before)
        {
            if (!after.TryGetValue(candidate, out double[]? others))
            {
                // An absurd spectrum may spoil the folds that are fitted with it, never the one that holds it out.
                string reason = altered.Board.Rows.Single(row => row.Rank == 0 && Describe(row) == candidate).Failure!;
                Assert.False(reason.StartsWith($"fold {fold + 1}:", StringComparison.Ordinal), $"{candidate}: {reason}");
                continue;
            }

            compared++;
            Assert.All(neighbours, i => Assert.True(
                predictions[i].Equals(others[i]), $"{candidate}: sample {i} was predicted {predictions[i]:R}, then {others[i]:R}"));
        }

        // Some candidates may lose their rank when a spectrum is absurd; most must stay to make the test one.
        Assert.True(compared > 0.8 * before.Count, $"{compared} of {before.Count} candidates compared");
        Assert.Contains(before.Keys, key => before[key].Zip(after.GetValueOrDefault(key, before[key])).Any(pair => pair.First != pair.Second));
    }

    [Fact]
    public async Task RunAsync_Canceled_DrainsAndSaysSo()
    {
        Limits limits = Limits.Default;
        BoundStudy bound = StudyBinding.Bind(FlowHarness.SmallStudy, Spectra);
        StudyPlan plan = StudyPlanner.Plan(bound.Study, bound.Set.Manifest, limits);
        var budget = new MemoryBudget(limits);
        var board = new LeaderboardBuilder(plan, 1);
        using var stop = new CancellationTokenSource();
        var flow = new CalibrationFlow(
            plan,
            async cancellation =>
            {
                // A cancellation that has not arrived before all is done would find a complete result.
                await stop.CancelAsync();
                await Task.Delay(Timeout.Infinite, cancellation).ContinueWith(_ => { }, TaskScheduler.Default);
                return bound.Set;
            },
            new ArtifactCache(limits, TimeProvider.System),
            budget,
            limits,
            2,
            board);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flow.RunAsync(stop.Token));
        Assert.Equal(0, budget.ReservedBytes);
        Assert.Throws<InvalidOperationException>(() => board.Finish());
    }

    [Fact]
    public async Task RunAsync_SourceFails_ListsEveryCandidateWithTheReason()
    {
        Limits limits = Limits.Default;
        BoundStudy bound = StudyBinding.Bind(FlowHarness.SmallStudy, Spectra);
        StudyPlan plan = StudyPlanner.Plan(bound.Study, bound.Set.Manifest, limits);
        var board = new LeaderboardBuilder(plan, 1);
        var flow = new CalibrationFlow(
            plan,
            _ => throw new StageException(FailureKind.Storage, "the disk is gone"),
            new ArtifactCache(limits, TimeProvider.System),
            new MemoryBudget(limits),
            limits,
            2,
            board);
        await flow.RunAsync(CancellationToken.None);
        Leaderboard leaderboard = board.Finish();
        Assert.Null(leaderboard.Winner);
        Assert.Equal(plan.CandidateCount, leaderboard.Rows.Length);
        Assert.All(leaderboard.Rows, row => Assert.Equal("the disk is gone", row.Failure));
    }

    private static Dictionary<string, double[]> ByDescription(Leaderboard board)
    {
        // Keys differ because the samples do; chain, subset and setting do not.
        Dictionary<Fingerprint, double[]> predictions = FlowHarness.Predictions(board);
        return board.Rows.Where(row => row.Rank > 0).ToDictionary(Describe, row => predictions[row.Candidate.Key]);
    }

    private static string Describe(LeaderboardRow row) =>
        $"{row.Candidate.Chain.Notation} | {row.Candidate.Subset.Notation} | {row.Candidate.Family.Name} {row.Candidate.SettingText}";

    private static SpectralChunk WithAlteredSample(int sample)
    {
        var random = new Pcg64(99);
        Matrix x = Spectra.X.View.ToMatrix();
        for (int j = 0; j < x.Columns; j++)
        {
            x[sample, j] = 1e4 * random.NextNormal();
        }

        double[] y = [.. Spectra.Responses[0].Values];
        y[sample] = -1e5;
        return TestChunks.Chunk(Spectra.Ids, x, y);
    }
}
