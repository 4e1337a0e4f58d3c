using System.Collections.Immutable;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;
using Xunit;

namespace Pipeline.Support;

/// <summary>What a family that answers all folds at once must keep beside the contract of every family.</summary>
public static class FoldContract
{
    /// <summary>All folds at once give what fold after fold gives: failures, and predictions to a part of the largest.</summary>
    /// <returns>The largest relative difference.</returns>
    public static double EqualsNaive(ICandidateFamily family, Matrix x, Matrix y, int folds, bool autoscales, double tolerance)
    {
        SharedSpectra data = Shared(x, y, folds, autoscales, Pieces.InOrder);
        CellTable fast = Predict(family, data);
        CellTable naive = Naive(family, data);
        double largest = 0;
        for (int s = 0; s < fast.CandidateCount; s++)
        {
            for (int k = 0; k < folds; k++)
            {
                Assert.Equal(naive.FailureOf(s, k), fast.FailureOf(s, k));
            }

            double[] expected = [.. naive.Predictions(s).ToArray().Where(double.IsFinite)];
            double[] actual = [.. fast.Predictions(s).ToArray().Where(double.IsFinite)];
            double error = expected.Length == 0 ? 0 : ModelContract.RelativeError(expected, actual);
            Assert.True(error <= tolerance, $"{family.Describe(family.Settings[s])}: relative error {error:e2} exceeds {tolerance:e2}.");
            largest = Math.Max(largest, error);
        }

        return largest;
    }

    /// <summary>Pieces in reverse order, and on threads of their own, give the same bits.</summary>
    public static void KeepsBitsForAnyRunner(ICandidateFamily family, Matrix x, Matrix y, int folds, bool autoscales)
    {
        byte[] inOrder = Predict(family, Shared(x, y, folds, autoscales, Pieces.InOrder)).ToBytes();
        Assert.Equal(inOrder, Predict(family, Shared(x, y, folds, autoscales, Reversed)).ToBytes());
        Assert.Equal(inOrder, Predict(family, Shared(x, y, folds, autoscales, Threads)).ToBytes());
    }

    /// <summary>The cells of all settings of a family, all folds asked at once.</summary>
    public static CellTable Predict(ICandidateFamily family, SharedSpectra data)
    {
        var cells = new CellTable(data.Folds, 1, family.Settings.Length);
        family.PredictFolds(data, All(data), family.Settings, Open(cells), CancellationToken.None);
        return cells;
    }

    /// <summary>The cells of all settings of a family, fold after fold.</summary>
    public static CellTable Naive(ICandidateFamily family, SharedSpectra data)
    {
        var cells = new CellTable(data.Folds, 1, family.Settings.Length);
        NaiveFolds.Predict(family, data, All(data), family.Settings, Open(cells), CancellationToken.None);
        return cells;
    }

    /// <summary>Spectra with sample i held out in fold i modulo K.</summary>
    public static SharedSpectra Shared(Matrix x, Matrix y, int folds, bool autoscales, PieceRunner runner) =>
        new(x, y, new Folds([.. Enumerable.Range(0, x.Rows).Select(i => i % folds)], folds), autoscales, runner);

    private static ImmutableArray<int> All(SharedSpectra data) => [.. Enumerable.Range(0, data.Folds.Count)];

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
