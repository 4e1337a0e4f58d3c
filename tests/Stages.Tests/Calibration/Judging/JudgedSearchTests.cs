using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Dataflow;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Calibration.Judging.Nested;
using Pipeline.Stages.Calibration.Judging.Permuted;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration.Judging;

/// <summary>A search with the searches beside it, through the real flow.</summary>
public partial class JudgedSearchTests
{
    private static readonly SpectralChunk Spectra = TestChunks.Make(n: 40, p: 30, seed: 7);

    private static readonly Study Study = FlowHarness.SmallStudy with
    {
        Pretreatments = ["raw", "snv", "msc"], Subsets = ["full", "top(8)", "regions(50,25;2)"], Nested = 4, Permutations = 19, Bootstrap = 200,
    };

    [Fact]
    public async Task Run_Nested_IsSearchAndRefitByHandInEveryOuterFold()
    {
        // The twin binds the samples of each outer fold as a study of their own, searches, refits and predicts.
        Judged run = await RunAsync(Spectra, Study);
        NestedEstimate nested = run.Board.Judgement.Nested!;
        double[] y = run.Set.Y.Values.ToArray();
        foreach ((OuterSearch outer, OuterChoice choice) in run.Judging.Outer!.Searches.Zip(nested.Choices))
        {
            HashSet<string> heldOut = [.. outer.HeldOut.Select(i => run.Set.Manifest.Ids[i])];
            int[] calibration = [.. Enumerable.Range(0, Spectra.SampleCount).Where(i => !heldOut.Contains(Spectra.Ids[i]))];
            FlowRun inner = await FlowHarness.RunAsync(Rows(Spectra, calibration), Study);
            LeaderboardRow winner = inner.Board.Winner!;
            Assert.Equal(winner.Metrics.Rmse, choice.Winner.Metrics.Rmse);
            Assert.Equal(Describe(winner), Describe(choice.Winner));
            CalibrationSet set = StudyBinding.Bind(Study, Rows(Spectra, calibration)).Set;
            double[] yHat = FittedCandidate.Fit(winner.Candidate, set).Predict(run.Set.X.SelectRows(outer.HeldOut.AsSpan()).View);
            Tolerance.AssertSameBits(yHat, [.. outer.HeldOut.Select(i => nested.Predictions[i])], outer.Search.Title);
        }

        Assert.Equal(Enumerable.Range(0, 40), run.Judging.Outer.Searches.SelectMany(outer => outer.HeldOut).Order());
        Assert.Equal(RegressionMetrics.Of(y, nested.Predictions.AsSpan()).Rmse, nested.Metrics.Rmse);
        Assert.Equal(nested.Metrics.Rmse - run.Board.Winner!.Metrics.Rmse, nested.Optimism);
        Assert.True(nested.Rmse!.Value.Contains(nested.Metrics.Rmse));
    }

    [Fact]
    public async Task Run_HeldOutSamplesAltered_ChangeNoBitOfTheirOuterFold()
    {
        // Aim: neither what a search without an outer fold chooses, nor what it predicts, knows what the fold holds out.
        // Method: spectra and references of all samples of one outer fold but one are altered beyond recognition. The winner
        // must stay, and the one sample that stayed must be predicted by the same bits.
        Judged usual = await RunAsync(Spectra, Study);
        OuterSearch outer = usual.Judging.Outer!.Searches[1];
        int kept = outer.HeldOut[0];
        HashSet<string> altered = [.. outer.HeldOut.Skip(1).Select(i => usual.Set.Manifest.Ids[i])];
        Judged other = await RunAsync(Altered(Spectra, altered), Study);

        OuterSearch same = other.Judging.Outer!.Searches[1];
        Assert.Equal(outer.HeldOut.ToArray(), same.HeldOut.ToArray());
        Assert.Equal(outer.Search.Plan.Work.Key, same.Search.Plan.Work.Key);
        OuterChoice before = usual.Board.Judgement.Nested!.Choices[1];
        OuterChoice after = other.Board.Judgement.Nested!.Choices[1];
        Assert.Equal(before.Winner.Candidate.Key, after.Winner.Candidate.Key);
        Assert.Equal(before.Winner.Metrics, after.Winner.Metrics);
        Assert.Equal(
            BitConverter.DoubleToInt64Bits(usual.Board.Judgement.Nested.Predictions[kept]),
            BitConverter.DoubleToInt64Bits(other.Board.Judgement.Nested.Predictions[kept]));

        // And the other searches, which calibrate on them, do know.
        Assert.NotEqual(usual.Judging.Outer.Searches[0].Search.Plan.Work.Key, other.Judging.Outer.Searches[0].Search.Plan.Work.Key);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(8, true)]
    public async Task Run_AnyThreadsAndOrderOfRows_GivesTheSameBits(int parallelism, bool isShuffled)
    {
        Judged expected = await RunAsync(Spectra, Study);
        Judged found = await RunAsync(isShuffled ? TestChunks.Shuffled(Spectra, 13) : Spectra, Study, parallelism);
        Assert.Equal(Bits(expected.Board), Bits(found.Board));
    }

    [Fact]
    public async Task Run_GroupsOfReplicates_NeverStraddleOuterOrInnerFolds()
    {
        ImmutableArray<string> pairs = [.. Enumerable.Range(0, 40).Select(i => $"p{i / 2:00}")];
        var chunk = new SpectralChunk(Spectra.Ids, Spectra.Axis, Spectra.X, Spectra.Responses, [new LabelColumn("sample", pairs)]);
        Judged run = await RunAsync(chunk, Study with { Group = "sample" });
        Assert.All(run.Judging.Outer!.Searches, outer =>
        {
            Assert.Equal(0, outer.HeldOut.Length % 2);
            Assert.Equal(outer.HeldOut.Length / 2, outer.HeldOut.Select(i => run.Set.Manifest.Groups[i]).Distinct().Count());
            StudyPlan plan = outer.Search.Plan;
            Assert.All(
                plan.Manifest.Groups.Zip(plan.Folds.FoldOfSample.ToArray()).GroupBy(pair => pair.First),
                group => Assert.Single(group.Select(pair => pair.Second).Distinct()));
        });
    }

    [Fact]
    public async Task Run_PureNoise_IsSeenThrough()
    {
        // Ten responses that have nothing to do with the spectra: the search flatters, the nested estimate does not, and p is no
        // rarer small than it may be: two or more of ten at 0.1 or below happen with probability 0.26, four or more with 0.013.
        int unlikely = 0;
        var flattery = new List<double>();
        var honest = new List<double>();
        for (ulong seed = 0; seed < 10; seed++)
        {
            Judged run = await RunAsync(Noise(seed), Study with { Permutations = 39 });
            flattery.Add(run.Board.Winner!.Metrics.RSquared);
            honest.Add(run.Board.Judgement.Nested!.Metrics.RSquared);
            unlikely += run.Board.Judgement.Null!.PValue <= 0.1 ? 1 : 0;
        }

        Assert.True(honest.Average() < 0, $"nested R² on noise {honest.Average():0.000}");
        Assert.True(honest.Average() < flattery.Average(), $"{honest.Average():0.000} and {flattery.Average():0.000}");
        Assert.True(unlikely <= 3, $"{unlikely} of 10 with p at most 0.1");
    }

    [Fact]
    public async Task Run_TrueResponse_IsNotByChance()
    {
        Judged run = await RunAsync(Spectra, Study);
        PermutationNull chance = run.Board.Judgement.Null!;
        Assert.Equal(19, chance.Permutations);
        Assert.Equal(0.05, chance.PValue, 12);
        Assert.True(chance.Observed < chance.Best[0]);
        Assert.InRange(chance.CandidateCount, 1, chance.AllCount);
        Assert.Equal(run.Plan.CandidateCount, chance.AllCount);
        Assert.Contains("pls on full", chance.Coverage, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_TooFewSamplesForFoldsInFolds_LeavesTheEstimateOutAndSaysWhy()
    {
        BoundStudy bound = StudyBinding.Bind(Study with { Folds = "random(12, seed 0)" }, TestChunks.Make(n: 12, p: 30, seed: 2));
        StudyPlan plan = StudyPlanner.Plan(bound.Study, bound.Set.Manifest, Limits.Default);
        JudgingPlan judging = JudgingPlan.Of(bound.Study, bound.Set, plan, Limits.Default);
        Assert.Null(judging.Outer);
        Assert.Contains(
            judging.Notes,
            note => note.StartsWith("The nested estimate is left out", StringComparison.Ordinal)
                && note.Contains("Ask for fewer folds", StringComparison.Ordinal));
    }

    [Fact]
    public void Plan_NullOfCostlyFamilies_IsCutByTheEstimateAndNeverTheClock()
    {
        BoundStudy bound = StudyBinding.Bind(Study with { Models = ["pls(6)", "forest(50)"], Permutations = 99 }, Spectra);
        StudyPlan plan = StudyPlanner.Plan(bound.Study, bound.Set.Manifest, Limits.Default);
        JudgingPlan first = JudgingPlan.Of(bound.Study, bound.Set, plan, Limits.Default);
        JudgingPlan second = JudgingPlan.Of(bound.Study, bound.Set, plan, Limits.Default);
        Assert.Equal(first.Null!.Search.Plan.Work.Key, second.Null!.Search.Plan.Work.Key);
        double most = Math.Max(0.25, 0.5 * plan.Work.CpuSeconds);
        Assert.True(first.Null.Search.Plan.Work.CpuSeconds <= 1.05 * most, $"{first.Null.Search.Plan.Work.CpuSeconds} of {most}");
        Assert.Contains("pls on full (3 pretreatments)", first.Null.Coverage, StringComparison.Ordinal);
        Assert.InRange(first.Null.CandidateCount, 18, first.Null.AllCount - 1);
    }

    [Fact]
    public void Plan_NothingAsked_AddsNothing()
    {
        Study study = Study with { Nested = 0, Permutations = 0 };
        BoundStudy bound = StudyBinding.Bind(study, Spectra);
        Assert.Same(JudgingPlan.None, JudgingPlan.Of(study, bound.Set, StudyPlanner.Plan(study, bound.Set.Manifest, Limits.Default), Limits.Default));
    }

    private static async Task<Judged> RunAsync(SpectralChunk chunk, Study study, int parallelism = 2)
    {
        Limits limits = Limits.Default;
        BoundStudy bound = StudyBinding.Bind(study, chunk);
        StudyPlan plan = StudyPlanner.Plan(bound.Study, bound.Set.Manifest, limits);
        JudgingPlan judging = JudgingPlan.Of(bound.Study, bound.Set, plan, limits);
        var cache = new ArtifactCache(limits, TimeProvider.System);
        var budget = new MemoryBudget(limits);

        async Task<Leaderboard> SearchAsync(StudyPlan some, Func<CalibrationSet> samples, int predictions)
        {
            var board = new LeaderboardBuilder(some, predictions);
            await new CalibrationFlow(some, _ => ValueTask.FromResult(samples()), cache, budget, limits, parallelism, board).RunAsync(CancellationToken.None);
            return board.Finish();
        }

        Leaderboard own = await SearchAsync(plan, () => bound.Set, 20);
        var others = new List<Leaderboard>();
        foreach (SideSearch search in judging.Searches)
        {
            others.Add(await SearchAsync(search.Plan, search.Samples, 1));
        }

        return new Judged(plan, bound.Set, judging, own with { Judgement = judging.Conclude(own, others, bound.Set, plan, CancellationToken.None) });
    }

    private static string Bits(Leaderboard board)
    {
        NestedEstimate nested = board.Judgement.Nested!;
        PermutationNull chance = board.Judgement.Null!;
        IEnumerable<double> numbers =
        [
            .. nested.Predictions, nested.Optimism, nested.Rmse!.Value.Low, nested.Rmse.Value.High, nested.Bias!.Value.Low, chance.PValue, .. chance.Best,
            .. board.Rows.Where(row => row.Judgement is not null).SelectMany(row => (double[])
                [row.Judgement!.Rmse.Low, row.Judgement.RSquared.High, row.Judgement.PAgainstBest, row.Judgement.RankConfidence]),
        ];
        return FlowHarness.Bits(board) + string.Join(' ', numbers.Select(value => BitConverter.DoubleToUInt64Bits(value).ToString("x")));
    }

    private static string Describe(LeaderboardRow row) =>
        $"{row.Candidate.Chain.Notation} {row.Candidate.Subset.Notation} {row.Candidate.Family.Name} {row.Candidate.SettingText}";

    private static SpectralChunk Rows(SpectralChunk chunk, int[] rows) => new(
        [.. rows.Select(i => chunk.Ids[i])],
        chunk.Axis,
        chunk.X.SelectRows(rows),
        [.. chunk.Responses.Select(one => new ResponseColumn(one.Name, [.. rows.Select(i => one.Values[i])]))],
        []);

    private static SpectralChunk Altered(SpectralChunk chunk, HashSet<string> ids)
    {
        Matrix x = chunk.X.SelectRows([.. Enumerable.Range(0, chunk.SampleCount)]);
        double[] y = [.. chunk.Responses[0].Values];
        var random = new Pcg64(99);
        for (int i = 0; i < y.Length; i++)
        {
            if (ids.Contains(chunk.Ids[i]))
            {
                y[i] = 1e3 * random.NextNormal();
                for (int j = 0; j < x.Columns; j++)
                {
                    x[i, j] = 1 + (100 * random.NextNormal());
                }
            }
        }

        return TestChunks.Chunk(chunk.Ids, x, y);
    }

    private static SpectralChunk Noise(ulong seed)
    {
        var random = new Pcg64(500 + seed);
        return TestChunks.Chunk(Spectra.Ids, Spectra.X, [.. Enumerable.Range(0, 40).Select(_ => random.NextNormal())]);
    }

    private sealed record Judged(StudyPlan Plan, CalibrationSet Set, JudgingPlan Judging, Leaderboard Board);
}
