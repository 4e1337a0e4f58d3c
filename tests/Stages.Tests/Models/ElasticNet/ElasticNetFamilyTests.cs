using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.ElasticNet;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.ElasticNet;

public sealed class ElasticNetFamilyTests
{
    private static readonly ImmutableArray<double> Grid = [0.5, 0.1, 0.02, 1e-3];

    /// <summary>Tolerance: the conditions hold to 1e-9 of each penalty, and a path comes from another side than one fit.</summary>
    [Theory]
    [InlineData(30, 60, 5, 1)]
    [InlineData(60, 12, 4, 1)]
    [InlineData(60, 12, 4, 0.4)]
    public void Contract_AnyShape_Holds(int n, int p, int folds, double mixing)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 41);
        FamilyContract.Holds(new ElasticNetFamily(mixing, Grid), x, y, folds, 1e-7);
    }

    [Theory]
    [InlineData(60, 12, false, 1)]
    [InlineData(60, 12, true, 1)]
    [InlineData(60, 12, true, 0.3)]
    [InlineData(40, 70, true, 1)]
    public void PredictFolds_AnyShape_EqualsFoldAfterFold(int n, int p, bool autoscales, double mixing)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 42);
        AssertFastEqualsNaive(new ElasticNetFamily(mixing, Grid), x, y, 5, autoscales, 1e-7);
    }

    [SharedTheory]
    [InlineData("tecator.csv", "fat", true)]
    [InlineData("tecator.csv", "fat", false)]
    [InlineData("corn_m5.csv", "moisture", true)]
    public void PredictFolds_RealSpectra_EqualsFoldAfterFold(string file, string response, bool autoscales)
    {
        (Matrix x, Matrix y) = RealSpectra.Read(file, response);
        AssertFastEqualsNaive(new ElasticNetFamily(1, ElasticNetFamily.DefaultGrid), x, y, 10, autoscales, 1e-6);
    }

    [Theory]
    [InlineData(60, 12)]
    [InlineData(30, 60)]
    public void PredictFolds_AnyRunner_GivesTheSameBits(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 43);
        var family = new ElasticNetFamily(1, Grid);
        Assert.Equal(Predictions(family, Shared(x, y, 5, false, Pieces.InOrder)), Predictions(family, Shared(x, y, 5, false, Backwards)));

        static void Backwards(int count, Action<int> piece)
        {
            for (int i = count - 1; i >= 0; i--)
            {
                piece(i);
            }
        }
    }

    [Fact]
    public void PredictFolds_ValueNotFinite_FailsTheFoldsThatCalibrateOnIt()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(40, 8, 4, 1e-2, 44);
        x[3, 2] = double.NaN;
        var family = new ElasticNetFamily(1, Grid);
        SharedSpectra data = Shared(x, y, 4, false, Pieces.InOrder);
        var cells = new CellTable(data.Folds, 1, Grid.Length);
        ((ICandidateFamily)family).PredictFolds(
            data, [0, 1, 2, 3], family.Settings, new FoldPredictions(cells, [0, 1, 2, 3]), CancellationToken.None);
        Assert.Equal(3, Enumerable.Range(0, 4).Count(k => cells.FailureOf(0, k) is { } reason && reason.Contains("variable 3", StringComparison.Ordinal)));
        Assert.Contains("prediction", cells.FailureOf(0, 3), StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_Fraction_IsAsPeopleWriteIt()
    {
        var lasso = (ElasticNetFamily)Catalog.ParseFamily("lasso");
        Assert.Equal("lasso", lasso.Name);
        Assert.Equal(50, lasso.Settings.Length);
        Assert.Equal(0.8, lasso.Settings[0].Value);
        Assert.Equal(1e-5, lasso.Settings[^1].Value);
        Assert.Equal("λ=0.063·max", lasso.Describe(new ModelSetting("fraction", 0.063)));
        var net = (ElasticNetFamily)Catalog.ParseFamily("enet(mixing .5; 0.01, 0.1)");
        Assert.Equal("enet", net.Name);
        Assert.Equal(0.5, net.Mixing);
        Assert.Equal([0.1, 0.01], net.Settings.Select(setting => setting.Value));
        Assert.Equal("λ=0.1·max, mixing 0.5", net.Describe(net.Settings[0]));
        Assert.Equal(50, Catalog.ParseFamily("enet(.5)").Settings.Length);
    }

    [Fact]
    public void Constructor_BadGrid_IsRefused()
    {
        Assert.Throws<StageException>(() => new ElasticNetFamily(1, []));
        Assert.Throws<StageException>(() => new ElasticNetFamily(1, [0.1, 0.1]));
        Assert.Throws<StageException>(() => new ElasticNetFamily(1, [0]));
        Assert.Throws<StageException>(() => new ElasticNetFamily(1, [1.1]));
        Assert.Throws<StageException>(() => new ElasticNetFamily(0, [0.1]));
        Assert.Throws<StageException>(() => Catalog.ParseFamily("enet"));
    }

    private static void AssertFastEqualsNaive(
        ElasticNetFamily family, Matrix x, Matrix y, int folds, bool autoscales, double tolerance)
    {
        SharedSpectra data = Shared(x, y, folds, autoscales, Pieces.InOrder);
        double[] fast = Predictions(family, data);
        var cells = new CellTable(data.Folds, 1, family.Settings.Length);
        NaiveFolds.Predict(
            family, data, [.. Enumerable.Range(0, folds)], family.Settings, new FoldPredictions(cells, All(family)), CancellationToken.None);
        ModelContract.AssertClose(Read(cells), fast, tolerance);
    }

    private static ImmutableArray<int> All(ElasticNetFamily family) => [.. Enumerable.Range(0, family.Settings.Length)];

    private static double[] Predictions(ElasticNetFamily family, SharedSpectra data)
    {
        var cells = new CellTable(data.Folds, 1, family.Settings.Length);
        family.PredictFolds(
            data, [.. Enumerable.Range(0, data.Folds.Count)], family.Settings, new FoldPredictions(cells, All(family)), CancellationToken.None);
        return Read(cells);
    }

    private static double[] Read(CellTable cells) =>
        [.. Enumerable.Range(0, cells.CandidateCount).SelectMany(candidate => cells.Predictions(candidate).ToArray())];

    private static SharedSpectra Shared(Matrix x, Matrix y, int folds, bool autoscales, PieceRunner runner) =>
        new(x, y, new Folds([.. Enumerable.Range(0, x.Rows).Select(i => i % folds)], folds), autoscales, runner);
}
