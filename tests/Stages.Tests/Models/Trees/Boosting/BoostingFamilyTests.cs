using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Trees.Boosting;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Trees.Boosting;

public sealed class BoostingFamilyTests
{
    private static readonly BoostingRules Small = new(0.2, 8, 4, 0.5);

    [Theory]
    [InlineData(60, 40)]
    [InlineData(30, 90)]
    [InlineData(400, 5)]
    [InlineData(12, 1)]
    public void Contract_AnyShape_Holds(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 91);
        ModelContract.Holds(new BoostingModel(ResponseKind.Number, 12, Small), x, y, 1e-9);
    }

    [Theory]
    [InlineData(60, 30, 5)]
    [InlineData(90, 12, 4)]
    public void FamilyContract_AnyShape_Holds(int n, int p, int folds)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 92);
        FamilyContract.Holds(new BoostingFamily(ResponseKind.Number, [3, 10, 1], Small), x, y, folds, 0);
    }

    /// <summary>More than 8 folds take turns; more than 256 variables are several pieces; more than 255 values are cut at quantiles.</summary>
    [Theory]
    [InlineData(60, 30, 12, false)]
    [InlineData(50, 600, 3, false)]
    [InlineData(400, 9, 3, false)]
    [InlineData(60, 30, 4, true)]
    public void PredictFolds_AnyShape_EqualsFoldAfterFoldToTheBit(int n, int p, int folds, bool autoscales)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 93);
        var family = new BoostingFamily(ResponseKind.Number, [2, 8], Small);
        FoldContract.EqualsNaive(family, x, y, folds, autoscales, 0);
        FoldContract.KeepsBitsForAnyRunner(family, x, y, folds, autoscales);
    }

    [Theory]
    [InlineData(2, 60)]
    [InlineData(3, 90)]
    public void ClassFamily_AnyFolds_EqualsFoldAfterFoldToTheBit(int classes, int n)
    {
        (Matrix x, Matrix y) = BoostingCases.Classes(n, 30, classes, 94);
        var family = new BoostingFamily(ResponseKind.Class, [1, 6], Small);
        byte[] expected = BoostingCases.Predict(family, x, y, 5, Pieces.InOrder, naive: true).ToBytes();
        Assert.Equal(expected, BoostingCases.Predict(family, x, y, 5, Pieces.InOrder).ToBytes());
        Assert.Equal(expected, BoostingCases.Predict(family, x, y, 5, BoostingCases.TwoThreads).ToBytes());
    }

    /// <summary>Every number of rounds read off one run has the bits of a fit of its own: predictions and importance.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void FitPath_Prefixes_EqualFitsOfTheirOwnToTheBit(int classes)
    {
        (Matrix x, Matrix y) = classes == 0 ? SimulatedSpectra.Make(80, 20, 6, 1e-2, 95) : BoostingCases.Classes(80, 20, classes, 95);
        ResponseKind kind = classes == 0 ? ResponseKind.Number : ResponseKind.Class;
        var family = new BoostingFamily(kind, [1, 2, 7, 15], Small);
        ISettingPath fast = family.FitPath(x.View, y.View, family.Settings);
        var naive = new NaiveSettingPath(family, x.View, y.View, family.Settings);
        Matrix expected = new(80, 4 * y.Columns);
        Matrix actual = new(80, 4 * y.Columns);
        naive.Predict(x.View, expected.Span);
        fast.Predict(x.View, actual.Span);
        Assert.Equal(expected.Values.ToArray(), actual.Values.ToArray());
        for (int s = 0; s < 4; s++)
        {
            double[] importance = new double[20];
            double[] own = new double[20];
            fast.CopyImportance(s, importance);
            naive.CopyImportance(s, own);
            Assert.Equal(own, importance);
            Assert.Equal(1, importance.Sum(), 1e-12);
        }
    }

    /// <summary>Overwriting what fold k holds out, spectra and classes, changes no bit of its prediction of the one row left alone.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void ClassFamily_HeldOutRowsOverwritten_KeepsEveryBit(int classes)
    {
        const int Folds = 4;
        (Matrix x, Matrix y) = BoostingCases.Classes(60, 10, classes, 96);
        var family = new BoostingFamily(ResponseKind.Class, [1, 6], Small);
        CellTable before = BoostingCases.Predict(family, x, y, Folds, Pieces.InOrder);
        var rng = new Pcg64(97);
        for (int k = 0; k < Folds; k++)
        {
            Matrix xSpoilt = x.View.ToMatrix();
            Matrix ySpoilt = y.View.ToMatrix();
            for (int i = k + Folds; i < x.Rows; i += Folds)
            {
                foreach (ref double value in xSpoilt.Row(i))
                {
                    value = rng.NextDouble() < 0.2 ? double.NaN : 1e6 * rng.NextNormal();
                }

                ySpoilt.Row(i).Fill(0.5);
            }

            // The other folds are fitted on spoilt responses, and say so.
            CellTable after = BoostingCases.Predict(family, xSpoilt, ySpoilt, Folds, Pieces.InOrder);
            for (int s = 0; s < 2; s++)
            {
                Assert.True(after.IsComplete(s, k));
                Assert.False(after.IsComplete(s, (k + 1) % Folds));
                Assert.Equal(
                    before.Predictions(s).Slice(k * classes, classes).ToArray(), after.Predictions(s).Slice(k * classes, classes).ToArray());
            }
        }
    }

    [Fact]
    public void ClassFamily_SingleClassInAFold_FailsThatFoldWithTheReason()
    {
        // All samples of the second class are held out together, in the third fold.
        (Matrix x, _) = SimulatedSpectra.Make(60, 10, 3, 1e-2, 98);
        Matrix y = BoostingCases.Indicators([.. Enumerable.Range(0, 60).Select(i => i % 5 == 2 ? 1 : 0)], 2);
        CellTable cells = BoostingCases.Predict(new BoostingFamily(ResponseKind.Class, [3], Small), x, y, 5, Pieces.InOrder);
        Assert.Contains("All 48 calibration samples are of class 1 of 2", cells.FailureOf(0, 2), StringComparison.Ordinal);
        Assert.All([0, 1, 3, 4], k => Assert.True(cells.IsComplete(0, k)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(BoostingResponse.ClassesMax + 1)]
    public void Fit_NotClassesOrTooMany_IsRefused(int columns)
    {
        (Matrix x, _) = SimulatedSpectra.Make(60, 10, 3, 1e-2, 100);
        Matrix y = BoostingCases.Indicators(new int[60], columns);
        StageException refusal = Assert.Throws<StageException>(() => new BoostingModel(ResponseKind.Class, 3, Small).Fit(x.View, y.View));
        Assert.Contains($"takes 2 to 20 of them, found {columns}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_ClassWithoutCalibrationSamples_HasProbabilityZero()
    {
        (Matrix x, Matrix y) = BoostingCases.Classes(60, 10, 4, 99);
        for (int i = 0; i < 60; i++)
        {
            int one = y.Row(i).IndexOf(1);
            y.Row(i).Clear();
            y[i, one == 1 ? 3 : one] = 1;
        }

        FittedBoosting fitted = new BoostingModel(ResponseKind.Class, 5, Small).Fit(x.View, y.View);
        var probabilities = new Matrix(60, 4);
        fitted.Predict(x.View, probabilities.Span);
        for (int i = 0; i < 60; i++)
        {
            Assert.Equal(0, probabilities[i, 1]);
            Assert.Equal(1, probabilities.Row(i).ToArray().Sum(), 1e-15);
        }

        Assert.True(BoostingCases.Accuracy(y, probabilities.Values) > 0.9);
    }

    [Fact]
    public void Settings_AsPeopleWriteThem()
    {
        ICandidateFamily family = Catalog.ParseFamily("boost(100, 50; rate 0.1; leaves 31; min 20; l2 0)");
        Assert.Equal(["50 rounds", "100 rounds"], family.Settings.Select(family.Describe));
        Assert.Equal(new ModelSetting("rounds of rate 0.1, leaves 31, min 20, l2 0", 50), family.Settings[0]);
        Assert.Equal(ResponseKind.Number, family.Responds);
        Assert.Equal(Catalog.ParseFamily("boost").Settings.AsEnumerable(), Catalog.ParseFamily("boost(50, 100, 200)").Settings);
        ICandidateFamily classes = Catalog.ParseFamily("boostclass(10; min 5; l2 1.5)");
        Assert.Equal(ResponseKind.Class, classes.Responds);
        Assert.Equal("10 rounds, rate 0.1, leaves 31, min 5, l2 1.5", classes.Describe(classes.Settings[0]));
        Assert.Empty(classes.SettingsFor(9, 5));
        Assert.Equal(classes.Settings.AsEnumerable(), classes.SettingsFor(10, 5));
        Assert.Empty(classes.SettingsFor(BoostingFamily.SamplesLimit + 1, 5));
        Assert.Throws<ArgumentException>(() => family.Model(new ModelSetting("rounds", 50)));
        foreach (string wrong in (string[])["boost(0)", "boost(5001)", "boost(50, 50)", "boost(1.5)", "boost(50; rate 0)", "boost(50; rate 2)",
            "boost(50; leaves 1)", "boost(50; leaves 256)", "boost(50; min 0)", "boost(50; l2 -1)", "boost(50; speed 1)",
            "boost(50; min 3; min 4)"])
        {
            StageException refusal = Assert.Throws<StageException>(() => Catalog.ParseFamily(wrong));
            Assert.Equal(FailureKind.InvalidRequest, refusal.Kind);
            Assert.Contains("character", refusal.Message, StringComparison.Ordinal);
        }
    }
}
