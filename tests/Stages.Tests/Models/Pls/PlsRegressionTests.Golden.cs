using System.Text.Json;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Pls;

public sealed partial class PlsRegressionTests
{
    /// <summary>
    /// Relative to the largest golden value. Rounding grows with the components: 1e-15 at 1, 5e-14 at 6, 3e-12 at 10;
    /// the producers agree among themselves to 1e-12 up to 6 components.
    /// </summary>
    private const double GoldenTolerance = 1e-10;

    [Theory]
    [InlineData("mid")]
    [InlineData("wide")]
    [InlineData("tall")]
    public void Fit_EveryComponentCount_EqualsScikitLearn(string name)
    {
        JsonElement golden = Goldens.Load("pls/sklearn.json").EnumerateArray()
            .Single(item => item.GetProperty("input").GetString() == name);
        (Matrix x, Matrix y) = ModelGoldens.Input(name);
        int[] calibration = Goldens.ToIntegers(golden.GetProperty("train"));
        Matrix xNew = x.SelectRows(golden.GetProperty("new").ToIntegers());
        Matrix xCalibration = x.SelectRows(calibration);
        Matrix yCalibration = y.SelectRows(calibration);
        int A = golden.GetProperty("A").GetInt32();
        FittedPls fitted = new PlsRegression(A).Fit(xCalibration.View, yCalibration.View);
        double[] vip = new double[x.Columns];
        for (int a = 1; a <= A; a++)
        {
            ModelContract.AssertClose(Item(golden, "coef", a), fitted.Coefficients(a), GoldenTolerance);
            double intercept = golden.GetProperty("intercept")[a - 1].GetDouble();
            Assert.Equal(intercept, fitted.Intercept(a), GoldenTolerance * Math.Max(1, Math.Abs(intercept)));
            fitted.CopyImportance(a, vip);
            ModelContract.AssertClose(Item(golden, "vip", a), vip, GoldenTolerance);
            FittedPls one = new PlsRegression(a).Fit(xCalibration.View, yCalibration.View);
            ModelContract.AssertClose(Item(golden, "predTrain", a), ModelContract.Predict(one, xCalibration), GoldenTolerance);
            ModelContract.AssertClose(Item(golden, "predNew", a), ModelContract.Predict(one, xNew), GoldenTolerance);
        }
    }

    [Theory]
    [InlineData("mid")]
    [InlineData("tall")]
    public void Fit_Components_EqualScikitLearnUpToOurSign(string name)
    {
        JsonElement golden = Goldens.Load("pls/sklearn.json").EnumerateArray()
            .Single(item => item.GetProperty("input").GetString() == name);
        (Matrix x, Matrix y) = ModelGoldens.Input(name);
        int[] calibration = Goldens.ToIntegers(golden.GetProperty("train"));
        int A = golden.GetProperty("A").GetInt32();
        FittedPls fitted = new PlsRegression(A)
            .Fit(x.SelectRows(calibration).View, y.SelectRows(calibration).View);
        double[] squares = Goldens.ToDoubles(golden.GetProperty("scoreSquares"));
        double[] q = Goldens.ToDoubles(golden.GetProperty("yLoadings"));
        for (int a = 0; a < A; a++)
        {
            double[] w = Item(golden, "weights", a + 1);
            double sign = Math.Sign(w.MaxBy(Math.Abs));
            AssertSame(w, fitted.Weights.Row(a), sign);
            AssertSame(Item(golden, "loadings", a + 1), fitted.Loadings.Row(a), sign);
            AssertSame(Item(golden, "rotations", a + 1), fitted.Rotations.Row(a), sign);
            Assert.Equal(squares[a], fitted.ScoreSquares[a], GoldenTolerance * squares[a]);
            Assert.Equal(sign * q[a], fitted.YLoadings[a], GoldenTolerance * Math.Abs(q[a]));
        }
    }

    [Fact]
    public void Fit_EveryComponentCount_EqualsKernelPlsOfR()
    {
        JsonElement golden = Goldens.Load("pls/r-kernelpls.json");
        (Matrix x, Matrix y) = ModelGoldens.Input("mid");
        int[] calibration = Goldens.ToIntegers(golden.GetProperty("train"));
        Matrix xNew = x.SelectRows(golden.GetProperty("new").ToIntegers());
        var family = new PlsFamily(golden.GetProperty("A").GetInt32());
        Matrix xCalibration = x.SelectRows(calibration);
        Matrix yCalibration = y.SelectRows(calibration);
        ISettingPath path = family.FitPath(xCalibration.View, yCalibration.View, family.Settings);
        Matrix yHat = FamilyContract.PredictPath(path, xNew, family.Settings.Length);
        FittedPls fitted = new PlsRegression(family.Settings.Length).Fit(xCalibration.View, yCalibration.View);
        double[] column = new double[xNew.Rows];
        for (int a = 1; a <= family.Settings.Length; a++)
        {
            ModelContract.AssertClose(Item(golden, "coef", a), fitted.Coefficients(a), GoldenTolerance);
            yHat.View.CopyColumn(a - 1, column);
            ModelContract.AssertClose(Item(golden, "predNew", a), column, GoldenTolerance);
        }
    }

    private static double[] Item(JsonElement golden, string name, int number) =>
        Goldens.ToDoubles(golden.GetProperty(name)[number - 1]);

    private static void AssertSame(double[] expected, ReadOnlySpan<double> actual, double sign) =>
        ModelContract.AssertClose(expected.Select(value => sign * value).ToArray(), actual, GoldenTolerance);
}
