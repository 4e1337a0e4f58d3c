using System.Text.Json;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Metrics;

public sealed class RegressionMetricsTests
{
    private const double OfScale = 1e-12;

    private static readonly JsonElement Golden = Goldens.Load("metrics/cross_validation.json");
    private static readonly double[] Y = Golden.GetProperty("y").ToDoubles();
    private static readonly double YScale = Y.Max(Math.Abs);

    [Fact]
    public void Of_CrossValidation_MeetsGolden()
    {
        foreach (JsonElement entry in Golden.GetProperty("cases").EnumerateArray())
        {
            int[] foldOfSample = new int[Y.Length];
            int count = 0;
            foreach (JsonElement fold in entry.GetProperty("folds").EnumerateArray())
            {
                foreach (int i in fold.ToIntegers())
                {
                    foldOfSample[i] = count;
                }

                count++;
            }

            var folds = new Folds(foldOfSample, count);
            foreach (JsonElement model in entry.GetProperty("models").EnumerateArray())
            {
                double[] predicted = model.GetProperty("predictions").ToDoubles();
                ComparePooled(model.GetProperty("pooled"), RegressionMetrics.Of(Y, predicted));
                CompareFolds(model, FoldMetrics.Of(Y, predicted, folds));
            }
        }
    }

    [Fact]
    public void Of_LeaveOneOut_MeetsGolden()
    {
        foreach (JsonElement model in Golden.GetProperty("leave_one_out").EnumerateArray())
        {
            ComparePooled(model.GetProperty("pooled"), RegressionMetrics.Of(Y, model.GetProperty("predictions").ToDoubles()));
        }
    }

    [SharedFact]
    public void Of_EveryModelOfTheFullTable_MeetsGolden()
    {
        JsonElement table = Goldens.LoadShared("golden/cv_pls.json");
        foreach (JsonElement entry in table.GetProperty("cases").EnumerateArray())
        {
            foreach ((JsonElement predicted, JsonElement pooled) in
                entry.GetProperty("oof").EnumerateArray().Zip(entry.GetProperty("pooled").EnumerateArray()))
            {
                ComparePooled(pooled, RegressionMetrics.Of(Y, predicted.ToDoubles()));
            }
        }
    }

    [Fact]
    public void Of_RandomPredictions_EqualsTheTextbook()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            var random = new Pcg64(seed);
            int n = 2 + random.NextInt(60);
            double[] y = [.. Enumerable.Range(0, n).Select(_ => 10 + random.NextNormal())];
            double[] yHat = [.. y.Select(value => 1 + (0.9 * value) + (0.1 * random.NextNormal()))];
            double[] error = [.. y.Zip(yHat, (reference, predicted) => predicted - reference)];
            double slope = Covariance(yHat, y) / Covariance(yHat, yHat);
            RegressionMetrics metrics = RegressionMetrics.Of(y, yHat);
            string what = $"Seed {seed}";
            Tolerance.AssertClose(Math.Sqrt(error.Sum(e => e * e) / n), metrics.Rmse, OfScale, 1, what);
            Tolerance.AssertClose(Math.Sqrt(Covariance(error, error) / (n - 1)), metrics.Sep, OfScale, 1, what);
            Tolerance.AssertClose(1 - (error.Sum(e => e * e) / Covariance(y, y)), metrics.RSquared, 1e-10, 1 + Math.Abs(metrics.RSquared), what);
            Tolerance.AssertClose(slope, metrics.Slope, 1e-10, 1 + Math.Abs(slope), what);
            Tolerance.AssertClose(y.Average() - (slope * yHat.Average()), metrics.Intercept, 1e-9, 1 + (20 * Math.Abs(slope)), what);
        }
    }

    [Fact]
    public void Of_PredictionsOfALine_GivesTheLineOfReferenceOnPredicted()
    {
        // The reference is 2 + 3 ŷ, so the slope is that of reference on predicted and not its inverse.
        RegressionMetrics metrics = RegressionMetrics.Of([5, 8, 11, 14], [1, 2, 3, 4]);
        Assert.Equal(3, metrics.Slope, 12);
        Assert.Equal(2, metrics.Intercept, 12);
        Assert.Equal(-7, metrics.Bias, 12);
    }

    [Fact]
    public void Of_OneSample_IsNeverNaN()
    {
        RegressionMetrics metrics = RegressionMetrics.Of([3], [5]);
        Assert.Equal(new RegressionMetrics(1, 2, 2, 0, 0, 0, 3, 0, 0), metrics);
    }

    [Fact]
    public void Of_ReferenceWithoutVariance_IsNeverNaN()
    {
        RegressionMetrics off = RegressionMetrics.Of([0.1, 0.1, 0.1], [0.1, 0.2, 0.3]);
        Assert.Equal(0, off.RSquared);
        Assert.Equal(0, off.Rpd);
        Assert.Equal(0, off.Rpiq);
        Assert.Equal(1, RegressionMetrics.Of([0.1, 0.1, 0.1], [0.1, 0.1, 0.1]).RSquared);
    }

    [Fact]
    public void Of_ExactPredictions_HaveInfiniteRatios()
    {
        RegressionMetrics metrics = RegressionMetrics.Of([1, 2, 4, 8], [1, 2, 4, 8]);
        Assert.Equal(1, metrics.RSquared);
        Assert.Equal(double.PositiveInfinity, metrics.Rpd);
        Assert.Equal(double.PositiveInfinity, metrics.Rpiq);
    }

    [Fact]
    public void Of_ConstantPredictions_HaveSlopeZero()
    {
        RegressionMetrics metrics = RegressionMetrics.Of([1, 2, 3], [0.1, 0.1, 0.1]);
        Assert.Equal(0, metrics.Slope);
        Assert.Equal(2, metrics.Intercept);
    }

    [Fact]
    public void FoldMetrics_LeaveOneOut_LeavesRSquaredOut()
    {
        var folds = new Folds([0, 1, 2], 3);
        FoldMetrics metrics = FoldMetrics.Of([1, 2, 3], [1, 3, 5], folds);
        Assert.Equal(new FoldMetrics(3, 1, 1, 0, 0, 0), metrics);
    }

    private static void ComparePooled(JsonElement golden, RegressionMetrics metrics)
    {
        Tolerance.AssertClose(golden.GetProperty("rmse").GetDouble(), metrics.Rmse, OfScale, YScale, "RMSE");
        Tolerance.AssertClose(golden.GetProperty("bias").GetDouble(), metrics.Bias, OfScale, YScale, "Bias");
        Tolerance.AssertClose(golden.GetProperty("sep").GetDouble(), metrics.Sep, OfScale, YScale, "SEP");
        Tolerance.AssertClose(golden.GetProperty("r2").GetDouble(), metrics.RSquared, OfScale, 1, "R²");
        Tolerance.AssertClose(golden.GetProperty("rpd_sep").GetDouble(), metrics.Rpd, OfScale, metrics.Rpd, "RPD");
        Tolerance.AssertClose(golden.GetProperty("rpiq").GetDouble(), metrics.Rpiq, OfScale, metrics.Rpiq, "RPIQ");
    }

    private static void CompareFolds(JsonElement model, FoldMetrics metrics)
    {
        double[] rmse = model.GetProperty("per_fold_rmse").ToDoubles();
        double[] rSquared = model.GetProperty("per_fold_r2").ToDoubles();
        Assert.Equal(rmse.Length, metrics.RSquaredFoldCount);
        Tolerance.AssertClose(model.GetProperty("mean_fold_rmse").GetDouble(), metrics.RmseMean, OfScale, YScale, "RMSE");
        Tolerance.AssertClose(model.GetProperty("mean_fold_r2").GetDouble(), metrics.RSquaredMean, OfScale, 1, "R²");
        Tolerance.AssertClose(Math.Sqrt(Covariance(rmse, rmse) / (rmse.Length - 1)), metrics.RmseDeviation, OfScale, YScale, "RMSE");
        Tolerance.AssertClose(
            Math.Sqrt(Covariance(rSquared, rSquared) / (rmse.Length - 1)), metrics.RSquaredDeviation, OfScale, 1, "R²");
    }

    private static double Covariance(double[] first, double[] second)
    {
        double firstMean = first.Average();
        double secondMean = second.Average();
        return first.Zip(second, (a, b) => (a - firstMean) * (b - secondMean)).Sum();
    }
}
