using System.Text.Json;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.ElasticNet;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Tests.Models.Pls;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.ElasticNet;

public sealed class ElasticNetRegressionTests
{
    /// <summary>Tolerance: conditions hold to 1e-9 of the penalty, and reversed rows round differently.</summary>
    [Theory]
    [InlineData(40, 30, 1e-2, 1)]
    [InlineData(12, 90, 1e-2, 1)]
    [InlineData(12, 90, 1e-3, 0.5)]
    [InlineData(200, 5, 1e-4, 1)]
    [InlineData(9, 3, 1e-1, 0.2)]
    public void Contract_AnyShape_Holds(int n, int p, double fraction, double mixing)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 4);
        ModelContract.Holds(new ElasticNetRegression(fraction, mixing), x, y, 1e-8);
    }

    [Fact]
    public void Contract_RankOne_Holds()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(20, 15, 1, 0, 4);
        ModelContract.Holds(new ElasticNetRegression(1e-2, 1), x, y, 1e-8);
    }

    /// <summary>Tolerance: the reference's coordinate descent stopped at 1e-14 of ‖y‖², which leaves its coefficients to about 1e-8.</summary>
    [Fact]
    public void Fit_GoldenCases_EqualScikitLearn()
    {
        foreach (JsonElement golden in Goldens.Load("elastic-net/sklearn.json").EnumerateArray())
        {
            (Matrix x, Matrix y) = Input(golden.GetProperty("input").GetString()!);
            double alpha = golden.GetProperty("alpha").GetDouble();
            double share = golden.GetProperty("l1_ratio").GetDouble();

            // The reference does not measure in deviations: the mixing that gives its two penalties here follows from one fit.
            FittedElasticNet probe = new ElasticNetRegression(1, 0.5).Fit(x.View, y.View);
            double mixing = share / (share + ((1 - share) * probe.L1 / probe.L2));
            double fraction = x.Rows * alpha * share / probe.L1;
            FittedElasticNet fitted = new ElasticNetRegression(fraction, mixing).Fit(x.View, y.View);
            Assert.Equal(x.Rows * alpha * share, fitted.L1, 1e-14 * fitted.L1);
            Assert.Equal(x.Rows * alpha * (1 - share), fitted.L2, 1e-13 * fitted.L1);
            double[] expected = Goldens.ToDoubles(golden.GetProperty("coef"));
            double error = ModelContract.RelativeError(expected, fitted.Coefficients);
            Assert.True(error <= 1e-7, $"{golden.GetProperty("input")}, alpha {alpha}, mixing {mixing}: {error:e2}.");
            Assert.Equal(
                expected.Select(value => value == 0), fitted.Coefficients.ToArray().Select(value => value == 0));
        }
    }

    /// <summary>Tolerance: the twin rests at 1e-15 moves of well-conditioned variables, the fit at 1e-9 of its penalty.</summary>
    [Theory]
    [InlineData(60, 20, 1)]
    [InlineData(60, 20, 0.3)]
    [InlineData(25, 60, 1)]
    [InlineData(25, 60, 0.7)]
    public void Fit_RandomVariables_EqualsCoordinateDescent(int n, int p, double mixing)
    {
        Matrix x = PlsRegressionTests.Random(n, p, 51);
        Matrix y = PlsRegressionTests.Random(n, 1, 52);
        using CentredCalibration calibration = CentredCalibration.Of(x.View, y.View);
        // With nearly as many variables used as samples the twin would not come to rest.
        double[] fractions = n > p ? [1.5, 1.01, 0.9, 0.3, 0.1] : [1.5, 1.01, 0.9, 0.4];
        foreach (double fraction in fractions)
        {
            FittedElasticNet fitted = new ElasticNetRegression(fraction, mixing).Fit(x.View, y.View);
            double[] expected = CoordinateDescent.Solve(
                calibration.X, calibration.Y, fitted.L1, fitted.L2, 200_000);
            double error = ModelContract.RelativeError(expected, fitted.Coefficients);
            Assert.True(error <= 1e-8, $"Fraction {fraction}: {error:e2}.");
            Assert.Equal(fraction >= 1, fitted.Coefficients.ToArray().All(value => value == 0));
        }
    }

    [Theory]
    [InlineData(25, 20)]
    [InlineData(15, 20)]
    public void Fit_ConstantVariable_GivesZeroCoefficient(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 4, 1e-2, 36);
        for (int i = 0; i < n; i++)
        {
            x[i, 4] = 0.1;
        }

        Assert.Equal(0, new ElasticNetRegression(1e-4, 1).Fit(x.View, y.View).Coefficients[4]);
    }

    [Fact]
    public void Fit_NoVariance_PredictsTheMean()
    {
        var flat = new Matrix(6, 4);
        Matrix y = PlsRegressionTests.Random(6, 1, 9);
        FittedElasticNet fitted = new ElasticNetRegression(1e-2, 1).Fit(flat.View, y.View);
        Assert.Equal(new double[4], fitted.Coefficients.ToArray());
        Assert.Equal(y.Values.ToArray().Average(), fitted.Intercept, 1e-15);
        y.Values.Fill(0.1);
        fitted = new ElasticNetRegression(1e-2, 1).Fit(PlsRegressionTests.Random(6, 4, 10).View, y.View);
        Assert.Equal(new double[4], fitted.Coefficients.ToArray());
        Assert.Equal(0.1, fitted.Intercept);
    }

    /// <summary>
    /// Aim: variables that repeat each other exactly, or sum to another, are no obstacle. Method: predictions of the
    /// doubled data equal those of the single ones, which are unique. Tolerance: that of the conditions.
    /// </summary>
    [Theory]
    [InlineData(30, 12)]
    [InlineData(12, 20)]
    public void Fit_RepeatedVariables_PredictsAsWithoutThem(int n, int p)
    {
        Matrix x = PlsRegressionTests.Random(n, p, 53);
        Matrix y = PlsRegressionTests.Random(n, 1, 54);
        var doubled = new Matrix(n, 2 * p);
        for (int i = 0; i < n; i++)
        {
            x.Row(i).CopyTo(doubled.Row(i));
            x.Row(i).CopyTo(doubled.Row(i)[p..]);
        }

        foreach (double fraction in new[] { 0.5, 0.1, 1e-2, 1e-3 })
        {
            var model = new ElasticNetRegression(fraction, 1);
            ModelContract.AssertClose(
                ModelContract.Predict(model.Fit(x.View, y.View), x),
                ModelContract.Predict(model.Fit(doubled.View, y.View), doubled),
                1e-8);
        }
    }

    /// <summary>
    /// Aim: the answer on spectra as they are measured, where neighbours correlate to 0.99999. Method: the conditions of
    /// the minimum, evaluated through the spectra; no other solver is needed, and coordinate descent would not end.
    /// </summary>
    [SharedTheory]
    [InlineData("corn_m5.csv", "moisture", 1)]
    [InlineData("corn_m5.csv", "moisture", 0.5)]
    [InlineData("tecator.csv", "fat", 1)]
    [InlineData("tecator.csv", "fat", 0.1)]
    [InlineData("gasoline.csv", "octane", 1)]
    public void FitPath_RealSpectra_ObeysTheConditions(string file, string response, double mixing)
    {
        (Matrix x, Matrix y) = RealSpectra.Read(file, response);
        var family = new ElasticNetFamily(mixing, ElasticNetFamily.DefaultGrid);
        ISettingPath path = family.FitPath(x.View, y.View, family.Settings);
        using CentredCalibration calibration = CentredCalibration.Of(x.View, y.View);
        double l1Max = Enumerable.Range(0, x.Columns).Max(j => Math.Abs(Gradient(calibration, calibration.Y, j)));
        for (int s = 0; s < family.Settings.Length; s++)
        {
            Assert.Null(path.FailureOf(s));
            (double[] b, _) = ((ElasticNetPath)path).Line(s);
            double l1 = family.Settings[s].Value * l1Max;
            double l2 = l1 * ((ElasticNetPath)path).SquareShare;
            double[] residual = new double[x.Rows];
            double scale = Math.Sqrt(calibration.YSquaredNorm);
            for (int i = 0; i < x.Rows; i++)
            {
                residual[i] = calibration.Y[i] - Products.Dot(calibration.X.Row(i), b);
            }

            for (int j = 0; j < x.Columns; j++)
            {
                scale += Math.Abs(b[j]) * Math.Sqrt(Length(calibration, j));
            }

            for (int j = 0; j < x.Columns; j++)
            {
                // The rounding of a gradient is some units in the last place of ‖x‖ (‖y‖ + Σ|b|‖x‖), here and in the fit.
                double slack = (2e-9 * l1) + (1e-14 * Math.Sqrt(Length(calibration, j)) * scale);
                double gradient = Gradient(calibration, residual, j) - (l2 * b[j]);
                double miss = b[j] == 0 ? Math.Abs(gradient) - l1 : Math.Abs(gradient - (l1 * Math.Sign(b[j])));
                Assert.True(miss <= slack, $"Penalty {s}, variable {j}, b {b[j]:g3}: {miss / l1:e2} of the penalty.");
            }
        }
    }

    internal static (Matrix X, Matrix Y) Input(string name)
    {
        if (name != "wide_std")
        {
            return ModelGoldens.Input(name);
        }

        (Matrix wide, Matrix y) = ModelGoldens.Input("wide");
        Matrix x = wide.SelectColumns([.. Enumerable.Range(0, (wide.Columns + 5) / 6).Select(j => 6 * j)]);
        double[] means = ColumnMoments.Means(x.View);
        double[] deviations = ColumnMoments.StandardDeviations(x.View, means);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++)
            {
                x[i, j] = (x[i, j] - means[j]) / (deviations[j] * Math.Sqrt((x.Rows - 1.0) / x.Rows));
            }
        }

        return (x, y);
    }

    private static double Length(CentredCalibration calibration, int j)
    {
        double sum = 0;
        for (int i = 0; i < calibration.X.Rows; i++)
        {
            sum += calibration.X[i, j] * calibration.X[i, j];
        }

        return sum;
    }

    private static double Gradient(CentredCalibration calibration, double[] residual, int j)
    {
        double sum = 0;
        for (int i = 0; i < residual.Length; i++)
        {
            sum += calibration.X[i, j] * residual[i];
        }

        return sum;
    }
}
