using Pipeline.Stages.Numerics;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class HyperbolicTangentTests
{
    /// <summary>Two units in the last place of the system's function, which is within one of the truth: 3 × 2⁻⁵³ and rounding.</summary>
    [Fact]
    public void Apply_AllMagnitudes_IsWithinTwoUnitsOfTheLastPlace()
    {
        double[] x = [.. Enumerable.Range(0, 220_001).Select(i => i * 1.0003e-4), .. Enumerable.Range(0, 3000).Select(i => Math.Pow(0.9, i))];
        double[] values = [.. x];
        HyperbolicTangent.Apply(values);
        double[] negative = [.. x.Select(value => -value)];
        HyperbolicTangent.Apply(negative);
        double worst = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double expected = Math.Tanh(x[i]);
            Assert.Equal(-values[i], negative[i]);
            double unit = Math.BitIncrement(expected) - expected;
            worst = Math.Max(worst, Math.Abs(values[i] - expected) / unit);
        }

        Assert.True(worst <= 3, $"{worst} units in the last place from the system's function.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(19)]
    public void Apply_AnyLength_GivesEachValueItsOwnBits(int count)
    {
        double[] x = [.. Enumerable.Range(0, count).Select(i => (0.3 * i) - 1)];
        double[] values = [.. x];
        HyperbolicTangent.Apply(values);
        for (int i = 0; i < count; i++)
        {
            double[] one = [x[i]];
            HyperbolicTangent.Apply(one);
            Assert.Equal(one[0], values[i]);
        }
    }

    [Fact]
    public void Apply_Edges_AreExact()
    {
        double[] values = [0, 20, 1e300, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 1e-300];
        HyperbolicTangent.Apply(values);
        Assert.Equal([0, 1, 1, 1, -1, double.NaN, 1e-300], values);
    }
}
