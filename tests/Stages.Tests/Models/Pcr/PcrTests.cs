using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Pcr;
using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;
using MathNetMatrix = MathNet.Numerics.LinearAlgebra.Matrix<double>;

namespace Pipeline.Stages.Tests.Models.Pcr;

public sealed class PcrTests
{
    [Theory]
    [InlineData(40, 30, 6)]
    [InlineData(12, 90, 4)]
    [InlineData(200, 5, 5)]
    [InlineData(9, 3, 1)]
    public void Contract_AnyShape_Holds(int n, int p, int components)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 71);
        ModelContract.Holds(new PcrRegression(components), x, y, 1e-9);
    }

    [Theory]
    [InlineData(30, 60, 5, 5)]
    [InlineData(60, 12, 4, 8)]
    public void FamilyContract_AnyShape_Holds(int n, int p, int folds, int components)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 72);
        FamilyContract.Holds(new PcrFamily(components), x, y, folds, 1e-10);
    }

    /// <summary>Tolerance: rounding of the last components, 1e-16 of the first singular value over theirs, in either program.</summary>
    [Fact]
    public void Fit_GoldenCases_EqualScikitLearn()
    {
        foreach (JsonElement golden in Goldens.Load("pcr/sklearn.json").EnumerateArray())
        {
            string name = golden.GetProperty("input").GetString()!;
            (Matrix x, Matrix y) = ModelGoldens.Input(name);
            JsonElement coefficients = golden.GetProperty("coef");
            double[] squares = Goldens.ToDoubles(golden.GetProperty("squares"));
            for (int a = 0; a < squares.Length; a++)
            {
                FittedPcr fitted = new PcrRegression(a + 1).Fit(x.View, y.View);
                double[] expected = Goldens.ToDoubles(coefficients[a]);
                ModelContract.AssertClose(expected, fitted.Coefficients, 1e-10);
                ModelContract.AssertClose(squares.AsSpan(0, a + 1), fitted.ScoreSquares, 1e-13);
                double intercept = golden.GetProperty("intercept")[a].GetDouble();
                double[] yHat = [.. Enumerable.Range(0, x.Rows).Select(i => intercept + Products.Dot(x.Row(i), expected))];
                ModelContract.AssertClose(yHat, ModelContract.Predict(fitted, x), 1e-11);
            }

            // Held-out predictions of all folds at once.
            var family = new PcrFamily(squares.Length);
            CellTable cells = FoldContract.Predict(family, FoldContract.Shared(x, y, 5, false, Pieces.InOrder));
            for (int a = 0; a < squares.Length; a++)
            {
                ModelContract.AssertClose(Goldens.ToDoubles(golden.GetProperty("oof")[a]), cells.Predictions(a), 1e-11);
            }
        }
    }

    /// <summary>
    /// Aim: components far below the first keep their digits. Method: against the singular value decomposition of X, with
    /// singular values that fall to 1e-5 of the first. Tolerance: 1e-16 of the first singular value over the last and
    /// over the gap to the next, times the sizes of the sums.
    /// </summary>
    [Theory]
    [InlineData(50, 120)]
    [InlineData(120, 50)]
    public void Fit_SingularValuesOverFiveDecades_EqualsSingularValueDecomposition(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 9, 1e-5, 73);
        using CentredCalibration calibration = CentredCalibration.Of(x.View, y.View);
        var X = MathNetMatrix.Build.DenseOfRowMajor(n, p, calibration.X.ToMatrix().Values.ToArray());
        var svd = X.Svd();
        double[] b = new double[p];
        for (int a = 0; a < 12; a++)
        {
            double q = svd.U.Column(a).DotProduct(MathNet.Numerics.LinearAlgebra.Vector<double>.Build.Dense(calibration.Y)) / svd.S[a];
            Products.Axpy(q, svd.VT.Row(a).ToArray(), b);
            FittedPcr fitted = new PcrRegression(a + 1).Fit(x.View, y.View);
            Matrix fit = Centred(calibration.X, fitted.Coefficients);
            Matrix expected = Centred(calibration.X, b);
            double error = ModelContract.RelativeError(expected.Values, fit.Values);
            Assert.True(error <= 1e-10, $"{a + 1} components: {error:e2}.");
        }
    }

    [Theory]
    [InlineData(40, 90, 5, false)]
    [InlineData(90, 40, 5, false)]
    [InlineData(40, 33, 5, false)]
    [InlineData(20, 200, 20, false)]
    [InlineData(300, 9, 3, false)]
    [InlineData(90, 40, 5, true)]
    [InlineData(40, 90, 5, true)]
    public void PredictFolds_AnyShape_EqualsFoldAfterFold(int n, int p, int folds, bool autoscales)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-3, 74);
        FoldContract.EqualsNaive(new PcrFamily(9), x, y, folds, autoscales, 1e-10);
    }

    [Theory]
    [InlineData(40, 90)]
    [InlineData(90, 40)]
    public void PredictFolds_AnyRunner_GivesTheSameBits(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-3, 75);
        FoldContract.KeepsBitsForAnyRunner(new PcrFamily(9), x, y, 7, autoscales: false);
    }

    [Theory]
    [InlineData(30, 50)]
    [InlineData(50, 30)]
    public void PredictFolds_RankLossConstantsAndNotFinite_EqualsFoldAfterFold(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 4, 0, 76);
        var family = new PcrFamily(6);
        FoldContract.EqualsNaive(family, x, y, 5, autoscales: false, 1e-9);
        Assert.Equal("6 components asked, the calibration spectra support 4.", family.FitPath(x.View, y.View, family.Settings).FailureOf(5));
        StageException failure = Assert.Throws<StageException>(() => new PcrRegression(5).Fit(x.View, y.View));
        Assert.Equal(FailureKind.Numerical, failure.Kind);
        for (int i = 0; i < n; i++)
        {
            x[i, 4] = 0.3;
        }

        FoldContract.EqualsNaive(family, x, y, 5, autoscales: false, 1e-9);
        Assert.Equal(0, new PcrRegression(3).Fit(x.View, y.View).Coefficients[4]);
        y.Values.Fill(3);
        FoldContract.EqualsNaive(family, x, y, 5, autoscales: false, 1e-15);
        x.Values.Fill(1.5);
        FoldContract.EqualsNaive(family, x, y, 5, autoscales: false, 0);
        x[3, 2] = double.NaN;
        FoldContract.EqualsNaive(family, x, y, 5, autoscales: false, 0);
    }

    /// <summary>Two equal singular values: both components together are determined, and predictions with both are.</summary>
    [Theory]
    [InlineData(4, 12)]
    [InlineData(12, 4)]
    public void Fit_EqualSingularValues_PredictsWithBoth(int n, int p)
    {
        (Matrix x, Matrix y) = (new Matrix(n, p), new Matrix(n, 1));
        double[] first = n == 4 ? [1, -1, 1, -1] : [1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1];
        double[] second = n == 4 ? [1, 1, -1, -1] : [1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1];
        for (int i = 0; i < n; i++)
        {
            x[i, 1] = first[i];
            x[i, 2] = second[i];
            y[i, 0] = (2 * first[i]) - second[i];
        }

        FittedPcr fitted = new PcrRegression(2).Fit(x.View, y.View);
        Assert.Equal(2, fitted.Coefficients[1], 1e-14);
        Assert.Equal(-1, fitted.Coefficients[2], 1e-14);
        ModelContract.AssertClose(y.Values, ModelContract.Predict(fitted, x), 1e-14);
    }

    [Fact]
    public void Settings_AsPeopleWriteThem()
    {
        ICandidateFamily family = Catalog.ParseFamily("pcr(10)");
        Assert.Equal("pcr", family.Name);
        Assert.Equal("6 PC", family.Describe(family.Settings[5]));
        Assert.Equal(7, family.SettingsFor(8, 100).Length);
        Assert.Throws<StageException>(() => Catalog.ParseFamily("pcr(0)"));
        Assert.Throws<ArgumentException>(() => family.Model(new ModelSetting("components", 1.5)));
    }

    private static Matrix Centred(MatrixView x, ReadOnlySpan<double> b)
    {
        var fit = new Matrix(x.Rows, 1);
        Products.Project(x, b, fit.Values);
        return fit;
    }
}
