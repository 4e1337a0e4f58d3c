using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.LocalPls;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.LocalPls;

public sealed class LocalPlsTests
{
    private static readonly ICandidateFamily Family = Catalog.ParseFamily("localpls(4; 10, 16)");

    [Theory]
    [InlineData(30, 40)]
    [InlineData(60, 5)]
    public void Contract_AnyShape_Holds(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 101);
        ModelContract.Holds(new LocalPlsRegression(3, 12), x, y, 1e-9);
    }

    [Theory]
    [InlineData(30, 60, 5)]
    [InlineData(60, 12, 4)]
    public void FamilyContract_AnyShape_Holds(int n, int p, int folds)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 102);
        FamilyContract.Holds(Family, x, y, folds, 1e-12);
        FoldContract.EqualsNaive(Family, x, y, folds, autoscales: false, 0);
        FoldContract.EqualsNaive(Family, x, y, folds, autoscales: true, 0);
        FoldContract.KeepsBitsForAnyRunner(Family, x, y, folds, autoscales: false);
    }

    /// <summary>The naive twin: for each spectrum all distances one by one, and a PLS of the nearest samples alone.</summary>
    [Theory]
    [InlineData(40, 70, 12, 4)]
    [InlineData(50, 6, 9, 3)]
    [InlineData(25, 30, 25, 5)]
    public void Predict_AnySpectrum_EqualsPlsOfItsNeighbours(int n, int p, int neighbours, int components)
    {
        (Matrix all, Matrix responses) = SimulatedSpectra.Make(n + 10, p, 6, 1e-2, 103);
        Matrix x = all.SelectRows([.. Enumerable.Range(0, n)]);
        Matrix y = responses.SelectRows([.. Enumerable.Range(0, n)]);
        Matrix others = all.SelectRows([.. Enumerable.Range(n, 10)]);
        double[] actual = ModelContract.Predict(new LocalPlsRegression(components, neighbours).Fit(x.View, y.View), others);
        double[] expected = new double[10];
        for (int i = 0; i < 10; i++)
        {
            int[] nearest = [.. Enumerable.Range(0, n).OrderBy(l => Distance(x.Row(l), others.Row(i))).Take(neighbours).Order()];
            FittedPls local = new PlsRegression(components).Fit(x.SelectRows(nearest).View, y.SelectRows(nearest).View);
            expected[i] = ModelContract.Predict(local, others.SelectRows([i]))[0];
        }

        ModelContract.AssertClose(expected, actual, 1e-10);
    }

    /// <summary>Tolerance: that of scikit-learn's own iterations for one response.</summary>
    [Fact]
    public void Fit_GoldenCases_EqualScikitLearn()
    {
        foreach (JsonElement golden in Goldens.Load("local-pls/sklearn.json").EnumerateArray())
        {
            (Matrix x, Matrix y) = ModelGoldens.Input(golden.GetProperty("input").GetString()!);
            int[] fitted = [.. Enumerable.Range(0, x.Rows).Where(i => i % 4 != 1)];
            int[] others = [.. Enumerable.Range(0, x.Rows).Where(i => i % 4 == 1)];
            var model = new LocalPlsRegression(golden.GetProperty("components").GetInt32(), golden.GetProperty("neighbours").GetInt32());
            double[] yHat = ModelContract.Predict(model.Fit(x.SelectRows(fitted).View, y.SelectRows(fitted).View), x.SelectRows(others));
            ModelContract.AssertClose(golden.GetProperty("prediction").ToDoubles(), yHat, 1e-9);
        }
    }

    /// <summary>A bent response: neighbours see a line where all samples together do not.</summary>
    [Fact]
    public void Predict_BentResponse_IsBetterThanOneModelForAll()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(200, 20, 2, 1e-4, 104);
        foreach (ref double value in y.Values)
        {
            value = (value - 10) * (value - 10);
        }

        Assert.True(4 * Rmse(Catalog.ParseFamily("localpls(2; 20)"), x, y) < Rmse(Catalog.ParseFamily("pls(2)"), x, y));
    }

    [Fact]
    public void PredictFolds_ConstantsTwinsAndNotFinite_EqualsFoldAfterFold()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(24, 12, 4, 1e-3, 105);
        for (int i = 0; i < 24; i++)
        {
            x[i, 4] = 0.3;
        }

        x.Row(0).CopyTo(x.Row(7));
        FoldContract.EqualsNaive(Family, x, y, 4, autoscales: false, 0);
        double[] importance = new double[12];
        new LocalPlsRegression(2, 8).Fit(x.View, y.View).CopyImportance(importance);
        Assert.Equal(0, importance[4]);
        Assert.Equal(12, importance.Sum(value => value * value), 1e-9);
        y.Values.Fill(3);
        Assert.All(ModelContract.Predict(new LocalPlsRegression(2, 8).Fit(x.View, y.View), x), value => Assert.Equal(3, value));
        x[3, 2] = double.NaN;
        FoldContract.EqualsNaive(Family, x, y, 4, autoscales: false, 0);
    }

    /// <summary>Of equally near samples the ones of smaller response are taken, in any order of the samples.</summary>
    [Fact]
    public void Predict_EquallyNear_TakesTheSmallerResponse()
    {
        var x = new Matrix(6, 2, [0, 0, 0, 1, 1, 0, 0, 1, 9, 9, 0, 1]);
        var y = new Matrix(6, 1, [1, 8, 2, 6, 9, 7]);
        var spectrum = new Matrix(1, 2, [0, 0]);
        int[] turned = [5, 4, 3, 2, 1, 0];
        double expected = ModelContract.Predict(new PlsRegression(1).Fit(x.SelectRows([0, 2, 3]).View, y.SelectRows([0, 2, 3]).View), spectrum)[0];
        var model = new LocalPlsRegression(1, 3);
        Assert.Equal(expected, ModelContract.Predict(model.Fit(x.View, y.View), spectrum)[0], 1e-12);
        Assert.Equal(expected, ModelContract.Predict(model.Fit(x.SelectRows(turned).View, y.SelectRows(turned).View), spectrum)[0], 1e-12);
    }

    /// <summary>Two bands are two components: a third changes nothing and is no failure of a spectrum here and there.</summary>
    [Fact]
    public void Predict_MoreComponentsThanNeighboursSupport_UsesThoseThereAre()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(30, 20, 2, 0, 106);
        double[] two = ModelContract.Predict(new LocalPlsRegression(2, 10).Fit(x.View, y.View), x);
        ModelContract.AssertClose(two, ModelContract.Predict(new LocalPlsRegression(5, 10).Fit(x.View, y.View), x), 1e-8);
        ModelContract.AssertClose(y.Values, two, 1e-8);
    }

    [Fact]
    public void Restore_WhatWasLearnt_PredictsTheSameBits()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(30, 12, 4, 1e-2, 107);
        IFittedModel fitted = Family.Model(Family.Settings[2]).Fit(x.View, y.View);
        IFittedModel restored = Family.Restore(fitted.Learnt, 12);
        Assert.Equal(ModelContract.Predict(fitted, x), ModelContract.Predict(restored, x));
        double[] expected = new double[12];
        double[] actual = new double[12];
        fitted.CopyImportance(expected);
        restored.CopyImportance(actual);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Settings_AsPeopleWriteThem()
    {
        Assert.Equal(8, Family.Settings.Length);
        Assert.Equal("1 LV of 16 neighbours", Family.Describe(Family.Settings[0]));
        Assert.Equal(new ModelSetting("components of 10 neighbours", 2), Family.Settings[5]);
        Assert.Equal(4, Family.SettingsFor(15, 30).Length);
        Assert.Equal(6, Family.SettingsFor(100, 3).Length);
        Assert.Equal(30, Catalog.ParseFamily("localpls(15)").Settings.Length);
        (Matrix x, Matrix y) = SimulatedSpectra.Make(12, 9, 3, 1e-2, 108);
        Assert.Contains(
            "16 neighbours asked", Assert.Throws<StageException>(() => Family.Model(Family.Settings[0]).Fit(x.View, y.View)).Message, StringComparison.Ordinal);
        foreach (string wrong in (string[])["localpls", "localpls(0)", "localpls(3; 2)", "localpls(3; 10, 10)", "localpls(3; x)", "localpls(101)"])
        {
            Assert.Equal(FailureKind.InvalidRequest, Assert.Throws<StageException>(() => Catalog.ParseFamily(wrong)).Kind);
        }
    }

    [Fact]
    public void Estimate_ChoiceByImportance_CountsTheFitsAroundSamples()
    {
        // A second choice by importance shares the fits to all variables, and looks at importance anew: nearly all that such a choice takes.
        var axis = new SpectralAxis([.. Enumerable.Range(0, 400).Select(j => (double)j)], AxisUnit.Channel);
        var folds = new Folds([.. Enumerable.Range(0, 100).Select(i => i % 5)], 5);
        double one = Seconds("top(20)");
        double two = Seconds("top(20)", "top(21)");
        Assert.True(two - one > 0.6 * one, $"{one} s for one, {two} s for two");

        double Seconds(params string[] subsets) => Family.Estimate(axis, folds, [.. subsets.Select(Catalog.ParseSubset)], Family.Settings, 1).CpuSeconds;
    }

    private static double Rmse(ICandidateFamily family, Matrix x, Matrix y)
    {
        CellTable cells = FoldContract.Predict(family, FoldContract.Shared(x, y, 5, false, Pieces.InOrder));
        ReadOnlySpan<double> yHat = cells.Predictions(cells.CandidateCount - 1);
        double sum = 0;
        for (int i = 0; i < yHat.Length; i++)
        {
            sum += (yHat[i] - y[i, 0]) * (yHat[i] - y[i, 0]);
        }

        return Math.Sqrt(sum / yHat.Length);
    }

    private static double Distance(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        double sum = 0;
        for (int j = 0; j < first.Length; j++)
        {
            sum += (first[j] - second[j]) * (first[j] - second[j]);
        }

        return sum;
    }
}
