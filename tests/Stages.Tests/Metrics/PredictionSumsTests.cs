using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.Models;
using Xunit;

namespace Pipeline.Stages.Tests.Metrics;

public sealed class PredictionSumsTests
{
    /// <summary>
    /// Aim: one definition of the metrics, two sources. Method: two linear models of five folds, once by predicting
    /// every sample, once from the moments of the folds. R² is .97 and .5, so two digits of fifteen are lost; 1e-9 is wide.
    /// </summary>
    [Theory]
    [InlineData(0.01)]
    [InlineData(0.5)]
    public void Of_LinearModels_GivesTheMetricsOfPredictions(double noise)
    {
        const int Folds = 5;
        (Matrix x, Matrix y) = SimulatedSpectra.Make(203, 20, 4, 0.02, 5);
        var folds = new Folds([.. Enumerable.Range(0, 203).Select(i => ((7 * i) + (i / 3)) % Folds)], Folds);
        var data = new SharedSpectra(x, y, folds, false, Pieces.InOrder);
        FoldMoments moments = FoldMoments.Of(data, CancellationToken.None);
        var rng = new Pcg64(6);
        double[] reference = y.Values.ToArray();
        double[][] predicted = [new double[203], new double[203]];
        var sums = new PredictionSums[2, Folds];
        for (int k = 0; k < Folds; k++)
        {
            var coefficients = new Matrix(2, 20);
            double[] intercepts = [10.2, 9];
            foreach (ref double value in coefficients.Values)
            {
                value = noise * rng.NextNormal();
            }

            PredictionSums[] ofFold = PredictionSums.Of(moments.Fold(k), 0, coefficients.View, intercepts);
            for (int m = 0; m < 2; m++)
            {
                sums[m, k] = ofFold[m];
                foreach (int i in folds.HeldOut(k))
                {
                    predicted[m][i] = intercepts[m] + Products.Dot(coefficients.Row(m), x.Row(i));
                }
            }
        }

        var spread = ReferenceSpread.Of(reference);
        for (int m = 0; m < 2; m++)
        {
            PredictionSums[] ofModel = [.. Enumerable.Range(0, Folds).Select(k => sums[m, k])];
            AssertClose(RegressionMetrics.Of(spread, reference, predicted[m]), RegressionMetrics.Of(spread, PredictionSums.Merge(ofModel)));
            FoldMetrics expected = FoldMetrics.Of(reference, predicted[m], folds);
            FoldMetrics actual = FoldMetrics.Of(ofModel);
            Assert.Equal(expected.RSquaredFoldCount, actual.RSquaredFoldCount);
            AssertClose(expected.RmseMean, actual.RmseMean);
            AssertClose(expected.RmseDeviation, actual.RmseDeviation);
            AssertClose(expected.RSquaredMean, actual.RSquaredMean);
            AssertClose(expected.RSquaredDeviation, actual.RSquaredDeviation);
        }
    }

    private static void AssertClose(RegressionMetrics expected, RegressionMetrics actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        AssertClose(expected.Rmse, actual.Rmse);
        AssertClose(expected.Bias, actual.Bias);
        AssertClose(expected.Sep, actual.Sep);
        AssertClose(expected.RSquared, actual.RSquared);
        AssertClose(expected.Slope, actual.Slope);
        AssertClose(expected.Intercept, actual.Intercept);
        AssertClose(expected.Rpd, actual.Rpd);
        AssertClose(expected.Rpiq, actual.Rpiq);
    }

    private static void AssertClose(double expected, double actual) => Assert.Equal(expected, actual, 1e-9 * Math.Abs(expected));
}
