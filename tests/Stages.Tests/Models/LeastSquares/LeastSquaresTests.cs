using System.Collections.Immutable;
using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.LeastSquares;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.Models.Pls;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.LeastSquares;

public sealed class LeastSquaresTests
{
    private static readonly LeastSquaresFamily Family = new();

    [Theory]
    [InlineData(40, 6)]
    [InlineData(200, 40)]
    [InlineData(5, 2)]
    public void Contract_AnyShape_Holds(int n, int p)
    {
        Matrix x = PlsRegressionTests.Random(n, p, 61);
        Matrix y = PlsRegressionTests.Random(n, 1, 62);
        ModelContract.Holds(new LeastSquaresRegression(), x, y, 1e-11);
    }

    [Theory]
    [InlineData(40, 6, 5)]
    [InlineData(200, 40, 4)]
    public void FamilyContract_AnyShape_Holds(int n, int p, int folds)
    {
        Matrix x = PlsRegressionTests.Random(n, p, 63);
        Matrix y = PlsRegressionTests.Random(n, 1, 64);
        FamilyContract.Holds(Family, x, y, folds, 1e-12);
    }

    [Fact]
    public void Fit_GoldenCase_EqualsScikitLearn()
    {
        JsonElement golden = Goldens.Load("least-squares/sklearn.json");
        (Matrix x, Matrix y) = ModelGoldens.Input(golden.GetProperty("input").GetString()!);
        FittedLeastSquares fitted = LeastSquaresRegression.Fit(x.View, y.View);
        ModelContract.AssertClose(Goldens.ToDoubles(golden.GetProperty("coef")), fitted.Coefficients, 1e-12);
        Assert.Equal(golden.GetProperty("intercept").GetDouble(), fitted.Intercept, 1e-12);
    }

    /// <summary>
    /// Aim: corrections give back what squaring the condition costs. Method: neighbours that differ by 1e-4, against QR of
    /// the spectra. Tolerance: QR itself keeps about 1e-16 times the condition, 1e5.
    /// </summary>
    [Fact]
    public void Fit_NeighboursAlike_EqualsQr()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(60, 8, 8, 1e-5, 65);
        double[] expected = PlsRegressionTests.LeastSquares(x, y);
        FittedLeastSquares fitted = LeastSquaresRegression.Fit(x.View, y.View);
        ModelContract.AssertClose(expected.AsSpan(1), fitted.Coefficients, 1e-9);
    }

    /// <summary>Tolerance: rounding of moments, corrected through the rows.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PredictFolds_ManyVariables_EqualsFoldAfterFold(bool autoscales)
    {
        Matrix x = PlsRegressionTests.Random(150, LeastSquaresFamily.MomentsVariablesMin, 66);
        Matrix y = PlsRegressionTests.Random(150, 1, 67);
        var folds = new Folds([.. Enumerable.Range(0, 150).Select(i => i % 6)], 6);
        var data = new SharedSpectra(x, y, folds, autoscales, Pieces.InOrder);
        ImmutableArray<int> all = [.. Enumerable.Range(0, 6)];
        var fast = new CellTable(folds, 1, 1);
        Family.PredictFolds(data, all, Family.Settings, new FoldPredictions(fast, [0]), CancellationToken.None);
        var naive = new CellTable(folds, 1, 1);
        NaiveFolds.Predict(Family, data, all, Family.Settings, new FoldPredictions(naive, [0]), CancellationToken.None);
        ModelContract.AssertClose(naive.Predictions(0), fast.Predictions(0), 1e-12);
    }

    [Fact]
    public void Fit_ConstantVariable_GivesZeroCoefficient()
    {
        Matrix x = PlsRegressionTests.Random(20, 4, 68);
        Matrix y = PlsRegressionTests.Random(20, 1, 69);
        for (int i = 0; i < 20; i++)
        {
            x[i, 2] = 0.1;
        }

        FittedLeastSquares fitted = LeastSquaresRegression.Fit(x.View, y.View);
        Assert.Equal(0, fitted.Coefficients[2]);
        double[] expected = PlsRegressionTests.LeastSquares(x.SelectColumns([0, 1, 3]), y);
        ModelContract.AssertClose([expected[1], expected[2], 0, expected[3]], fitted.Coefficients, 1e-12);
    }

    [Fact]
    public void Fit_RepeatedVariable_IsRefusedByName()
    {
        Matrix x = PlsRegressionTests.Random(20, 4, 70);
        Matrix y = PlsRegressionTests.Random(20, 1, 71);
        for (int i = 0; i < 20; i++)
        {
            x[i, 3] = x[i, 0] + (2 * x[i, 1]);
        }

        StageException failure = Assert.Throws<StageException>(() => LeastSquaresRegression.Fit(x.View, y.View));
        Assert.Equal(FailureKind.Numerical, failure.Kind);
        Assert.Contains("variable 4 repeats", failure.Message, StringComparison.Ordinal);
        FamilyContract.PathEqualsNaive(Family, x, y, 1e-12);
    }

    [Fact]
    public void SettingsFor_TooFewSamples_AreNone()
    {
        Assert.Single(Family.SettingsFor(10, 8));
        Assert.Empty(Family.SettingsFor(10, 9));
        Assert.Equal("ols", Catalog.ParseFamily("ols").Name);
    }
}
