using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Trees.Boosting;
using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Trees.Boosting;

public sealed class BoostingEdgeTests
{
    private static readonly BoostingModel Model = new(ResponseKind.Number, 10, new BoostingRules(0.2, 8, 4, 0));

    [Fact]
    public void Fit_ConstantResponse_GivesItExactly()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(40, 6, 3, 1e-2, 101);
        y.Values.Fill(0.1);
        Assert.All(ModelContract.Predict(Model.Fit(x.View, y.View), x), value => Assert.Equal(0.1, value));
        Assert.All(Importance(x, y), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Fit_ConstantVariable_IsNeverSplit()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(40, 6, 3, 1e-2, 102);
        for (int i = 0; i < 40; i++)
        {
            x[i, 2] = -7;
        }

        double[] importance = Importance(x, y);
        Assert.Equal(0, importance[2]);
        Assert.Equal(1, importance.Sum(), 1e-12);
    }

    [Fact]
    public void Fit_SpectraAllEqualOrTooFew_GivesTheMean()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(40, 6, 3, 1e-2, 103);
        double mean = y.Values.ToArray().Average();
        x.Values.Fill(0.5);
        Assert.All(ModelContract.Predict(Model.Fit(x.View, y.View), x), value => Assert.Equal(mean, value, 1e-14 * mean));
        (x, y) = SimulatedSpectra.Make(7, 6, 3, 1e-2, 104);
        mean = y.Values.ToArray().Average();
        FittedBoosting fitted = Model.Fit(x.View, y.View);
        Assert.Equal(10, fitted.TreeCount);
        Assert.All(ModelContract.Predict(fitted, x), value => Assert.Equal(mean, value, 1e-14 * mean));
        (x, y) = SimulatedSpectra.Make(1, 1, 1, 1e-2, 105);
        Assert.Equal(y[0, 0], ModelContract.Predict(Model.Fit(x.View, y.View), x)[0]);
    }

    /// <summary>Two variables that part the samples alike are a true tie: the lower one is taken, whatever the order of samples.</summary>
    [Fact]
    public void Fit_TwinVariables_TakesTheFirst()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(300, 6, 3, 1e-2, 106);
        for (int i = 0; i < 300; i++)
        {
            x[i, 5] = Math.Exp(x[i, 1]);
        }

        double[] importance = Importance(x, y);
        Assert.Equal(0, importance[5]);
        Assert.True(importance[1] > 0);
    }

    /// <summary>Aim: missing values of a variable that only says whether it is missing. Method: y is 1 exactly there.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fit_MissingValues_LearnsTheirSide(bool missingIsLarge)
    {
        var x = new Matrix(100, 2);
        var y = new Matrix(100, 1);
        for (int i = 0; i < 100; i++)
        {
            x[i, 0] = i % 3 == 0 ? double.NaN : i;
            x[i, 1] = double.NaN;
            y[i, 0] = i % 3 == 0 == missingIsLarge ? 1 : 0;
        }

        double[] yHat = ModelContract.Predict(new BoostingModel(ResponseKind.Number, 80, new(0.3, 8, 4, 0)).Fit(x.View, y.View), x);
        ModelContract.AssertClose(y.Values, yHat, 1e-9);
        FoldContract.EqualsNaive(new BoostingFamily(ResponseKind.Number, [3], new(0.3, 8, 4, 0)), x, y, 4, autoscales: false, 0);
    }

    /// <summary>A variable that calibration knew without a gap has one in a new spectrum: it goes where most samples went.</summary>
    [Fact]
    public void Predict_MissingWhereNoneWasLearnt_FollowsTheMajority()
    {
        var x = new Matrix(30, 1);
        var y = new Matrix(30, 1);
        for (int i = 0; i < 30; i++)
        {
            x[i, 0] = i;
            y[i, 0] = i < 10 ? 0 : 3;
        }

        FittedBoosting fitted = new BoostingModel(ResponseKind.Number, 1, new(1, 2, 4, 0)).Fit(x.View, y.View);
        Assert.Equal(3, ModelContract.Predict(fitted, new Matrix(1, 1, [double.NaN]))[0], 1e-9);
    }

    [Fact]
    public void Fit_NotFinite_IsRefusedNamingThePlace()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(40, 6, 3, 1e-2, 107);
        x[3, 2] = double.PositiveInfinity;
        Refused(x, y, "Calibration sample 4, variable 3: expected a finite number or a missing one, found Infinity");
        FoldContract.EqualsNaive(new BoostingFamily(ResponseKind.Number, [3], new(0.3, 8, 4, 0)), x, y, 4, autoscales: false, 0);
        x[3, 2] = 1;
        y[5, 0] = double.NaN;
        Refused(x, y, "Calibration sample 6, response: expected a finite number, found NaN");
        FoldContract.EqualsNaive(new BoostingFamily(ResponseKind.Number, [3], new(0.3, 8, 4, 0)), x, y, 4, autoscales: false, 0);
    }

    [Fact]
    public void Fit_HugeAndTinyNumbers_StaysFinite()
    {
        foreach (double scale in (double[])[1e-250, 1e-150, 1e150, 1e300])
        {
            (Matrix x, Matrix y) = SimulatedSpectra.Make(40, 3, 3, 1e-2, 108);
            double[] before = ModelContract.Predict(Model.Fit(x.View, y.View), x);
            foreach (ref double value in y.Values)
            {
                value *= scale;
            }

            foreach (ref double value in x.Values)
            {
                value *= scale;
            }

            double[] after = ModelContract.Predict(Model.Fit(x.View, y.View), x);
            ModelContract.AssertClose([.. before.Select(value => scale * value)], after, 1e-9);
            Assert.Equal(1, Importance(x, y).Sum(), 1e-12);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public void Restore_WhatWasLearnt_PredictsTheSameBits(int classes)
    {
        (Matrix x, Matrix y) = classes == 0 ? SimulatedSpectra.Make(60, 8, 3, 1e-2, 109) : BoostingCases.Classes(60, 8, classes, 109);
        x[4, 2] = double.NaN;
        var family = new BoostingFamily(classes == 0 ? ResponseKind.Number : ResponseKind.Class, [9], new(0.3, 8, 4, 0));
        IFittedModel fitted = family.Model(family.Settings[0]).Fit(x.View, y.View);
        IFittedModel restored = family.Restore(fitted.Learnt, 8);
        Assert.Equal(ModelContract.Predict(fitted, x), ModelContract.Predict(restored, x));
        double[] expected = new double[8];
        double[] actual = new double[8];
        fitted.CopyImportance(expected);
        restored.CopyImportance(actual);
        Assert.Equal(expected, actual);
        Assert.All(fitted.Learnt, array => Assert.False(array.Values.Values.ContainsAnyExceptInRange(double.MinValue, double.MaxValue)));
        ImmutableArray<NamedArray> damaged =
            [.. fitted.Learnt.Select(array => array.Name == "baseline" ? NamedArray.Of("baseline", new double[7]) : array)];
        Assert.Equal(FailureKind.InvalidData, Assert.Throws<StageException>(() => family.Restore(damaged, 8)).Kind);
        Assert.Throws<StageException>(() => family.Restore([.. fitted.Learnt.Where(array => array.Name != "importance")], 8));
    }

    private static void Refused(Matrix x, Matrix y, string message)
    {
        StageException refusal = Assert.Throws<StageException>(() => Model.Fit(x.View, y.View));
        Assert.Equal(FailureKind.InvalidData, refusal.Kind);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    private static double[] Importance(Matrix x, Matrix y)
    {
        double[] importance = new double[x.Columns];
        Model.Fit(x.View, y.View).CopyImportance(importance);
        return importance;
    }
}
