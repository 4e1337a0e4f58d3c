using Pipeline.Stages.Numerics;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class DecadicLogarithmTests
{
    [Fact]
    public void MinusDecadic_AllMagnitudes_IsAsCloseAsStated()
    {
        // From 1e-7 to 1e3 in steps that meet every mantissa, and values around 1, where the result is small.
        double[] x =
        [
            .. Enumerable.Range(0, 60_001).Select(i => Math.Pow(10, -7 + (i / 6000.0))),
            .. Enumerable.Range(-500, 1001).Select(i => 1 + (i * 1.7e-6)),
        ];
        double[] values = new double[x.Length];
        DecadicLogarithm.Minus(x, values);
        for (int i = 0; i < x.Length; i++)
        {
            double expected = -Math.Log10(x[i]);
            Assert.Equal(expected, values[i], 7e-16 * Math.Abs(expected));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(19)]
    public void MinusDecadic_AnyLength_GivesEachValueItsOwnBits(int count)
    {
        double[] x = [.. Enumerable.Range(1, count).Select(i => 0.3 * i)];
        double[] values = new double[count];
        DecadicLogarithm.Minus(x, values);
        for (int i = 0; i < count; i++)
        {
            double[] one = new double[1];
            DecadicLogarithm.Minus(x.AsSpan(i, 1), one);
            Assert.Equal(one[0], values[i]);
        }
    }

    [Fact]
    public void MinusDecadic_NoFiniteNumber_IsNone()
    {
        double[] values = [double.NaN, 0.5, double.PositiveInfinity];
        DecadicLogarithm.Minus(values, values);
        Assert.Equal([true, false, true], values.Select(double.IsNaN));
    }

    [Fact]
    public void MinusDecadic_One_IsZero()
    {
        double[] values = new double[1];
        DecadicLogarithm.Minus([1], values);
        Assert.Equal(0, values[0]);
        Assert.False(double.IsNegative(values[0]));
    }
}
