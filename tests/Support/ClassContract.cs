using System.Collections.Immutable;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Splitting;
using Xunit;

namespace Pipeline.Support;

/// <summary>What every family of classes must keep: fast equals naive, probabilities, nothing held out is seen, memory bounded, saved bits.</summary>
public static class ClassContract
{
    /// <summary>All checks on one data set; y are indicators.</summary>
    public static void Holds(ICandidateFamily family, Matrix x, Matrix y, int folds, double tolerance)
    {
        Assert.Equal(ResponseKind.Class, family.Responds);
        FamilyContract.NamesItsSettings(family);
        LeavesInputsUnchanged(family, x, y);
        PathEqualsNaive(family, x, y, tolerance);
        IgnoresTheOrderOfSamples(family, x, y, tolerance);
        RestoresToTheBit(family, x, y);
        FoldsEqualNaive(family, x, y, folds, tolerance);
        KeepsBitsForAnyRunner(family, x, y, folds);
        SeesNothingHeldOut(family, x, y, folds);
        EstimateBoundsMemory(family, x, y, folds);
    }

    public static void LeavesInputsUnchanged(ICandidateFamily family, Matrix x, Matrix y)
    {
        double[] before = [.. x.Values, .. y.Values];
        Predict(family.FitPath(x.View, y.View, family.Settings), x, family.Settings.Length, y.Columns);
        double[] after = [.. x.Values, .. y.Values];
        Assert.Equal(before, after);
    }

    /// <summary>One path for all settings gives what one fit per setting gives; probabilities add up to 1; rows stand for themselves.</summary>
    public static void PathEqualsNaive(ICandidateFamily family, Matrix x, Matrix y, double tolerance)
    {
        int q = y.Columns;
        ISettingPath fast = family.FitPath(x.View, y.View, family.Settings);
        var naive = new NaiveSettingPath(family, x.View, y.View, family.Settings);
        Matrix actual = Predict(fast, x, family.Settings.Length, q);
        Matrix expected = Predict(naive, x, family.Settings.Length, q);
        for (int s = 0; s < family.Settings.Length; s++)
        {
            Assert.Equal(naive.FailureOf(s), fast.FailureOf(s));
            if (fast.FailureOf(s) is not null)
            {
                continue;
            }

            double[] importance = new double[x.Columns];
            fast.CopyImportance(s, importance);
            Assert.All(importance, value => Assert.True(value >= 0));
            for (int i = 0; i < x.Rows; i++)
            {
                ReadOnlySpan<double> row = actual.Row(i).Slice(s * q, q);
                double sum = 0;
                for (int c = 0; c < q; c++)
                {
                    Assert.InRange(row[c], 0, 1);
                    Assert.Equal(expected[i, (s * q) + c], row[c], tolerance);
                    sum += row[c];
                }

                Assert.Equal(1, sum, 1e-12);
            }
        }

        for (int i = 0; i < x.Rows; i++)
        {
            var one = new Matrix(1, actual.Columns);
            one.Values.Fill(double.NaN);
            fast.Predict(x.View.RowBand(i, 1), one.Span);
            Assert.Equal(actual.Row(i).ToArray(), one.Values.ToArray());
        }
    }

    public static void IgnoresTheOrderOfSamples(ICandidateFamily family, Matrix x, Matrix y, double tolerance)
    {
        int[] reversed = [.. Enumerable.Range(0, x.Rows).Reverse()];
        Matrix before = Predict(family.FitPath(x.View, y.View, family.Settings), x, family.Settings.Length, y.Columns);
        Matrix after = Predict(
            family.FitPath(x.SelectRows(reversed).View, y.SelectRows(reversed).View, family.Settings), x, family.Settings.Length, y.Columns);
        AssertClose(before.Values, after.Values, tolerance);
    }

    /// <summary>What a model has learnt gives the same bits through its family.</summary>
    public static void RestoresToTheBit(ICandidateFamily family, Matrix x, Matrix y)
    {
        foreach (ModelSetting setting in family.SettingsFor(x.Rows, x.Columns))
        {
            IFittedModel fitted;
            try
            {
                fitted = family.Model(setting).Fit(x.View, y.View);
            }
            catch (Engine.StageException refused) when (refused.Kind == Engine.FailureKind.Numerical)
            {
                continue;
            }

            Assert.All(fitted.Learnt, array => Assert.True(Array.TrueForAll(array.Values.Values.ToArray(), double.IsFinite)));
            IFittedModel restored = family.Restore(fitted.Learnt, x.Columns);
            Assert.Equal(y.Columns, restored.ResponseCount);
            Assert.Equal(ModelContract.Predict(fitted, x), ModelContract.Predict(restored, x));
            double[] importance = new double[x.Columns];
            double[] again = new double[x.Columns];
            fitted.CopyImportance(importance);
            restored.CopyImportance(again);
            Assert.Equal(importance, again);
        }
    }

    /// <summary>All folds at once give what fold after fold gives, scaled or not.</summary>
    public static void FoldsEqualNaive(ICandidateFamily family, Matrix x, Matrix y, int folds, double tolerance)
    {
        foreach (bool autoscales in (bool[])[false, true])
        {
            SharedSpectra data = FoldContract.Shared(x, y, folds, autoscales, Pieces.InOrder);
            CellTable fast = Predict(family, data);
            CellTable naive = Table(family, data);
            NaiveFolds.Predict(family, data, [.. Enumerable.Range(0, folds)], family.Settings, Open(naive), CancellationToken.None);
            for (int s = 0; s < fast.CandidateCount; s++)
            {
                for (int k = 0; k < folds; k++)
                {
                    Assert.Equal(naive.FailureOf(s, k), fast.FailureOf(s, k));
                }

                AssertClose(naive.Predictions(s), fast.Predictions(s), tolerance);
            }
        }
    }

    public static void KeepsBitsForAnyRunner(ICandidateFamily family, Matrix x, Matrix y, int folds)
    {
        byte[] inOrder = Predict(family, FoldContract.Shared(x, y, folds, false, Pieces.InOrder)).ToBytes();
        Assert.Equal(inOrder, Predict(family, FoldContract.Shared(x, y, folds, false, Reversed)).ToBytes());
        Assert.Equal(inOrder, Predict(family, FoldContract.Shared(x, y, folds, false, Threads)).ToBytes());
    }

    /// <summary>
    /// Aim: nothing of fold k's held-out rows reaches its fit. Method: overwrite all of them but one by numbers of the order 1e6,
    /// and give each another class; the prediction of the untouched row, with all variables and with those that matter most,
    /// must keep every bit.
    /// </summary>
    public static void SeesNothingHeldOut(ICandidateFamily family, Matrix x, Matrix y, int folds)
    {
        var random = new Pcg64(21);
        ImmutableArray<ISubset> subsets = [new FullSpectrum(), new TopVariables(Math.Max(2, x.Columns / 4))];
        CellTable before = Validate(family, x, y, folds, subsets);
        for (int k = 0; k < folds; k++)
        {
            Matrix xSpoilt = x.View.ToMatrix();
            Matrix ySpoilt = y.View.ToMatrix();
            for (int i = k + folds; i < x.Rows; i += folds)
            {
                foreach (ref double value in xSpoilt.Row(i))
                {
                    value = 1e6 * random.NextNormal();
                }

                int place = y.Row(i).IndexOf(1.0);
                ySpoilt[i, place] = 0;
                ySpoilt[i, (place + 1) % y.Columns] = 1;
            }

            CellTable after = Validate(family, xSpoilt, ySpoilt, folds, subsets);
            for (int candidate = 0; candidate < before.CandidateCount; candidate++)
            {
                Assert.Equal(before.FailureOf(candidate, k), after.FailureOf(candidate, k));
                Assert.Equal(
                    before.Predictions(candidate).Slice(k * y.Columns, y.Columns).ToArray(),
                    after.Predictions(candidate).Slice(k * y.Columns, y.Columns).ToArray());
            }
        }
    }

    /// <summary>The estimate bounds what one thread allocates for all folds, pooled memory apart.</summary>
    public static void EstimateBoundsMemory(ICandidateFamily family, Matrix x, Matrix y, int folds)
    {
        FoldedSpectra data = FamilyContract.Folded(x, y, folds);
        Cost estimate = family.Estimate(data.Axis, data.Folds, [new FullSpectrum()], family.Settings, y.Columns);
        Assert.True(estimate.CpuSeconds > 0);
        FoldSpectra fold = data.Fold(0);
        long start = GC.GetAllocatedBytesForCurrentThread();
        Predict(family.FitPath(fold.X.View, fold.Y.View, family.Settings), fold.HeldOut, family.Settings.Length, y.Columns);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - start;
        Assert.True(bytes <= estimate.PeakBytes, $"One fold took {bytes} bytes, the estimate is {estimate.PeakBytes}.");
    }

    /// <summary>Probabilities of all settings, n × (settings · C).</summary>
    public static Matrix Predict(ISettingPath path, Matrix x, int settings, int classes)
    {
        var yHat = new Matrix(x.Rows, settings * classes);
        yHat.Values.Fill(double.NaN);
        path.Predict(x.View, yHat.Span);
        return yHat;
    }

    /// <summary>Asserts that two series agree within a tolerance; numbers that are missing in both agree.</summary>
    public static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            bool isEqual = double.IsNaN(expected[i]) ? double.IsNaN(actual[i]) : Math.Abs(expected[i] - actual[i]) <= tolerance;
            Assert.True(isEqual, $"Value {i}: expected {expected[i]:R}, found {actual[i]:R}.");
        }
    }

    private static CellTable Validate(ICandidateFamily family, Matrix x, Matrix y, int folds, ImmutableArray<ISubset> subsets)
    {
        FoldedSpectra data = FamilyContract.Folded(x, y, folds);
        var cells = new CellTable(data.Folds, subsets.Length, family.Settings.Length, outputCount: y.Columns);
        family.CrossValidate(data, subsets, family.Settings, cells, CancellationToken.None);
        return cells;
    }

    private static CellTable Predict(ICandidateFamily family, SharedSpectra data)
    {
        CellTable cells = Table(family, data);
        family.PredictFolds(data, [.. Enumerable.Range(0, data.Folds.Count)], family.Settings, Open(cells), CancellationToken.None);
        return cells;
    }

    private static CellTable Table(ICandidateFamily family, SharedSpectra data) => new(data.Folds, 1, family.Settings.Length, outputCount: data.Y.Columns);

    private static FoldPredictions Open(CellTable cells) => new(cells, [.. Enumerable.Range(0, cells.CandidateCount)]);

    private static void Reversed(int count, Action<int> piece)
    {
        for (int i = count - 1; i >= 0; i--)
        {
            piece(i);
        }
    }

    private static void Threads(int count, Action<int> piece)
    {
        Thread[] threads = [.. Enumerable.Range(0, count).Select(i => new Thread(() => piece(i)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
    }
}
