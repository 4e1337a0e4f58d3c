using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Trees.Forest;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Trees.Forest;

/// <summary>Data at the edges: nothing to split, few samples, equal, missing and infinite values.</summary>
public sealed class ForestEdgeTests
{
    private const int None = int.MaxValue;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fit_ConstantResponse_PredictsItToTheBitWithoutImportance(bool drawsCuts)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(20, 5, 2, 0.1, 320);
        y.Values.Fill(0.1);
        IFittedModel fitted = Forest(drawsCuts).Fit(x.View, y.View);
        Assert.All(ModelContract.Predict(fitted, x), value => Assert.Equal(0.1, value, 1e-16));
        double[] importance = new double[5];
        fitted.CopyImportance(importance);
        Assert.All(importance, value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fit_ConstantSpectra_PredictsMeans(bool drawsCuts)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(20, 5, 2, 0.1, 321);
        x.Values.Fill(3);
        double[] yHat = ModelContract.Predict(Forest(drawsCuts).Fit(x.View, y.View), x);
        Assert.Single(yHat.Distinct());
        Assert.InRange(yHat[0], y.Values.ToArray().Min(), y.Values.ToArray().Max());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Fit_FewSamples_ReturnsThemFromExtraTrees(int n)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, 4, 2, 0.1, 322);
        ModelContract.AssertClose(y.Values, ModelContract.Predict(Forest(true).Fit(x.View, y.View), x), 1e-15);
        Assert.All(ModelContract.Predict(Forest(false).Fit(x.View, y.View), x), value => Assert.True(double.IsFinite(value)));
    }

    /// <summary>A threshold lies midway between two samples; equal values are never parted.</summary>
    [Fact]
    public void Fit_TwoGroupsOfEqualValues_CutsMidway()
    {
        var x = new Matrix(8, 1, [1, 1, 1, 1, 3, 3, 3, 3]);
        var y = new Matrix(8, 1, [0, 0, 0, 0, 5, 5, 5, 5]);
        IFittedModel fitted = Forest(false).Fit(x.View, y.View);
        Matrix splits = fitted.Learnt.Single(array => array.Name == "tree_splits").Values;
        for (int node = 0; node < splits.Rows; node++)
        {
            Assert.True(splits[node, 0] < 0 || splits[node, 1] == 2);
        }
    }

    /// <summary>Missing values are a group of their own where that explains the response, and ride along where it does not.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fit_MissingSaysItAll_SplitsThemOff(bool drawsCuts)
    {
        var rng = new Pcg64(323);
        var x = new Matrix(40, 2);
        var y = new Matrix(40, 1);
        for (int i = 0; i < 40; i++)
        {
            x[i, 0] = i % 2 == 0 ? double.NaN : 0.5;
            x[i, 1] = rng.NextDouble();
            y[i, 0] = i % 2 == 0 ? 4 : -4;
        }

        double[] yHat = ModelContract.Predict(Forest(drawsCuts).Fit(x.View, y.View), x);
        for (int i = 0; i < 40; i++)
        {
            Assert.Equal(y[i, 0], yHat[i], 1e-12);
        }
    }

    [Theory]
    [InlineData(false, VariableShare.All)]
    [InlineData(false, VariableShare.Root)]
    [InlineData(true, VariableShare.All)]
    public void PredictFolds_MissingValues_EqualsFoldAfterFoldToTheBit(bool drawsCuts, VariableShare share)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(70, 30, 3, 0.1, 324);
        var rng = new Pcg64(325);
        foreach (ref double value in x.Values)
        {
            value = rng.NextInt(8) == 0 ? double.NaN : Math.Round(value, 2);
        }

        x.Row(3).Fill(double.NaN);
        x.Row(9).Fill(double.PositiveInfinity);
        x.Row(10).Fill(double.NegativeInfinity);
        for (int i = 0; i < 70; i++)
        {
            x[i, 4] = double.NaN;
        }

        ForestKind kind = drawsCuts ? ForestKind.Extra : ForestKind.Random;
        var family = new ForestFamily(kind, ResponseKind.Number, [4, 9], [3, None], share, 1);
        FoldContract.EqualsNaive(family, x, y, 5, autoscales: false, 0);
        FoldContract.KeepsBitsForAnyRunner(family, x, y, 5, autoscales: false);
    }

    /// <summary>Exclusive or: no single split gains, and two together gain all.</summary>
    [Fact]
    public void Fit_NoSplitGains_SplitsAllTheSame()
    {
        var x = new Matrix(4, 2, [0, 0, 0, 1, 1, 0, 1, 1]);
        var y = new Matrix(4, 1, [0, 1, 1, 0]);
        ModelContract.AssertClose(y.Values, ModelContract.Predict(Forest(true).Fit(x.View, y.View), x), 1e-15);
    }

    [Fact]
    public void Fit_TooManySamples_SaysWhatToDo()
    {
        var x = new Matrix(70_000, 1);
        var y = new Matrix(70_000, 1);
        Engine.StageException failure = Assert.Throws<Engine.StageException>(() => Forest(false).Fit(x.View, y.View));
        Assert.Contains("at most 65535 samples, found 70000. Leave samples out", failure.Message, StringComparison.Ordinal);
    }

    private static RandomForest Forest(bool drawsCuts) =>
        new(new ForestRules(ResponseKind.Number, drawsCuts, VariableShare.All, 3), 12, None);
}
