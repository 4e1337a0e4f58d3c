using Pipeline.Engine;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Prediction;
using Pipeline.Stages.Splitting;
using Xunit;

namespace Pipeline.Stages.Tests.Prediction;

public class ConformalIntervalTests
{
    [Theory]
    [InlineData(9, 0.1, 9)]
    [InlineData(19, 0.1, 18)]
    [InlineData(99, 0.05, 95)]
    [InlineData(100, 0.1, 91)]
    public void HalfWidth_IsTheResidualOfTheRank(int n, double alpha, double expected)
    {
        double[] magnitudes = [.. Enumerable.Range(1, n).Reverse().Select(i => (double)i)];
        Assert.Equal(expected, new ConformalInterval(magnitudes).HalfWidth(alpha));
    }

    [Fact]
    public void HalfWidth_TooFewResiduals_IsInfinite()
    {
        Assert.Equal(9, ConformalInterval.GroupsMin(0.1));
        Assert.Equal(double.PositiveInfinity, new ConformalInterval(new double[8]).HalfWidth(0.1));
        Assert.Equal(0, new ConformalInterval(new double[9]).HalfWidth(0.1));
    }

    [Fact]
    public void Of_Groups_CountOnceWithTheirLargest()
    {
        SampleGroups groups = ["a", "b", "a", "c"];
        Assert.Equal([2, 3, 5], ConformalInterval.Of([0, 0, 0, 0], [-1, 3, 5, 2], groups).Residuals.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void HalfWidth_AlphaIsNoShare_IsRefused(double alpha) =>
        Assert.Equal(FailureKind.InvalidRequest, Assert.Throws<StageException>(() => new ConformalInterval([1]).HalfWidth(alpha)).Kind);

    [Theory]
    [InlineData(39, 0.1)]
    [InlineData(99, 0.05)]
    [InlineData(25, 0.2)]
    public void HalfWidth_ExchangeableSamples_CoversAsTheorySays(int n, double alpha)
    {
        // Aim: mean coverage over 200 repetitions lies in [1 - α, 1 - α + 1/(n + 1)].
        // Each repetition predicts 100 new samples with one half-width. Coverage given the half-width is beta distributed with variance
        // at most α(1 - α)/(n + 2); with the binomial variance α(1 - α)/100 on top, the mean of 200 has the sd below.
        const int Repetitions = 200;
        const int Fresh = 100;
        var random = new Pcg64(20);
        int covered = 0;
        for (int repetition = 0; repetition < Repetitions; repetition++)
        {
            double[] magnitudes = [.. Enumerable.Range(0, n).Select(_ => Math.Abs(Error(random)))];
            double half = new ConformalInterval(magnitudes).HalfWidth(alpha);
            for (int i = 0; i < Fresh; i++)
            {
                covered += Math.Abs(Error(random)) <= half ? 1 : 0;
            }
        }

        double sd = Math.Sqrt(alpha * (1 - alpha) * ((1.0 / (n + 2)) + (1.0 / Fresh)) / Repetitions);
        double coverage = covered / (double)(Repetitions * Fresh);
        Assert.InRange(coverage, 1 - alpha - (4 * sd), 1 - alpha + (1.0 / (n + 1)) + (4 * sd));
    }

    /// <summary>Skewed and heavy-tailed: no normal theory would do.</summary>
    private static double Error(Pcg64 random)
    {
        double z = random.NextNormal();
        return (z * z * z) + (0.5 * random.NextNormal());
    }
}
