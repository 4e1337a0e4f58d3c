using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Tests.Models.Trees.Boosting;

/// <summary>Classes, folds and figures for tests of boosting.</summary>
internal static class BoostingCases
{
    /// <summary>Spectra with classes cut at equal shares of the response.</summary>
    public static (Matrix X, Matrix Y) Classes(int n, int p, int classes, ulong seed)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 0.02, seed);
        double[] sorted = [.. y.Values.ToArray().Order()];
        return (x, Indicators([.. y.Values.ToArray().Select(value => Array.IndexOf(sorted, value) * classes / n)], classes));
    }

    /// <summary>n × C indicators.</summary>
    public static Matrix Indicators(int[] classes, int count)
    {
        var y = new Matrix(classes.Length, count);
        for (int i = 0; i < classes.Length; i++)
        {
            y[i, classes[i]] = 1;
        }

        return y;
    }

    /// <summary>The cells of a family, sample i held out in fold i modulo K.</summary>
    public static CellTable Predict(ICandidateFamily family, Matrix x, Matrix y, int folds, PieceRunner runner, bool naive = false)
    {
        var some = new Folds([.. Enumerable.Range(0, x.Rows).Select(i => i % folds)], folds);
        var data = new Pipeline.Stages.CrossProducts.SharedSpectra(x, y, some, false, runner);
        var cells = new CellTable(some, 1, family.Settings.Length, outputCount: y.Columns);
        var predictions = new FoldPredictions(cells, [.. Enumerable.Range(0, family.Settings.Length)]);
        if (naive)
        {
            NaiveFolds.Predict(family, data, [.. Enumerable.Range(0, folds)], family.Settings, predictions, CancellationToken.None);
        }
        else
        {
            family.PredictFolds(data, [.. Enumerable.Range(0, folds)], family.Settings, predictions, CancellationToken.None);
        }

        return cells;
    }

    /// <summary>1 - SSE/SST.</summary>
    public static double R2(ReadOnlySpan<double> y, ReadOnlySpan<double> yHat)
    {
        double mean = y.ToArray().Average();
        double errors = 0;
        double total = 0;
        for (int i = 0; i < y.Length; i++)
        {
            errors += (y[i] - yHat[i]) * (y[i] - yHat[i]);
            total += (y[i] - mean) * (y[i] - mean);
        }

        return 1 - (errors / total);
    }

    /// <summary>The share of samples whose most probable class is their own.</summary>
    public static double Accuracy(Matrix y, ReadOnlySpan<double> probabilities)
    {
        int right = 0;
        for (int i = 0; i < y.Rows; i++)
        {
            double[] row = probabilities.Slice(i * y.Columns, y.Columns).ToArray();
            right += y[i, Array.IndexOf(row, row.Max())] == 1 ? 1 : 0;
        }

        return right / (double)y.Rows;
    }

    /// <summary>Pieces on two threads, the later first.</summary>
    public static void TwoThreads(int count, Action<int> piece)
    {
        var other = new Thread(() =>
        {
            for (int i = count - 1; i >= 0; i -= 2)
            {
                piece(i);
            }
        });
        other.Start();
        for (int i = count - 2; i >= 0; i -= 2)
        {
            piece(i);
        }

        other.Join();
    }
}
