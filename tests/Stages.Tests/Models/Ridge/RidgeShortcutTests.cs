using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Ridge;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Ridge;

public sealed class RidgeShortcutTests
{
    /// <summary>
    /// Aim: exact leaving out from one decomposition, single samples and several. Tolerance: products that square the
    /// condition are right to 1e-16 of the trace, so errors grow as the trace over λ; 30 roundings of that, and 1e-11 where
    /// λ is large.
    /// </summary>
    [Theory]
    [InlineData(40, 90, 40)]
    [InlineData(90, 40, 90)]
    [InlineData(90, 40, 32)]
    [InlineData(70, 120, 33)]
    [InlineData(60, 60, 60)]
    [InlineData(200, 5, 100)]
    public void PredictFolds_ManyFolds_EqualsFoldAfterFold(int n, int p, int folds)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-3, 61);
        foreach (double lambda in RidgeFamily.DefaultGrid)
        {
            FoldContract.EqualsNaive(
                new RidgeFamily([lambda], RidgeScale.Trace), x, y, folds, autoscales: false, 1e-11 + (3e-15 / lambda));
        }
    }

    [Theory]
    [InlineData(40, 90)]
    [InlineData(90, 40)]
    public void PredictFolds_ManyFoldsAnyRunner_GivesTheSameBits(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-3, 62);
        FoldContract.KeepsBitsForAnyRunner(new RidgeFamily(RidgeFamily.DefaultGrid, RidgeScale.Trace), x, y, 35, autoscales: false);
    }

    /// <summary>
    /// Aim: nothing held out reaches a prediction but by rounding. Method: the response of the sample itself, and the other
    /// samples of its fold, become other numbers of the data's own size.
    /// </summary>
    [Theory]
    [InlineData(70, 120)]
    [InlineData(120, 40)]
    public void PredictFolds_ManyFoldsHeldOutSpoilt_ChangesByRounding(int n, int p)
    {
        const int Folds = 35;
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-3, 63);
        var family = new RidgeFamily(RidgeFamily.DefaultGrid, RidgeScale.Trace);
        CellTable before = FoldContract.Predict(family, FoldContract.Shared(x, y, Folds, false, Pieces.InOrder));
        var rng = new Pcg64(64);
        for (int k = 0; k < Folds; k++)
        {
            Matrix xSpoilt = x.View.ToMatrix();
            Matrix ySpoilt = y.View.ToMatrix();
            ySpoilt[k, 0] += 3;
            for (int i = k + Folds; i < n; i += Folds)
            {
                ySpoilt[i, 0] = 10 * rng.NextNormal();
                foreach (ref double value in xSpoilt.Row(i))
                {
                    value = 0.5 + (0.1 * rng.NextNormal());
                }
            }

            CellTable after = FoldContract.Predict(family, FoldContract.Shared(xSpoilt, ySpoilt, Folds, false, Pieces.InOrder));
            for (int s = 0; s < family.Settings.Length; s++)
            {
                // Nine digits down to 1e-6 of the trace; below, rounding grows as λ falls: six at 1e-10 (decision 0025).
                double tolerance = Math.Max(1e-9, 1e-16 / family.Settings[s].Value);
                Assert.Equal(before.Predictions(s)[k], after.Predictions(s)[k], tolerance);
            }
        }
    }

    /// <summary>Which folds are asked together may follow from what they hold out, so the form must not.</summary>
    [Theory]
    [InlineData(40, 90)]
    [InlineData(90, 40)]
    public void PredictFolds_OneOfManyFolds_HasTheBitsOfAll(int n, int p)
    {
        const int Folds = 35;
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-3, 65);
        var family = new RidgeFamily([1e-3], RidgeScale.Trace);
        SharedSpectra data = FoldContract.Shared(x, y, Folds, false, Pieces.InOrder);
        CellTable all = FoldContract.Predict(family, data);
        foreach (int k in (int[])[0, 7])
        {
            var one = new CellTable(data.Folds, 1, 1);
            family.PredictFolds(data, [k], family.Settings, new FoldPredictions(one, [0]), CancellationToken.None);
            foreach (int i in data.Folds.HeldOut(k))
            {
                Assert.Equal(BitConverter.DoubleToInt64Bits(all.Predictions(0)[i]), BitConverter.DoubleToInt64Bits(one.Predictions(0)[i]));
            }
        }
    }

    /// <summary>A sample far away takes the digits of all others with it; the fold that holds it out is fitted on its own.</summary>
    [Fact]
    public void PredictFolds_OneSampleFarAway_ItsFoldIsFittedAlone()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(40, 60, 6, 1e-3, 65);
        foreach (ref double value in x.Row(7))
        {
            value += 1e5;
        }

        var family = new RidgeFamily([1e-2, 1e-6], RidgeScale.Trace);
        CellTable fast = FoldContract.Predict(family, FoldContract.Shared(x, y, 40, false, Pieces.InOrder));
        CellTable naive = FoldContract.Naive(family, FoldContract.Shared(x, y, 40, false, Pieces.InOrder));
        Assert.Equal(naive.Predictions(1)[7], fast.Predictions(1)[7]);
        Assert.True(Math.Abs(naive.Predictions(1)[7]) > 1);
    }

    [Fact]
    public void PredictFolds_ManyFoldsConstantResponseOrSpectra_PredictTheMean()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(40, 60, 6, 1e-3, 66);
        var family = new RidgeFamily([1e-2, 1e-6], RidgeScale.Trace);
        y.Values.Fill(3);
        FoldContract.EqualsNaive(family, x, y, 40, autoscales: false, 1e-15);
        x.Values.Fill(0.25);
        FoldContract.EqualsNaive(family, x, y, 40, autoscales: false, 0);
    }

    [Fact]
    public void PredictFolds_ManyFoldsLambdaBelowRounding_IsRefused()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(40, 60, 4, 0, 67);
        var family = new RidgeFamily([1e-19], RidgeScale.Trace);
        CellTable cells = FoldContract.Predict(family, FoldContract.Shared(x, y, 40, false, Pieces.InOrder));
        Assert.Contains("Ask for a larger λ", cells.FailureOf(0, 3), StringComparison.Ordinal);
    }
}
