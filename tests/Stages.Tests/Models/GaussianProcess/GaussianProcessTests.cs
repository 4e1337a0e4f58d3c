using System.Text.Json;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.GaussianProcess;
using Pipeline.Stages.Models.KernelRidge;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Tests.Models.Kernels;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.GaussianProcess;

public sealed class GaussianProcessTests
{
    private static readonly GaussianProcessFamily Family = new([1, 3]);

    [Theory]
    [InlineData(30, 40)]
    [InlineData(12, 90)]
    [InlineData(60, 5)]
    public void Contract_AnyShape_Holds(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 91);
        ModelContract.Holds(new GaussianProcessRegression(2), x, y, 1e-8);
    }

    [Theory]
    [InlineData(30, 60, 5)]
    [InlineData(60, 12, 4)]
    public void FamilyContract_AnyShape_Holds(int n, int p, int folds)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 92);
        FamilyContract.Holds(Family, x, y, folds, 1e-10);
    }

    /// <summary>Tolerance: 1e-16 times samples over noise, 1e-5 here, for means; variances are differences from the signal variance.</summary>
    [Fact]
    public void Fit_GivenNoise_EqualsScikitLearn()
    {
        foreach ((JsonElement golden, Matrix x, Matrix y, Matrix others) in KernelGoldens.All())
        {
            FittedGaussianProcess fitted = new GaussianProcessRegression(
                golden.GetProperty("width").GetDouble(), golden.GetProperty("noise").GetDouble()).Fit(x.View, y.View);
            double signal = golden.GetProperty("signal").GetDouble();
            double likelihood = golden.GetProperty("logLikelihood").GetDouble();
            Assert.Equal(signal, fitted.SignalVariance, 1e-9 * signal);
            Assert.Equal(likelihood, fitted.LogLikelihood, 1e-8 * Math.Abs(likelihood));
            ModelContract.AssertClose(
                Goldens.ToDoubles(golden.GetProperty("mean")), ModelContract.Predict(fitted, others), 1e-9);
            double[] variance = new double[others.Rows];
            fitted.PredictVariance(others.View, variance);
            double[] expected = Goldens.ToDoubles(golden.GetProperty("variance"));
            for (int i = 0; i < variance.Length; i++)
            {
                Assert.Equal(expected[i], variance[i], 1e-8 * signal);
            }
        }
    }

    /// <summary>The chosen noise is the most likely of the grid, and the mean is kernel ridge with it.</summary>
    [Fact]
    public void Fit_NoiseLeftOpen_TakesTheMostLikely()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(40, 20, 4, 3e-2, 93);
        FittedGaussianProcess fitted = new GaussianProcessRegression(2).Fit(x.View, y.View);
        foreach (double noise in GaussianProcessRegression.NoiseGrid)
        {
            Assert.True(new GaussianProcessRegression(2, noise).Fit(x.View, y.View).LogLikelihood <= fitted.LogLikelihood);
        }

        Assert.InRange(fitted.NoiseRatio, 1e-8, 0.5);
        ModelContract.AssertClose(
            ModelContract.Predict(new KernelRidgeRegression(2, fitted.NoiseRatio).Fit(x.View, y.View), x),
            ModelContract.Predict(fitted, x),
            1e-12);
        Assert.Equal(fitted.NoiseRatio * fitted.SignalVariance, fitted.NoiseVariance);
    }

    [Theory]
    [InlineData(40, 90, 5, false)]
    [InlineData(90, 40, 5, false)]
    [InlineData(20, 50, 20, false)]
    [InlineData(40, 30, 5, true)]
    public void PredictFolds_AnyShape_EqualsFoldAfterFold(int n, int p, int folds, bool autoscales)
    {
        // Distances differ in their last digits, 1e-16, which noise of 1e-6 of the signal makes 1e-9.
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 94);
        FoldContract.EqualsNaive(Family, x, y, folds, autoscales, 1e-8);
        FoldContract.KeepsBitsForAnyRunner(Family, x, y, folds, autoscales);
    }

    [Fact]
    public void PredictFolds_Constants_PredictTheMean()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(20, 12, 4, 1e-2, 95);
        y.Values.Fill(3);
        FoldContract.EqualsNaive(Family, x, y, 4, autoscales: false, 0);
        FittedGaussianProcess fitted = new GaussianProcessRegression(2).Fit(x.View, y.View);
        double[] variance = new double[20];
        fitted.PredictVariance(x.View, variance);
        Assert.All(variance, value => Assert.Equal(0, value));
        x.Values.Fill(0.5);
        FoldContract.EqualsNaive(Family, x, y, 4, autoscales: false, 0);
    }

    [Fact]
    public void Settings_AsPeopleWriteThem()
    {
        ICandidateFamily family = Catalog.ParseFamily("gp(1, 4)");
        Assert.Equal(["width 4", "width 1"], family.Settings.Select(family.Describe));
        Assert.Equal(6, Catalog.ParseFamily("gp").Settings.Length);
        Assert.Empty(family.SettingsFor(1, 5));
        Assert.Throws<ArgumentException>(() => family.Model(new ModelSetting("lambda", 1)));
    }
}
