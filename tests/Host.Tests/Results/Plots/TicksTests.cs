using System.Globalization;
using Pipeline.Host.Results.Plots;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Host.Tests.Results.Plots;

public class TicksTests
{
    [Theory]
    [InlineData(0, 1, 5, "0.0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(1100, 2498, 7, "1200 1400 1600 1800 2000 2200 2400")]
    [InlineData(-0.013, 0.021, 7, "-0.010 -0.005 0.000 0.005 0.010 0.015 0.020")]
    [InlineData(8.1, 9.7, 4, "8.5 9.0 9.5")]
    [InlineData(0, 3e-9, 3, "0 1e-9 2e-9 3e-9")]
    [InlineData(-2e7, 1e7, 3, "-2e+7 -1e+7 0 1e+7")]
    public void Linear_Range_HasRoundMarks(double min, double max, int count, string expected) =>
        Assert.Equal(expected, string.Join(' ', Ticks.Linear(min, max, count).Labels));

    [Fact]
    public void Linear_OfWholeNumbers_HasNoOthers() => Assert.Equal(["1", "2"], Ticks.Linear(0.96, 2.04, 7, stepMin: 1).Labels.ToArray());

    [Fact]
    public void Linear_AnyRange_HasFewRoundMarksWithinThatCanBeToldApart()
    {
        const ulong Seed = 21;
        var random = new Pcg64(Seed);
        for (int round = 0; round < 2000; round++)
        {
            double width = Math.Pow(10, random.NextInt(24) - 12) * (0.1 + random.NextDouble());
            double min = width * (random.NextDouble() - 0.5) * Math.Pow(10, random.NextInt(4));
            var ticks = Ticks.Linear(min, min + width, 7);
            string about = string.Create(CultureInfo.InvariantCulture, $"{min:R} + {width:R}: {string.Join(' ', ticks.Labels)}");
            Assert.True(ticks.Values.Length is >= 2 and <= 9, about);
            Assert.True(ticks.Labels.Distinct().Count() == ticks.Labels.Length, about);
            double step = ticks.Values[1] - ticks.Values[0];
            double leading = step / Math.Pow(10, Math.Floor(Math.Log10(step) + 1e-9));
            Assert.True(((double[])[1, 2, 5]).Any(one => Math.Abs(leading - one) < 1e-4), about);
            for (int k = 0; k < ticks.Values.Length; k++)
            {
                Assert.True(ticks.Values[k] >= min - (1e-6 * width) && ticks.Values[k] <= min + width + (1e-6 * width), about);
                Assert.True(Math.Abs(double.Parse(ticks.Labels[k], CultureInfo.InvariantCulture) - ticks.Values[k]) < 0.01 * step, about);
            }
        }
    }

    [Theory]
    [InlineData(1e-6, 1, "1e-6 1e-5 1e-4 0.001 0.01 0.1 1")]
    [InlineData(9, 220, "10 20 50 100 200")]
    [InlineData(0.5, 1e12, "1 100 10000 1e6 1e8 1e10 1e12")]
    [InlineData(3, 4, "3.0 3.5 4.0")]
    public void Logarithmic_Range_HasPowersOfTen(double min, double max, string expected)
    {
        var ticks = Ticks.Logarithmic(min, max);
        Assert.All(ticks.Values, value => Assert.InRange(value, min * 0.999, max * 1.001));
        Assert.True(ticks.Values.Length is >= 2 and <= 9, string.Join(' ', ticks.Labels));
        Assert.Equal(expected, string.Join(' ', ticks.Labels));
    }
}
