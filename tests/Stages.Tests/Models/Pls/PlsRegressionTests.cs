using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;
using MathNetMatrix = MathNet.Numerics.LinearAlgebra.Matrix<double>;

namespace Pipeline.Stages.Tests.Models.Pls;

public sealed partial class PlsRegressionTests
{
    [Theory]
    [InlineData(40, 30, 3)]
    [InlineData(12, 90, 4)]
    [InlineData(200, 5, 5)]
    [InlineData(9, 3, 1)]
    public void Contract_AnyShape_Holds(int n, int p, int components)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 4);
        ModelContract.Holds(new PlsRegression(components), x, y, 1e-9);
    }

    [Fact]
    public void Contract_RankOne_Holds()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(20, 15, 1, 0, 4);
        ModelContract.Holds(new PlsRegression(1), x, y, 1e-12);
    }

    [Theory]
    [InlineData(30, 80)]
    [InlineData(80, 20)]
    public void Fit_Theory_ScoresOrthogonalWeightsOrthonormal(int n, int p)
    {
        const int A = 8;
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 5);
        FittedPls fitted = new PlsRegression(A).Fit(x.View, y.View);
        double[] centred = new double[p];
        var T = new Matrix(A, n);
        for (int i = 0; i < n; i++)
        {
            RowKernels.Subtract(x.Row(i), fitted.Means, centred);
            for (int a = 0; a < A; a++)
            {
                T[a, i] = Products.Dot(centred, fitted.Rotations.Row(a));
            }
        }

        for (int a = 0; a < A; a++)
        {
            Assert.True(fitted.Weights.Row(a).ToArray().MaxBy(Math.Abs) > 0);
            Assert.Equal(fitted.ScoreSquares[a], Products.Dot(T.Row(a), T.Row(a)), 1e-12 * fitted.ScoreSquares[a]);
            for (int b = 0; b <= a; b++)
            {
                double norms = Math.Sqrt(fitted.ScoreSquares[a] * fitted.ScoreSquares[b]);
                Assert.Equal(a == b ? 1 : 0, Products.Dot(T.Row(a), T.Row(b)) / norms, 1e-9);
                Assert.Equal(a == b ? 1 : 0, Products.Dot(fitted.Weights.Row(a), fitted.Weights.Row(b)), 1e-9);

                // R = W(PᵀW)⁻¹ means PᵀR = I.
                Assert.Equal(a == b ? 1 : 0, Products.Dot(fitted.Loadings.Row(a), fitted.Rotations.Row(b)), 1e-9);
            }
        }
    }

    [Fact]
    public void Fit_FullRank_IsLeastSquares()
    {
        Matrix x = Random(50, 7, 6);
        Matrix y = Random(50, 1, 7);
        FittedPls fitted = new PlsRegression(7).Fit(x.View, y.View);
        double[] expected = LeastSquares(x, y);
        Assert.Equal(expected[0], fitted.Intercept(7), 1e-10);
        ModelContract.AssertClose(expected.AsSpan(1), fitted.Coefficients(7), 1e-10);
    }

    [Fact]
    public void Fit_ManySeeds_EqualsNipals()
    {
        for (ulong seed = 1; seed <= 6; seed++)
        {
            int n = 15 + (int)(5 * seed);
            (Matrix x, Matrix y) = SimulatedSpectra.Make(n, 40, 5, 1e-2, seed);
            (Matrix fresh, _) = SimulatedSpectra.Make(9, 40, 5, 1e-2, seed + 100);
            Matrix expected = Nipals.Predict(x, y, fresh, 10);
            for (int a = 1; a <= 10; a++)
            {
                double[] actual = ModelContract.Predict(new PlsRegression(a).Fit(x.View, y.View), fresh);
                double error = ModelContract.RelativeError(expected.Row(a - 1), actual);
                Assert.True(error <= 1e-9, $"Seed {seed}, {a} components: {error:e2}.");
            }
        }
    }

    [Fact]
    public void Fit_ConstantVariable_GivesZeroCoefficient()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(25, 20, 4, 1e-2, 8);
        for (int i = 0; i < 25; i++)
        {
            x[i, 4] = 0.1;
        }

        FittedPls fitted = new PlsRegression(5).Fit(x.View, y.View);
        double[] vip = new double[20];
        fitted.CopyImportance(vip);
        Assert.Equal(0, fitted.Coefficients(5)[4]);
        Assert.Equal(0, vip[4]);
    }

    [Fact]
    public void Fit_ConstantResponse_PredictsItWithEveryCount()
    {
        (Matrix x, _) = SimulatedSpectra.Make(25, 20, 4, 1e-2, 8);
        var y = new Matrix(25, 1);
        y.Values.Fill(0.1);
        FittedPls fitted = new PlsRegression(5).Fit(x.View, y.View);
        double[] vip = new double[20];
        fitted.CopyImportance(vip);
        Assert.Equal(0, fitted.ComponentCount);
        Assert.All(ModelContract.Predict(fitted, x), value => Assert.Equal(0.1, value));
        Assert.All(vip, value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Fit_MoreComponentsThanRank_SaysHowManyAreSupported(int rank)
    {
        foreach ((int n, int p) in ((int, int)[])[(40, 100), (200, 30), (120, 120)])
        {
            (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, rank, 0, (ulong)(rank + n));

            // A response outside the span of the bands, so that only X runs out.
            Matrix noise = Random(n, 1, (ulong)n);
            Products.Axpy(1, noise.Values, y.Values);
            new PlsRegression(rank).Fit(x.View, y.View);
            StageException failure = Assert.Throws<StageException>(() => new PlsRegression(rank + 1).Fit(x.View, y.View));
            Assert.Equal(FailureKind.Numerical, failure.Kind);
            Assert.Equal($"{rank + 1} components asked, the calibration spectra support {rank}.", failure.Message);
        }
    }

    [Fact]
    public void Fit_ResponseInterpolated_StopsBeforeNoise()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(80, 300, 8, 1e-5, 5);
        var pls = new KernelPls(CentredCalibration.Of(x.View, y.View), 60);
        Assert.InRange(pls.Count, 10, 40);
    }

    [Fact]
    public void Fit_NoVariance_SupportsNoComponent()
    {
        var x = new Matrix(6, 4);
        Matrix y = Random(6, 1, 9);
        StageException failure = Assert.Throws<StageException>(() => new PlsRegression(1).Fit(x.View, y.View));
        Assert.Contains("support 0", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_NotANumber_NamesSampleAndVariable()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(10, 6, 2, 1e-2, 8);
        x[6, 2] = double.NaN;
        StageException failure = Assert.Throws<StageException>(() => new PlsRegression(2).Fit(x.View, y.View));
        Assert.Equal(FailureKind.InvalidData, failure.Kind);
        Assert.Contains("Calibration sample 7, variable 3", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CopyImportance_AnyCount_HasMeanSquareOne()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(30, 50, 5, 1e-2, 10);
        FittedPls fitted = new PlsRegression(6).Fit(x.View, y.View);
        double[] vip = new double[50];
        for (int a = 1; a <= 6; a++)
        {
            fitted.CopyImportance(a, vip);
            Assert.Equal(1, vip.Average(value => value * value), 1e-12);
        }
    }

    internal static Matrix Random(int rows, int columns, ulong seed) =>
        Numerics.ProductsTests.Random(rows, columns, new Pcg64(seed));

    /// <summary>Intercept and coefficients by MathNet's QR.</summary>
    internal static double[] LeastSquares(Matrix x, Matrix y)
    {
        var design = MathNetMatrix.Build.Dense(x.Rows, x.Columns + 1, (i, j) => j == 0 ? 1 : x[i, j - 1]);
        var response = MathNet.Numerics.LinearAlgebra.Vector<double>.Build.Dense(y.Values.ToArray());
        return design.QR().Solve(response).ToArray();
    }
}
