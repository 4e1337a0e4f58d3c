using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging.Permuted;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration.Judging;

public class NullFamilyTests
{
    private const int Permutations = 23;

    [Theory]
    [InlineData(30, 60)]
    [InlineData(90, 12)]
    public void CrossValidate_PlsOnTheFullSpectrum_EqualsOneShuffleAfterTheOther(int n, int p)
    {
        (FoldedSpectra data, NullFamily family) = Make(n, p, new PlsFamily(6));
        var subset = new FullSpectrum();
        var together = new CellTable(data.Folds, 1, Permutations);
        family.CrossValidate(data, [subset], family.Settings, together, CancellationToken.None);
        var apart = new CellTable(data.Folds, 1, Permutations);
        for (int b = 0; b < Permutations; b++)
        {
            family.AnswerOne(data, subset, 0, b, b + 1, apart, CancellationToken.None);
            Tolerance.AssertClose(apart.Predictions(b), together.Predictions(b), 1e-8, $"permutation {b + 1}");
        }
    }

    [Fact]
    public void CrossValidate_AnyShuffle_KeepsTheErrorOfItsBestSetting()
    {
        // The twin searches each shuffle as if it were the response.
        ICandidateFamily inner = new PlsFamily(6);
        (FoldedSpectra data, NullFamily family) = Make(40, 30, inner);
        var subset = Catalog.ParseSubset("top(8)");
        var cells = new CellTable(data.Folds, 1, Permutations);
        family.CrossValidate(data, [subset], family.Settings, cells, CancellationToken.None);
        double[] y = data.Responses.Values.ToArray();
        for (int b = 0; b < Permutations; b++)
        {
            double[] shuffled = [.. Orders(data.Responses.Rows).Of(b + 1).Select(i => y[i])];
            var answers = new CellTable(data.Folds, 1, inner.Settings.Length);
            inner.CrossValidate(data.With(new Matrix(y.Length, 1, shuffled)), [subset], inner.Settings, answers, CancellationToken.None);
            double least = Enumerable.Range(0, inner.Settings.Length).Min(s => RegressionMetrics.Of(shuffled, answers.Predictions(s)).Rmse);
            RegressionMetrics kept = RegressionMetrics.Of(y, cells.Predictions(b));
            Assert.Equal(least, kept.Rmse, 1e-10);
            Assert.Equal(8, cells.Selection(b).Length);
        }
    }

    /// <summary>A null answers each subset in a search of its own: the full spectrum does not go through moments because another chooses.</summary>
    [Fact]
    public void Unit_OfANull_NamesTheFormOfEachSubset()
    {
        Study study = FlowHarness.SmallStudy with { Pretreatments = ["raw"], Models = ["pls(5)"], Subsets = ["full", "top(8)"] };
        CalibrationSet set = StudyBinding.Bind(study, TestChunks.Make(n: 90, p: 20, seed: 31)).Set;
        StudyPlan plan = StudyPlanner.Plan(study, set.Manifest, Limits.Default);
        CalibrationUnit searched = Assert.Single(plan.Units.Values);
        Assert.Equal(["submatrices", "submatrices"], searched.Description.Forms.ToArray());
        CalibrationUnit shuffled = StudyPlanner.Unit(
            plan.Manifest, searched.Chain, new NullFamily(searched.Family, Orders(90), 19), searched.Subsets, plan.Folds, plan.FoldsKey, null,
            ImmutableArray.CreateBuilder<string>())!;
        Assert.Equal([searched.Family.FormFor(plan.Folds, 20, 1, autoscales: false)!, "submatrices"], shuffled.Description.Forms.ToArray());
    }

    [Fact]
    public void Settings_OtherGrid_IsOtherWork()
    {
        PermutedOrders orders = Orders(10);
        Assert.NotEqual(new NullFamily(new PlsFamily(5), orders, 19).Name, new NullFamily(new PlsFamily(6), orders, 19).Name);
        Assert.Equal(19, new NullFamily(new PlsFamily(5), orders, 19).Settings.Length);
    }

    private static PermutedOrders Orders(int n) =>
        new([.. Enumerable.Range(0, n).Select(i => $"S{i:000}")], new FingerprintBuilder("test", 1).ToFingerprint());

    private static (FoldedSpectra Data, NullFamily Family) Make(int n, int p, ICandidateFamily inner)
    {
        SpectralChunk chunk = TestChunks.Make(n, p, seed: 31);
        var random = new Pcg64(7);
        var y = new Matrix(n, 1, [.. Enumerable.Range(0, n).Select(_ => random.NextNormal())]);
        var folds = new Folds([.. Enumerable.Range(0, n).Select(i => i % 5)], 5);
        return (new FoldedSpectra(chunk.X, y, chunk.Axis, folds, inFold: null), new NullFamily(inner, Orders(n), Permutations));
    }
}
