using System.Buffers;
using System.Collections.Immutable;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Xunit;

namespace Pipeline.Support;

/// <summary>What every candidate family must keep: fast equals naive, nothing held out is seen, the estimate bounds memory.</summary>
public static class FamilyContract
{
    /// <summary>All checks on one data set; <paramref name="tolerance"/> is relative to the largest prediction or importance.</summary>
    public static void Holds(ICandidateFamily family, Matrix x, Matrix y, int folds, double tolerance)
    {
        NamesItsSettings(family);
        PathEqualsNaive(family, x, y, tolerance);
        PathPredictsSubsetsToTheBit(family, x, y);
        SeesNothingHeldOut(family, x, y, folds);
        CrossValidationFillsEveryCell(family, x, y, folds);
    }

    public static void NamesItsSettings(ICandidateFamily family)
    {
        Assert.NotEmpty(family.Settings);
        Assert.Equal(family.Settings.Length, family.Settings.Select(family.Describe).Distinct().Count());
        Assert.Empty(family.SettingsFor(1000, 1000).Except(family.Settings));
    }

    /// <summary>One path for all settings gives what one fit per setting gives: failures, predictions, importance.</summary>
    public static void PathEqualsNaive(ICandidateFamily family, Matrix x, Matrix y, double tolerance)
    {
        ISettingPath fast = family.FitPath(x.View, y.View, family.Settings);
        var naive = new NaiveSettingPath(family, x.View, y.View, family.Settings);
        Matrix fastYHat = PredictPath(fast, x, family.Settings.Length);
        Matrix naiveYHat = PredictPath(naive, x, family.Settings.Length);
        double[] expected = new double[x.Rows];
        double[] actual = new double[x.Rows];
        for (int s = 0; s < family.Settings.Length; s++)
        {
            Assert.Equal(naive.FailureOf(s), fast.FailureOf(s));
            if (fast.FailureOf(s) is not null)
            {
                continue;
            }

            naiveYHat.View.CopyColumn(s, expected);
            fastYHat.View.CopyColumn(s, actual);
            ModelContract.AssertClose(expected, actual, tolerance);
            ModelContract.AssertClose(Importance(naive, s, x.Columns), Importance(fast, s, x.Columns), tolerance);
        }
    }

    public static void PathPredictsSubsetsToTheBit(ICandidateFamily family, Matrix x, Matrix y)
    {
        ISettingPath path = family.FitPath(x.View, y.View, family.Settings);
        Matrix all = PredictPath(path, x, family.Settings.Length);
        for (int i = 0; i < x.Rows; i++)
        {
            double[] one = new double[family.Settings.Length];
            path.Predict(x.View.RowBand(i, 1), new MatrixSpan(one, 1, one.Length, one.Length));
            Assert.Equal(all.Row(i).ToArray(), one);
        }
    }

    public static void CrossValidationFillsEveryCell(ICandidateFamily family, Matrix x, Matrix y, int folds)
    {
        FoldedSpectra data = Folded(x, y, folds);
        ImmutableArray<ModelSetting> settings = family.SettingsFor(x.Rows - ((x.Rows + folds - 1) / folds), x.Columns);
        var cells = new CellTable(data.Folds, 1, settings.Length);
        family.CrossValidate(data, [new FullSpectrum()], settings, cells, CancellationToken.None);
        for (int candidate = 0; candidate < cells.CandidateCount; candidate++)
        {
            for (int k = 0; k < cells.FoldCount; k++)
            {
                Assert.True(cells.IsComplete(candidate, k) ^ cells.FailureOf(candidate, k) is not null);
            }
        }

        using var canceled = new CancellationTokenSource();
        canceled.Cancel();
        Assert.Throws<OperationCanceledException>(() => family.CrossValidate(
            data, [new FullSpectrum()], settings, new CellTable(data.Folds, 1, settings.Length), canceled.Token));
    }

    /// <summary>
    /// Aim: nothing of fold k's held-out rows reaches its fit. Method: overwrite all of them but one by numbers of
    /// the order 1e6, spectra and responses; the choice of variables in fold k, and the prediction of the untouched
    /// row with every setting and subset, must keep every bit.
    /// </summary>
    public static void SeesNothingHeldOut(ICandidateFamily family, Matrix x, Matrix y, int folds)
    {
        var rng = new Pcg64(20);
        Trace before = Run(family, Folded(x, y, folds));
        for (int k = 0; k < folds; k++)
        {
            Matrix xSpoilt = x.View.ToMatrix();
            Matrix ySpoilt = y.View.ToMatrix();
            for (int i = k + folds; i < x.Rows; i += folds)
            {
                foreach (ref double value in xSpoilt.Row(i))
                {
                    value = 1e6 * rng.NextNormal();
                }

                ySpoilt[i, 0] = 1e6 * rng.NextNormal();
            }

            FoldedSpectra spoilt = Folded(xSpoilt, ySpoilt, folds);
            Trace after = Run(family, spoilt);
            Assert.Equal(before.Choices[k], after.Choices[k]);
            for (int candidate = 0; candidate < before.Cells.CandidateCount; candidate++)
            {
                Assert.Equal(before.Cells.FailureOf(candidate, k), after.Cells.FailureOf(candidate, k));
                Assert.Equal(
                    BitConverter.DoubleToInt64Bits(before.Cells.Predictions(candidate)[k]),
                    BitConverter.DoubleToInt64Bits(after.Cells.Predictions(candidate)[k]));
            }

            FoldSpectra fold = spoilt.Fold(k);
            FoldSpectra clean = Folded(x, y, folds).Fold(k);
            ISettingPath fit = family.FitPath(fold.X.View, fold.Y.View, family.Settings);
            ISettingPath reference = family.FitPath(clean.X.View, clean.Y.View, family.Settings);
            Assert.Equal(
                PredictPath(reference, clean.HeldOut, family.Settings.Length).Values.ToArray(),
                PredictPath(fit, clean.HeldOut, family.Settings.Length).Values.ToArray());
        }
    }

    /// <summary>
    /// Aim: the estimate bounds the scratch of one fold, and not by more than a factor. Method: the bytes that
    /// one fold allocates are at least what it holds at once; the pool of scratch memory is drained before, so that
    /// what is borrowed is allocated too. Must not run beside tests that use the pool.
    /// </summary>
    public static void EstimateBoundsMemory(ICandidateFamily family, Matrix x, Matrix y, int folds, int factor = 3)
    {
        FoldedSpectra data = Folded(x, y, folds);
        Cost estimate = family.Estimate(data.Axis, data.Folds, [new FullSpectrum()], family.Settings, y.Columns);
        Assert.True(estimate.CpuSeconds > 0);
        long bytes = Allocated(estimate, () =>
        {
            FoldSpectra fold = data.Fold(0);
            ISettingPath path = family.FitPath(fold.X.View, fold.Y.View, family.Settings);
            PredictPath(path, fold.HeldOut, family.Settings.Length);
        });
        Assert.True(bytes <= estimate.PeakBytes, $"One fold took {bytes} bytes, the estimate is {estimate.PeakBytes}.");
        Assert.True(estimate.PeakBytes <= factor * bytes, $"One fold took {bytes} bytes, the estimate is {estimate.PeakBytes}.");
    }

    /// <summary>The same of all folds at once, where they share their spectra: the estimate bounds what they take.</summary>
    public static void EstimateBoundsMemoryOfFolds(ICandidateFamily family, Matrix x, Matrix y, int folds)
    {
        FoldedSpectra data = Folded(x, y, folds);
        Cost estimate = family.Estimate(data.Axis, data.Folds, [new FullSpectrum()], family.Settings, y.Columns);
        var cells = new CellTable(data.Folds, 1, family.Settings.Length);
        var predictions = new FoldPredictions(cells, [.. Enumerable.Range(0, family.Settings.Length)]);
        long bytes = Allocated(estimate, () => family.PredictFolds(
            data.Shared!, [.. Enumerable.Range(0, folds)], family.Settings, predictions, CancellationToken.None));
        Assert.True(bytes <= estimate.PeakBytes, $"All folds took {bytes} bytes, the estimate is {estimate.PeakBytes}.");
    }

    /// <summary>Predictions of all settings, NaN where a setting has no answer.</summary>
    public static Matrix PredictPath(ISettingPath path, Matrix x, int settings)
    {
        var yHat = new Matrix(x.Rows, settings);
        yHat.Values.Fill(double.NaN);
        path.Predict(x.View, yHat.Span);
        return yHat;
    }

    /// <summary>Spectra with sample i held out in fold i modulo K.</summary>
    public static FoldedSpectra Folded(Matrix x, Matrix y, int folds)
    {
        int[] foldOfSample = [.. Enumerable.Range(0, x.Rows).Select(i => i % folds)];
        var axis = new SpectralAxis([.. Enumerable.Range(0, x.Columns).Select(j => (double)j)], AxisUnit.Channel);
        return new FoldedSpectra(x, y, axis, new Folds(foldOfSample, folds), null);
    }

    /// <summary>Bytes allocated on a thread of its own, with nothing in the pool of scratch memory.</summary>
    private static long Allocated(Cost estimate, Action body)
    {
        long bytes = 0;
        var thread = new Thread(() =>
        {
            List<double[]> drained = DrainPool(estimate.PeakBytes / sizeof(double));
            long start = GC.GetAllocatedBytesForCurrentThread();
            body();
            bytes = GC.GetAllocatedBytesForCurrentThread() - start;
            GC.KeepAlive(drained);
        });
        thread.Start();
        thread.Join();
        return bytes;
    }

    private static List<double[]> DrainPool(long lengthMax)
    {
        var drained = new List<double[]>();
        for (int length = 16; length <= lengthMax; length *= 2)
        {
            long before;
            do
            {
                before = GC.GetAllocatedBytesForCurrentThread();
                drained.Add(ArrayPool<double>.Shared.Rent(length));
            }
            while (GC.GetAllocatedBytesForCurrentThread() - before < length * sizeof(double));
        }

        return drained;
    }

    private static Trace Run(ICandidateFamily family, FoldedSpectra data)
    {
        var byImportance = new LargestImportance(Math.Max(2, data.Axis.Count / 4));
        ImmutableArray<ISubset> subsets = [new FullSpectrum(), byImportance];
        var cells = new CellTable(data.Folds, subsets.Length, family.Settings.Length);
        family.CrossValidate(data, subsets, family.Settings, cells, CancellationToken.None);

        // The choices come fold by fold, then once for all samples; every fold asks equally often.
        int perFold = byImportance.Choices.Count / (data.Folds.Count + 1);
        Assert.Equal(perFold * (data.Folds.Count + 1), byImportance.Choices.Count);
        Assert.NotEqual(0, perFold);
        return new Trace(cells, [.. Enumerable.Range(0, data.Folds.Count)
            .Select(k => string.Join(';', byImportance.Choices.GetRange(k * perFold, perFold)))]);
    }

    private static double[] Importance(ISettingPath path, int setting, int variables)
    {
        double[] importance = new double[variables];
        path.CopyImportance(setting, importance);
        return importance;
    }

    private sealed record Trace(CellTable Cells, string[] Choices);

    /// <summary>The variables of largest importance; remembers every choice.</summary>
    private sealed class LargestImportance(int count) : ISubset
    {
        public List<string> Choices { get; } = [];

        public string Notation => $"largest({count})";

        public int Version => 1;

        public bool UsesImportance => true;

        public int VariablesMax(SpectralAxis axis) => count;

        public int[] Select(MatrixView x, MatrixView y, SpectralAxis axis, ReadOnlySpan<double> importance)
        {
            double[] values = importance.ToArray();
            int[] chosen = [.. Enumerable.Range(0, values.Length)
                .OrderByDescending(j => values[j]).ThenBy(j => j).Take(count).Order()];
            Choices.Add(string.Join(',', chosen));
            return chosen;
        }
    }
}
