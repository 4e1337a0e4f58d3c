using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Calibration.Judging.Repeated;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration.Judging;

public partial class JudgedSearchTests
{
    private static readonly Study Repeated = Study with { Nested = 0, Permutations = 0, Repeats = 3 };

    [Theory]
    [InlineData("random(5, seed {0})")]
    [InlineData("stratified(5, seed {0})")]
    [InlineData("hash(3, seed {0})")]
    public async Task Run_Repeats_AreStudiesOfTheNextSeeds(string scheme)
    {
        // The twin runs a study of its own for each seed and looks the rows up by what they are called.
        string Folds(int seed) => string.Format(System.Globalization.CultureInfo.InvariantCulture, scheme, seed);
        Judged run = await RunAsync(Spectra, Repeated with { Folds = Folds(3) });
        RepeatedEstimate repeats = run.Board.Judgement.Repeats!;
        var boards = new List<Leaderboard>();
        for (int seed = 3; seed < 7; seed++)
        {
            boards.Add((await FlowHarness.RunAsync(Spectra, Repeated with { Folds = Folds(seed), Repeats = 0 })).Board);
        }

        Assert.Equal(Enumerable.Range(3, 4).Select(Folds), repeats.Divisions.Select(one => one.Folds));
        Assert.Equal(boards.Select(board => Describe(board.Winner!)), repeats.Divisions.Select(one => Describe(one.Best)));
        Assert.Equal(boards.Select(board => board.Winner!.Metrics.Rmse), repeats.Divisions.Select(one => one.Value));
        LeaderboardRow[] ranked = [.. run.Board.Rows.Where(row => row.Rank > 0)];
        Assert.True(ranked.Length > 50, $"{ranked.Length} candidates are ranked.");
        foreach (LeaderboardRow row in ranked)
        {
            LeaderboardRow[] same = [.. boards.SelectMany(board => board.Rows).Where(one => one.Rank > 0 && Describe(one) == Describe(row))];
            double mean = same.Sum(one => one.Metrics.Rmse) / same.Length;
            double deviation = Math.Sqrt(same.Sum(one => Math.Pow(one.Metrics.Rmse - mean, 2)) / (same.Length - 1));
            RowRepeats found = repeats.Of(row)!.Value;
            Assert.Equal(same.Length, found.Count);
            Assert.Equal(mean, found.Mean, 1e-14 * mean);
            Assert.Equal(deviation, found.Deviation, 1e-12 * mean);
        }

        // The study's own winner in every division.
        LeaderboardRow[] winners = [.. boards.Select(board => board.Rows.Single(row => row.Rank > 0 && Describe(row) == Describe(run.Board.Winner!)))];
        Assert.Equal(winners.Select(row => (int?)row.Rank), repeats.Divisions.Select(one => one.WinnerRank));
        Assert.Equal(winners.Select(row => (double?)row.Metrics.Rmse), repeats.Divisions.Select(one => one.WinnerValue));
        Assert.Equal(1, repeats.Divisions[0].WinnerRank);
        Assert.True(repeats.Of(run.Board.Winner!)!.Value.Deviation > 0);
    }

    [Fact]
    public async Task Run_RepeatsOfShuffledRowsAndOtherThreads_GiveTheSameBitsAndLeaveTheRankingAlone()
    {
        Judged expected = await RunAsync(Spectra, Repeated);
        string bits = RepeatBits(expected.Board);
        Assert.Equal(bits, RepeatBits((await RunAsync(TestChunks.Shuffled(Spectra, 13), Repeated, parallelism: 8)).Board));
        Assert.Equal(bits, RepeatBits((await RunAsync(Spectra, Repeated, parallelism: 1)).Board));
        Assert.Equal(FlowHarness.Bits((await RunAsync(Spectra, Repeated with { Repeats = 0 })).Board), FlowHarness.Bits(expected.Board));
    }

    [Fact]
    public async Task Run_RepeatsBesideEverythingElse_AreTheSame()
    {
        Judged alone = await RunAsync(Spectra, Repeated);
        Judged together = await RunAsync(Spectra, Study with { Repeats = 3 });
        Assert.NotNull(together.Board.Judgement.Nested);
        Assert.NotNull(together.Board.Judgement.Null);
        Assert.Equal(RepeatBits(alone.Board), RepeatBits(together.Board));
    }

    [Fact]
    public async Task Run_RepeatsOfClasses_AreOfWhatRanks()
    {
        ImmutableArray<string> grades =
        [
            .. Spectra.Responses[0].Values.Select(value => value > Spectra.Responses[0].Values.Order().ElementAt(20) ? "high" : "low"),
        ];
        var chunk = new SpectralChunk(Spectra.Ids, Spectra.Axis, Spectra.X, Spectra.Responses, [new LabelColumn("grade", grades)]);
        Study study = new()
        {
            Response = "grade", Pretreatments = ["raw", "snv"], Models = ["plsda(3)"], Subsets = ["full"], Folds = "stratified(4, seed 0)",
            Metric = "accuracy", Nested = 0, Repeats = 2,
        };
        Judged run = await RunAsync(chunk, study);
        RepeatedEstimate repeats = run.Board.Judgement.Repeats!;
        Assert.Equal(run.Board.Winner!.Classes!.Pooled.Value(ClassMetric.Accuracy), repeats.Divisions[0].Value);
        FlowRun second = await FlowHarness.RunAsync(chunk, study with { Folds = "stratified(4, seed 1)" });
        Assert.Equal(second.Board.Winner!.Classes!.Pooled.Value(ClassMetric.Accuracy), repeats.Divisions[1].Value);
    }

    [Theory]
    [InlineData("venetian(5; by protein)")]
    [InlineData("loo")]
    public void Plan_RepeatsOfASchemeWithoutSeed_AreLeftOutWithWhatHasOne(string folds)
    {
        BoundStudy bound = StudyBinding.Bind(Repeated with { Folds = folds }, Spectra);
        StudyPlan plan = StudyPlanner.Plan(bound.Study, bound.Set.Manifest, Limits.Default);
        JudgingPlan judging = JudgingPlan.Of(bound.Study, bound.Set, plan, Limits.Default);
        Assert.Empty(judging.Searches);
        string note = Assert.Single(judging.Notes);
        Assert.Contains($"The repeats are left out: {folds} divides the samples in one way alone", note, StringComparison.Ordinal);
        Assert.Contains("random(10, seed 0)", note, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_MoreRepeatsThanRankingsFitInMemory_AreLeftOutWithTheLimit()
    {
        BoundStudy bound = StudyBinding.Bind(Repeated with { Repeats = 50 }, Spectra);
        StudyPlan plan = StudyPlanner.Plan(bound.Study, bound.Set.Manifest, Limits.Default);
        Limits tight = Limits.Default with { PlanCandidatesMax = (50 * plan.CandidateCount) - 1 };
        JudgingPlan judging = JudgingPlan.Of(bound.Study, bound.Set, plan, tight);
        Assert.Null(judging.Repeats);
        Assert.Contains(
            $"50 repeats of {plan.CandidateCount} candidates are {50 * plan.CandidateCount}, the limit is {tight.PlanCandidatesMax}. Ask for fewer",
            Assert.Single(judging.Notes),
            StringComparison.Ordinal);
        Assert.Equal(50, JudgingPlan.Of(bound.Study, bound.Set, plan, Limits.Default).Searches.Count());
    }

    private static string RepeatBits(Leaderboard board) => string.Join('\n', board.Rows.Select(row =>
    {
        RowRepeats? one = board.Judgement.Repeats!.Of(row);
        return $"{Describe(row)} {BitConverter.DoubleToInt64Bits(one?.Mean ?? 0):x} {BitConverter.DoubleToInt64Bits(one?.Deviation ?? 0):x}";
    })) + string.Join(' ', board.Judgement.Repeats!.Divisions.Select(one => $"{one.Folds} {Describe(one.Best)} {one.WinnerRank} {one.WinnerValue:R}"));
}
