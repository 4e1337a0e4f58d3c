using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Ridge;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Tests.Models.Pls;
using Pipeline.Support;
using Xunit;
using MathNetMatrix = MathNet.Numerics.LinearAlgebra.Matrix<double>;

namespace Pipeline.Stages.Tests.Models.Ridge;

public sealed class RidgeRegressionTests
{
    [Theory]
    [InlineData(40, 30, 1e-4)]
    [InlineData(12, 90, 1e-3)]
    [InlineData(200, 5, 1e-6)]
    [InlineData(9, 3, 1)]
    public void Contract_AnyShape_Holds(int n, int p, double lambda)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 4);
        ModelContract.Holds(new RidgeRegression(lambda, RidgeScale.Trace), x, y, 1e-9);
    }

    [Fact]
    public void Contract_RankOne_Holds()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(20, 15, 1, 0, 4);
        ModelContract.Holds(new RidgeRegression(1e-4, RidgeScale.Trace), x, y, 1e-10);
    }

    /// <summary>Tolerance: the largest rounding is 1e-13, at alpha = 1e-3, which is 1e-7 of the trace.</summary>
    [Fact]
    public void Fit_GoldenCases_EqualScikitLearn()
    {
        foreach (JsonElement golden in Goldens.Load("ridge/sklearn.json").EnumerateArray())
        {
            string name = golden.GetProperty("input").GetString()!;
            (Matrix x, Matrix y) = ModelGoldens.Input(name);
            double alpha = golden.GetProperty("alpha").GetDouble();
            FittedRidge fitted = new RidgeRegression(alpha, RidgeScale.Absolute).Fit(x.View, y.View);
            double[] expected = Goldens.ToDoubles(golden.GetProperty("coef"));
            double error = ModelContract.RelativeError(expected, fitted.Coefficients);
            Assert.True(error <= 1e-11, $"{name}, alpha {alpha}: {error:e2}.");
            double intercept = golden.GetProperty("intercept").GetDouble();

            // The intercept is a difference of terms of this size.
            double terms = Enumerable.Range(0, x.Columns).Sum(j => Math.Abs(expected[j] * Enumerable.Range(0, x.Rows).Average(i => x[i, j])));
            Assert.Equal(intercept, fitted.Intercept, 1e-11 * terms);
            double[] yHat = [.. Enumerable.Range(0, x.Rows).Select(i => intercept + Products.Dot(x.Row(i), expected))];
            ModelContract.AssertClose(yHat, ModelContract.Predict(fitted, x), 1e-11);
        }
    }

    /// <summary>
    /// Aim: know what squaring the condition costs over the default grid. Method: against the singular value
    /// decomposition of centred X, which does not square it.
    /// </summary>
    [Theory]
    [InlineData(60, 150)]
    [InlineData(150, 60)]
    public void Fit_DefaultGrid_EqualsSingularValueDecomposition(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-4, 31);
        using CentredCalibration calibration = CentredCalibration.Of(x.View, y.View);
        var svd = MathNetMatrix.Build.DenseOfRowMajor(n, p, calibration.X.Values[..(n * p)].ToArray()).Svd();
        var uy = svd.U.TransposeThisAndMultiply(MathNet.Numerics.LinearAlgebra.Vector<double>.Build.Dense(calibration.Y));
        foreach (double relative in RidgeFamily.DefaultGrid)
        {
            double lambda = relative * calibration.SquaredNorm;
            double[] z = new double[p];
            for (int k = 0; k < Math.Min(n, p); k++)
            {
                z[k] = uy[k] * svd.S[k] / ((svd.S[k] * svd.S[k]) + lambda);
            }

            double[] expected = svd.VT.TransposeThisAndMultiply(MathNet.Numerics.LinearAlgebra.Vector<double>.Build.Dense(z)).ToArray();
            FittedRidge fitted = new RidgeRegression(relative, RidgeScale.Trace).Fit(x.View, y.View);
            double error = ModelContract.RelativeError(expected, fitted.Coefficients);
            Assert.True(error <= 1e-10, $"λ = {relative} of the trace: {error:e2}.");
        }
    }

    [Fact]
    public void Fit_DirectSolve_EqualsCholesky()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(70, 25, 5, 1e-2, 32);
        using CentredCalibration calibration = CentredCalibration.Of(x.View, y.View);
        MathNetMatrix X = MathNetMatrix.Build.DenseOfRowMajor(70, 25, calibration.X.Values[..(70 * 25)].ToArray());
        var right = X.TransposeThisAndMultiply(MathNet.Numerics.LinearAlgebra.Vector<double>.Build.Dense(calibration.Y));
        double lambda = 1e-4 * calibration.SquaredNorm;
        var expected = (X.TransposeThisAndMultiply(X) + (lambda * MathNetMatrix.Build.DenseIdentity(25))).Cholesky().Solve(right);
        FittedRidge fitted = new RidgeRegression(1e-4, RidgeScale.Trace).Fit(x.View, y.View);
        Assert.Equal(lambda, fitted.Lambda);
        ModelContract.AssertClose(expected.ToArray(), fitted.Coefficients, 1e-10);
    }

    [Fact]
    public void Fit_LambdaTowardsZero_IsLeastSquares()
    {
        Matrix x = PlsRegressionTests.Random(50, 7, 33);
        Matrix y = PlsRegressionTests.Random(50, 1, 34);
        double[] expected = PlsRegressionTests.LeastSquares(x, y);
        FittedRidge fitted = new RidgeRegression(1e-14, RidgeScale.Absolute).Fit(x.View, y.View);
        Assert.Equal(expected[0], fitted.Intercept, 1e-12);
        ModelContract.AssertClose(expected.AsSpan(1), fitted.Coefficients, 1e-12);
    }

    [Fact]
    public void Fit_LambdaTowardsInfinity_PredictsTheMean()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(20, 30, 4, 1e-2, 35);
        double mean = y.Values.ToArray().Average();
        FittedRidge fitted = new RidgeRegression(1e15, RidgeScale.Trace).Fit(x.View, y.View);
        Assert.All(ModelContract.Predict(fitted, x), value => Assert.Equal(mean, value, 1e-12 * Math.Abs(mean)));
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

        Assert.Equal(0, new RidgeRegression(1e-4, RidgeScale.Trace).Fit(x.View, y.View).Coefficients[4]);
    }

    [Fact]
    public void Fit_NoVariance_PredictsTheMean()
    {
        var x = new Matrix(6, 4);
        Matrix y = PlsRegressionTests.Random(6, 1, 9);
        FittedRidge fitted = new RidgeRegression(1e-4, RidgeScale.Trace).Fit(x.View, y.View);
        Assert.Equal(new double[4], fitted.Coefficients.ToArray());
        Assert.Equal(y.Values.ToArray().Average(), fitted.Intercept, 1e-15);
    }

    [Theory]
    [InlineData(20, 50)]
    [InlineData(50, 20)]
    public void Fit_LambdaBelowRounding_IsRefused(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 3, 0, 37);
        StageException failure = Assert.Throws<StageException>(
            () => new RidgeRegression(1e-18, RidgeScale.Trace).Fit(x.View, y.View));
        Assert.Equal(FailureKind.Numerical, failure.Kind);
        Assert.Contains("Ask for a larger λ", failure.Message, StringComparison.Ordinal);
    }
}
