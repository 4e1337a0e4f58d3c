using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Models.SupportVectors;
using Pipeline.Stages.Numerics;
using Xunit;

namespace Pipeline.Stages.Tests.Models.SupportVectors;

public sealed class SequentialMinimizationTests
{
    private const double Tolerance = 1e-7;

    /// <summary>Karush, Kuhn and Tucker: within the tube no weight, on its edge any, outside it all of C.</summary>
    [Theory]
    [InlineData(7, 1, 1, 0.1)]
    [InlineData(41, 0.1, 100, 0.01)]
    [InlineData(64, 0, 10, 0.05)]
    [InlineData(83, 3, 1000, 0.001)]
    public void TrySolve_Regression_IsOptimal(int n, double gamma, double penalty, double epsilon)
    {
        (Matrix kernel, double[] z) = Problem(n, gamma);
        (double[] beta, double offset, _) = Solve(kernel, z, penalty, epsilon, new double[n]);
        Assert.Equal(0, beta.Sum(), 1e-9 * penalty);
        for (int i = 0; i < n; i++)
        {
            double residual = z[i] - offset - Products.Dot(kernel.Row(i), beta);
            Assert.InRange(beta[i], -penalty, penalty);
            if (Math.Abs(beta[i]) < penalty)
            {
                Assert.True(Math.Abs(residual) <= epsilon + Tolerance, $"Sample {i} lies outside the tube with {beta[i]}.");
            }

            if (beta[i] != 0)
            {
                Assert.True(Math.Sign(beta[i]) * residual >= epsilon - Tolerance, $"Sample {i} lies inside the tube with {beta[i]}.");
            }
        }
    }

    /// <summary>The same for two classes: at the margin any weight, outside it none, inside it all of C.</summary>
    [Theory]
    [InlineData(9, 1, 1, 2)]
    [InlineData(40, 0.3, 30, 1)]
    [InlineData(64, 0, 5, 3)]
    public void TrySolve_Classes_IsOptimal(int n, double gamma, double penalty, double ofSecond)
    {
        (Matrix kernel, double[] values) = Problem(n, gamma);
        double[] z = [.. values.Select(value => value > 0.2 ? 1.0 : -1.0)];
        (double[] lower, double[] upper) = BoundsOfClasses(z, penalty, ofSecond);
        double[] beta = new double[n];
        Assert.True(new SequentialMinimization(kernel, z, 0).TrySolve(lower, upper, Tolerance, 10_000_000, beta, out double offset));
        Assert.Equal(0, beta.Sum(), 1e-9 * penalty * ofSecond);
        for (int i = 0; i < n; i++)
        {
            double margin = z[i] * (offset + Products.Dot(kernel.Row(i), beta));
            Assert.InRange(beta[i], lower[i], upper[i]);
            Assert.True(beta[i] != 0 || margin >= 1 - Tolerance, $"Sample {i} lies inside the margin without weight.");
            Assert.True(beta[i] == 0 || margin <= 1 + Tolerance, $"Sample {i} lies outside the margin with {beta[i]}.");
            Assert.True(beta[i] == lower[i] || beta[i] == upper[i] || Math.Abs(margin - 1) <= Tolerance, $"Sample {i} is free at {margin}.");
        }
    }

    /// <summary>
    /// Aim: pairs chosen by their gain end where pairs taken in turn end. What is minimised agrees to what a violation of 1e-11 can leave,
    /// 1e-11 times the sum of all bounds and the plain solver's own end; functions to the root of twice that, for ½‖f‖² is part of it.
    /// </summary>
    [Theory]
    [InlineData(13, 1, 5, 0.1, false)]
    [InlineData(18, 3, 20, 0.01, false)]
    [InlineData(16, 0, 0.5, 0.05, false)]
    [InlineData(9, 2, 1, 2, false)]
    [InlineData(14, 1, 3, 0, true)]
    [InlineData(17, 0, 1, 0, true)]
    public void TrySolve_AnyProblem_EqualsPlainPairs(int n, double gamma, double penalty, double epsilon, bool isOfClasses)
    {
        (Matrix kernel, double[] values) = Problem(n, gamma);
        double[] z = isOfClasses ? [.. values.Select(value => value > 0.2 ? 1.0 : -1.0)] : values;
        (double[] lower, double[] upper) = isOfClasses
            ? BoundsOfClasses(z, penalty, 2)
            : ([.. z.Select(_ => -penalty)], [.. z.Select(_ => penalty)]);
        double[] plain = PlainPairs.Solve(kernel, z, epsilon, lower, upper);
        double[] beta = new double[n];
        Assert.True(new SequentialMinimization(kernel, z, epsilon).TrySolve(lower, upper, 1e-11, 10_000_000, beta, out double offset));
        double slack = (1e-11 * (upper.Sum() - lower.Sum())) + 1e-10;
        Assert.Equal(PlainPairs.Objective(kernel, z, epsilon, plain), PlainPairs.Objective(kernel, z, epsilon, beta), slack);
        double[] differences = [.. Enumerable.Range(0, n).Select(i => Products.Dot(kernel.Row(i), beta) - Products.Dot(kernel.Row(i), plain))];

        // Functions are known up to a constant, which the offset takes up: of lines K leaves out terms that Σβ = 0 makes one.
        double root = Math.Sqrt(2 * slack * Enumerable.Range(0, n).Max(i => Math.Abs(kernel[i, i] - (2 * kernel[i, 0]) + kernel[0, 0])));
        Assert.All(differences, difference => Assert.Equal(differences[0], difference, root));
        Assert.True(double.IsFinite(offset));
    }

    /// <summary>
    /// Aim: where C rises, starting from the smaller C's solution ends at the same place, and at once where no weight is at its bound any
    /// more.
    /// </summary>
    [Theory]
    [InlineData(1, 0.01, 1000, true)]
    [InlineData(0.1, 0.05, 100, false)]
    [InlineData(0, 0.05, 100, false)]
    public void TrySolve_FromTheSmallerC_GivesTheSame(double gamma, double epsilon, double largest, bool endsWithin)
    {
        (Matrix kernel, double[] z) = Problem(60, gamma);
        double[] beta = new double[60];
        long last = 0;
        for (double penalty = 1; penalty <= largest; penalty *= 10)
        {
            (double[] warm, double warmOffset, last) = Solve(kernel, z, penalty, epsilon, beta);
            (double[] cold, double coldOffset, _) = Solve(kernel, z, penalty, epsilon, new double[60]);
            for (int i = 0; i < 60; i++)
            {
                Assert.Equal(
                    coldOffset + Products.Dot(kernel.Row(i), cold), warmOffset + Products.Dot(kernel.Row(i), warm), 20 * Tolerance);
            }

            beta = warm;
        }

        Assert.Equal(endsWithin, last == 0);
    }

    [Fact]
    public void TrySolve_StepsMax_IsKept()
    {
        (Matrix kernel, double[] z) = Problem(40, 1);
        var problem = new SequentialMinimization(kernel, z, 0.01);
        double[] bound = [.. Enumerable.Repeat(10.0, 40)];
        Assert.False(problem.TrySolve([.. bound.Select(value => -value)], bound, Tolerance, 5, new double[40], out _));
        Assert.InRange(problem.StepCount, 5, 6);
        Assert.Equal(4_000_000, SequentialMinimization.StepsMax(1000));
    }

    private static (double[] Beta, double Offset, long Steps) Solve(Matrix kernel, double[] z, double penalty, double epsilon, double[] start)
    {
        var problem = new SequentialMinimization(kernel, z, epsilon);
        double[] beta = [.. start];
        double[] upper = [.. z.Select(_ => penalty)];
        Assert.True(problem.TrySolve([.. z.Select(_ => -penalty)], upper, Tolerance, 10_000_000, beta, out double offset));
        return (beta, offset, problem.StepCount);
    }

    private static (double[] Lower, double[] Upper) BoundsOfClasses(double[] z, double penalty, double ofSecond) =>
        ([.. z.Select(sign => sign > 0 ? 0 : -penalty * ofSecond)], [.. z.Select(sign => sign > 0 ? penalty : 0)]);

    private static (Matrix Kernel, double[] Z) Problem(int n, double gamma)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, 9, 4, 2e-2, 90);
        using CentredCalibration calibration = CentredCalibration.Of(x.View, y.View);
        Matrix squared = KernelCalibration.SquaredDistances(calibration.X);
        var kernel = new SupportVectorKernel(gamma);
        double deviation = Math.Sqrt(calibration.YSquaredNorm / n);
        return (kernel.Of(squared, kernel.Factor(SupportVectorKernel.TotalVariance(squared))), [.. calibration.Y.Select(value => value / deviation)]);
    }
}
