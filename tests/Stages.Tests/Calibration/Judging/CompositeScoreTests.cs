using Pipeline.Engine.Identity;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Models;
using Pipeline.Stages.Preprocessing;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration.Judging;

public class CompositeScoreTests
{
    // RMSE, R², components (0 for ridge), variables of 200.
    private static readonly (double Rmse, double RSquared, int Components, int Variables)[] Table =
        [(1.0, 0.90, 10, 200), (1.1, 0.88, 3, 50), (2.0, 0.60, 1, 200), (1.05, 0.89, 0, 200)];

    [Fact]
    public void Rank_FourCandidates_FollowsTheOriginalsFormula()
    {
        // By numpy 1.24.2: z = lambda v: (v - v.mean()) / v.std(ddof=1);
        // .5 * z(rmse) - .5 * z(r2) + (.3 * .15 / .15) * (lv / 25 + n / 200)
        double[] expected = [-0.16555278615771102, -0.300819833436673, 1.8080589293915768, -0.19868630979719204];
        LeaderboardRow[] rows = [.. Table.Select((_, i) => Row(i))];
        LeaderboardRow[] ranked = [.. new CompositeScore(0.15).Rank(rows, 200)];
        int[] order = [.. Enumerable.Range(0, 4).OrderBy(i => expected[i])];
        Assert.Equal(order.Select(i => Table[i].Rmse), ranked.Select(row => row.Metrics.Rmse));
        Tolerance.AssertClose([.. order.Select(i => expected[i])], [.. ranked.Select(row => row.Composite!.Value)], 1e-12, "composite score");
        Assert.NotEqual(rows.MinBy(row => row.Metrics.Rmse)!.Metrics.Rmse, ranked[0].Metrics.Rmse);
    }

    [Fact]
    public void Rank_NoWeightOfComplexity_IsTheOrderOfTheError()
    {
        LeaderboardRow[] rows = [.. Table.Select((_, i) => Row(i))];
        Assert.Equal(rows.Select(row => row.Metrics.Rmse).Order(), new CompositeScore(0).Rank(rows, 200).Select(row => row.Metrics.Rmse));
    }

    [Fact]
    public void Rank_AllAlike_CountsComplexityAlone()
    {
        LeaderboardRow[] rows = [.. Table.Select((_, i) => Row(i) with { Metrics = Metrics(1, 0.9) })];
        LeaderboardRow best = new CompositeScore(0.15).Rank(rows, 200).First();
        Assert.Equal(50, best.VariableCount);
        Assert.Empty(new CompositeScore(0.15).Rank([], 200));
    }

    [Fact]
    public async Task Run_RankedByComposite_KeepsThePredictionsOfItsOwnBest()
    {
        Study study = FlowHarness.SmallStudy with { Metric = CompositeScore.MetricName, Lambda = 5, Predictions = 3 };
        FlowRun run = await FlowHarness.RunAsync(TestChunks.Make(n: 40, p: 30, seed: 7), study);
        FlowRun usual = await FlowHarness.RunAsync(TestChunks.Make(n: 40, p: 30, seed: 7));
        LeaderboardRow[] ranked = [.. run.Board.Rows.Where(row => row.Rank > 0)];
        Assert.Equal(ranked.Select(row => row.Composite).Order(), ranked.Select(row => row.Composite));
        Assert.NotEqual(usual.Board.Winner!.Candidate.Key, run.Board.Winner!.Candidate.Key);
        Assert.Equal(3, run.Board.Predictions.Length);
        double[] y = StudyBinding.Bind(study, TestChunks.Make(n: 40, p: 30, seed: 7)).Set.Y.Values.ToArray();
        for (int r = 0; r < 3; r++)
        {
            Assert.Equal(ranked[r].Metrics.Rmse, RegressionMetrics.Of(y, run.Board.Predictions[r].AsSpan()).Rmse, 1e-8);
        }

        Assert.Equal(usual.Board.OneStandardErrorLimit, run.Board.OneStandardErrorLimit);
    }

    private static LeaderboardRow Row(int i)
    {
        (double rmse, double rSquared, int components, int variables) = Table[i];
        ICandidateFamily family = Catalog.ParseFamily(components > 0 ? "pls(10)" : "ridge");
        ModelSetting setting = components > 0 ? family.Settings[components - 1] : family.Settings[0];
        var candidate = new Candidate(
            new FingerprintBuilder("test", 1).Add("row", i).ToFingerprint(), PretreatmentChain.Parse("raw"), Catalog.ParseSubset("full"), family, setting);
        return new LeaderboardRow(0, candidate, "", variables, [], Metrics(rmse, rSquared), default, WithinOneStandardError: false, Failure: null);
    }

    private static RegressionMetrics Metrics(double rmse, double rSquared) => new(10, rmse, 0, rmse, rSquared, 1, 0, 1, 1);
}
