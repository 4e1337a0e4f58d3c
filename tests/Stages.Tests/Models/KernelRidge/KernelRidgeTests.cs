using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.KernelRidge;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Tests.Models.Kernels;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.KernelRidge;

public sealed partial class KernelRidgeTests
{
    private static readonly KernelRidgeFamily Family = new([1, 3], [1e-1, 1e-3, 1e-5]);

    [Theory]
    [InlineData(30, 40)]
    [InlineData(12, 90)]
    [InlineData(60, 5)]
    [InlineData(5, 1)]
    public void Contract_AnyShape_Holds(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 81);
        ModelContract.Holds(new KernelRidgeRegression(2, 1e-3), x, y, 1e-9);
    }

    /// <summary>λ this large, because the contract puts samples a million times the scatter away, which take the digits of all distances.</summary>
    [Theory]
    [InlineData(30, 60, 5)]
    [InlineData(60, 12, 4)]
    public void FamilyContract_AnyShape_Holds(int n, int p, int folds)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 82);
        FamilyContract.Holds(new KernelRidgeFamily([1, 3], [10, 1]), x, y, folds, 1e-12);
    }

    /// <summary>Tolerance: the same as of the two tools with each other, which solve by Cholesky.</summary>
    [Fact]
    public void Fit_GoldenCases_EqualScikitLearn()
    {
        foreach ((JsonElement golden, Matrix x, Matrix y, Matrix others) in KernelGoldens.All())
        {
            FittedKernelRidge fitted = new KernelRidgeRegression(
                golden.GetProperty("width").GetDouble(), golden.GetProperty("noise").GetDouble()).Fit(x.View, y.View);
            Assert.Equal(golden.GetProperty("length").GetDouble(), fitted.Length, 1e-13 * fitted.Length);
            ModelContract.AssertClose(
                Goldens.ToDoubles(golden.GetProperty("krr")), ModelContract.Predict(fitted, others), 1e-10);
        }
    }

    [Theory]
    [InlineData(40, 90, 5, false)]
    [InlineData(90, 40, 5, false)]
    [InlineData(20, 50, 20, false)]
    [InlineData(40, 30, 5, true)]
    public void PredictFolds_AnyShape_EqualsFoldAfterFold(int n, int p, int folds, bool autoscales)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-3, 83);
        FoldContract.EqualsNaive(Family, x, y, folds, autoscales, 1e-9);
        FoldContract.KeepsBitsForAnyRunner(Family, x, y, folds, autoscales);
    }

    [Fact]
    public void PredictFolds_OffsetFarAboveTheVariation_EqualsFoldAfterFold()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(30, 50, 6, 1e-3, 84);
        foreach (ref double value in x.Values)
        {
            value += 1e4;
        }

        // The offset costs the spectra five digits, and differences of means another: distances agree to 1e-11.
        FoldContract.EqualsNaive(new KernelRidgeFamily([2], [1e-2]), x, y, 5, autoscales: false, 1e-8);
    }

    [Fact]
    public void PredictFolds_ConstantsTwinsAndNotFinite_EqualsFoldAfterFold()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(20, 12, 4, 1e-3, 85);
        for (int i = 0; i < 20; i++)
        {
            x[i, 4] = 0.3;
        }

        x.Row(0).CopyTo(x.Row(7));
        FoldContract.EqualsNaive(Family, x, y, 4, autoscales: false, 1e-9);
        double[] importance = new double[12];
        new KernelRidgeRegression(1, 1e-3).Fit(x.View, y.View).CopyImportance(importance);
        Assert.Equal(0, importance[4]);
        Assert.True(importance[3] > 0);
        y.Values.Fill(3);
        FoldContract.EqualsNaive(Family, x, y, 4, autoscales: false, 0);
        x.Values.Fill(0.5);
        FoldContract.EqualsNaive(Family, x, y, 4, autoscales: false, 1e-15);
        x[3, 2] = double.NaN;
        FoldContract.EqualsNaive(Family, x, y, 4, autoscales: false, 0);
    }

    [Fact]
    public void Fit_LambdaBelowRounding_IsRefused()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(20, 12, 2, 0, 86);
        StageException failure = Assert.Throws<StageException>(() => new KernelRidgeRegression(100, 1e-15).Fit(x.View, y.View));
        Assert.Equal(FailureKind.Numerical, failure.Kind);
        Assert.Contains("Ask for a larger λ", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>A very wide kernel with little penalty is a plane: 1 - d²/(2s²) spans constants and products with the spectra.</summary>
    [Fact]
    public void Fit_WideKernel_FollowsAStraightLine()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(40, 3, 3, 0, 87);
        double[] yHat = ModelContract.Predict(new KernelRidgeRegression(100, 1e-10).Fit(x.View, y.View), x);

        // The kernel's curvature is (d/s)², 1e-4 of the response.
        ModelContract.AssertClose(y.Values, yHat, 1e-3);
    }

    [Fact]
    public void Settings_AsPeopleWriteThem()
    {
        ICandidateFamily family = Catalog.ParseFamily("krr(1, 4; 1e-3, 1e-5)");
        Assert.Equal(
            ["width 4, λ=1e-3", "width 4, λ=1e-5", "width 1, λ=1e-3", "width 1, λ=1e-5"], family.Settings.Select(family.Describe));
        Assert.Equal(new ModelSetting("lambda at width 4", 1e-3), family.Settings[0]);
        Assert.Equal(28, Catalog.ParseFamily("krr").Settings.Length);
        Assert.Equal(14, Catalog.ParseFamily("krr(1, 3)").Settings.Length);
        Assert.Empty(family.SettingsFor(1, 5));
        Assert.Throws<ArgumentException>(() => family.Model(new ModelSetting("lambda at width 2", 1e-3)));
        foreach (string wrong in (string[])["krr(0)", "krr(1, 1)", "krr(1; 0)", "krr(1; 1e-3, 1e-3)", "krr(x)", "krr(1e9)"])
        {
            Assert.Equal(FailureKind.InvalidRequest, Assert.Throws<StageException>(() => Catalog.ParseFamily(wrong)).Kind);
        }
    }
}
