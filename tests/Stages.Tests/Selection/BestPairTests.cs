using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.Models;
using Pipeline.Stages.Tests.Models.Pls;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Selection;

public sealed class BestPairTests
{
    [Theory]
    [InlineData(30, 12, 1)]
    [InlineData(8, 120, 1)]
    [InlineData(50, 9, 3)]
    [InlineData(4, 2, 1)]
    public void Select_RandomVariables_EqualsEveryFit(int n, int p, int q)
    {
        Matrix x = PlsRegressionTests.Random(n, p, 81);
        Matrix y = PlsRegressionTests.Random(n, q, 82);
        int ranks = Math.Min(5, p * (p - 1) / 2);
        (int, int)[] expected = [.. EveryFit(x, y).Take(ranks).Select(pair => (pair.First, pair.Second))];
        for (int rank = 1; rank <= ranks; rank++)
        {
            int[] chosen = new BestPair(rank).Select(x.View, y.View, Axis(p), []);
            Assert.Equal(expected[rank - 1], (chosen[0], chosen[1]));
        }
    }

    /// <summary>
    /// Aim: the answer is right where correlations alone cannot tell. Method: a response that is the difference of two
    /// neighbours which differ by 1e-4 of their variation, among 40 such neighbours: 1 - r² is about 1e-8.
    /// </summary>
    [Fact]
    public void Select_DifferenceOfNeighbours_IsFound()
    {
        var rng = new Pcg64(83);
        var x = new Matrix(60, 40);
        var y = new Matrix(60, 1);
        for (int i = 0; i < 60; i++)
        {
            double level = rng.NextNormal();
            for (int j = 0; j < 40; j++)
            {
                x[i, j] = 3 + level + (1e-4 * rng.NextNormal());
            }

            y[i, 0] = (1e4 * (x[i, 17] - x[i, 18])) + (1e-6 * rng.NextNormal());
        }

        Assert.Equal([17, 18], new BestPair(1).Select(x.View, y.View, Axis(40), []));
    }

    [Fact]
    public void Select_RepeatedAndConstantVariables_GoToTheLowerOnes()
    {
        Matrix few = PlsRegressionTests.Random(25, 6, 84);
        Matrix y = PlsRegressionTests.Random(25, 1, 85);
        Matrix x = few.SelectColumns([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
        for (int i = 0; i < 25; i++)
        {
            x[i, 5] = 7;
        }

        int[] single = new BestPair(1).Select(few.View, y.View, Axis(6), []);
        Assert.Equal([.. single.Select(j => 2 * j)], new BestPair(1).Select(x.View, y.View, Axis(12), []));
    }

    [Fact]
    public void Select_NothingToChoose_SaysWhy()
    {
        Matrix x = PlsRegressionTests.Random(10, 2, 86);
        Matrix y = PlsRegressionTests.Random(10, 1, 87);
        StageException error = Assert.Throws<StageException>(() => new BestPair(2).Select(x.View, y.View, Axis(2), []));
        Assert.Contains("only 1 pairs", error.Message, StringComparison.Ordinal);
        y.Values.Fill(0.1);
        Assert.Throws<StageException>(() => new BestPair(1).Select(x.View, y.View, Axis(2), []));
        Assert.Throws<StageException>(() => new BestPair(1).Select(x.View.RowBand(0, 3), y.View.RowBand(0, 3), Axis(2), []));
        Assert.Throws<StageException>(() => new BestPair(0));
        Assert.Equal("pairs(1)", Catalog.ParseSubset("pairs").Notation);
        Assert.Equal("pairs(3)", Catalog.ParseSubset("pairs(3)").Notation);
    }

    /// <summary>
    /// Aim: the known pair of water in corn is found from the spectra alone, with every fold choosing for itself.
    /// Method: 10 folds dealt by seed 0, least squares on the best pair.
    /// </summary>
    [SharedFact]
    public void CrossValidate_CornMoisture_Finds1908And2108()
    {
        (Matrix x, Matrix y, SpectralAxis axis) = RealSpectra.ReadWithAxis("corn_m5.csv", "moisture");
        Folds folds = new RandomFolds(10, 0).Split([.. Enumerable.Range(1, x.Rows).Select(i => $"corn_{i}")]);
        ICandidateFamily family = Catalog.ParseFamily("ols");
        var cells = new CellTable(folds, 1, 1);
        family.CrossValidate(
            new FoldedSpectra(x, y, axis, folds, null), [new BestPair(1)], family.Settings, cells, CancellationToken.None);
        Assert.Equal([1908.0, 2108.0], cells.Selection(0).Select(j => axis.Positions[j]));
        ReadOnlySpan<double> yHat = cells.Predictions(0);
        double sum = 0;
        for (int i = 0; i < x.Rows; i++)
        {
            sum += (yHat[i] - y[i, 0]) * (yHat[i] - y[i, 0]);
        }

        double rmsecv = Math.Sqrt(sum / x.Rows);
        Assert.True(rmsecv <= 0.0004, $"RMSECV {rmsecv:g4}.");
    }

    private static ImmutableArray<(int First, int Second, double Residual)> EveryFit(Matrix x, Matrix y)
    {
        var pairs = new List<(int First, int Second, double Residual)>();
        for (int i = 0; i < x.Columns; i++)
        {
            for (int j = i + 1; j < x.Columns; j++)
            {
                pairs.Add((i, j, Enumerable.Range(0, y.Columns).Sum(l => Unexplained(x.SelectColumns([i, j]), y.SelectColumns([l])))));
            }
        }

        return [.. pairs.OrderBy(pair => pair.Residual)];
    }

    private static double Unexplained(Matrix x, Matrix y)
    {
        double[] b = PlsRegressionTests.LeastSquares(x, y);
        double mean = y.Values.ToArray().Average();
        double residual = 0;
        double total = 0;
        for (int i = 0; i < x.Rows; i++)
        {
            double error = y[i, 0] - b[0] - (b[1] * x[i, 0]) - (b[2] * x[i, 1]);
            residual += error * error;
            total += (y[i, 0] - mean) * (y[i, 0] - mean);
        }

        return residual / total;
    }

    private static SpectralAxis Axis(int count) => new([.. Enumerable.Range(0, count).Select(j => (double)j)], AxisUnit.Channel);
}
