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

    /// <summary>Aim: where C rises, starting from the smaller C's solution ends at the same place, and sooner.</summary>
    [Theory]
    [InlineData(1, 0.01)]
    [InlineData(0.1, 0.05)]
    [InlineData(0, 0.05)]
    public void TrySolve_FromTheSmallerC_GivesTheSameWithFewerSteps(double gamma, double epsilon)
    {
        (Matrix kernel, double[] z) = Problem(60, gamma);
        double[] beta = new double[60];
        long warmSteps = 0;
        long coldSteps = 0;
        foreach (double penalty in (double[])[1, 3, 10, 30, 100])
        {
            (double[] warm, double warmOffset, long steps) = Solve(kernel, z, penalty, epsilon, beta);
            (double[] cold, double coldOffset, long more) = Solve(kernel, z, penalty, epsilon, new double[60]);
            warmSteps += steps;
            coldSteps += more;
            for (int i = 0; i < 60; i++)
            {
                Assert.Equal(
                    coldOffset + Products.Dot(kernel.Row(i), cold), warmOffset + Products.Dot(kernel.Row(i), warm), 20 * Tolerance);
            }

            beta = warm;
        }

        Assert.True(warmSteps < coldSteps, $"{warmSteps} steps from the smaller C, {coldSteps} from 0.");
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
