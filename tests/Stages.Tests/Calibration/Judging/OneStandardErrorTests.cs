using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Splitting;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration.Judging;

public class OneStandardErrorTests
{
    private static readonly double[] Y = [1, 2, 3, 4, 5, 6];
    private static readonly double[] YHat = [1.5, 2.0, 2.0, 4.25, 5.5, 5.0];

    [Fact]
    public void Limit_SamplesOnTheirOwn_IsTheStandardErrorOfTheMean()
    {
        double[] squared = [.. Y.Zip(YHat, (y, yHat) => (yHat - y) * (yHat - y))];
        double mean = squared.Average();
        double deviation = Math.Sqrt(squared.Sum(one => (one - mean) * (one - mean)) / (squared.Length - 1));
        double expected = Math.Sqrt(mean + (deviation / Math.Sqrt(squared.Length)));
        Assert.Equal(expected, OneStandardError.Limit(Y, YHat, ["a", "b", "c", "d", "e", "f"]), 1e-14);
    }

    [Fact]
    public void Limit_EverySampleTwice_IsThatOfTheSamplesOnce()
    {
        // Two equal replicates say no more than one: the limit must not become tighter.
        double[] y = [.. Y, .. Y];
        double[] yHat = [.. YHat, .. YHat];
        SampleGroups groups = ["a", "b", "c", "d", "e", "f", "a", "b", "c", "d", "e", "f"];
        double once = OneStandardError.Limit(Y, YHat, [.. groups.Take(6)]);
        Assert.Equal(once, OneStandardError.Limit(y, yHat, groups), 1e-14);
    }
}
