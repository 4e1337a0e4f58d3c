using Pipeline.Stages.Numerics;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class ExponentialTests
{
    [Fact]
    public void OfNegative_AllMagnitudes_IsWithinTwoUnitsOfTheLastPlace()
    {
        double[] x = [.. Enumerable.Range(0, 70_001).Select(i => i * 0.0101)];
        double[] values = new double[x.Length];
        Exponential.OfNegative(1, x, values);
        for (int i = 0; i < x.Length; i++)
        {
            double expected = Math.Exp(-x[i]);
            Assert.Equal(expected, values[i], 4.5e-16 * expected);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(19)]
    public void OfNegative_AnyLength_GivesEachValueItsOwnBits(int count)
    {
        double[] x = [.. Enumerable.Range(0, count).Select(i => 0.3 * i)];
        double[] values = new double[count];
        Exponential.OfNegative(2.5, x, values);
        for (int i = 0; i < count; i++)
        {
            double[] one = new double[1];
            Exponential.OfNegative(2.5, x.AsSpan(i, 1), one);
            Assert.Equal(one[0], values[i]);
        }

        Assert.Equal(1, values[0]);
    }

    [Fact]
    public void OfNegative_FarAway_IsZero()
    {
        double[] values = new double[3];
        Exponential.OfNegative(1, [709, 1e300, double.PositiveInfinity], values);
        Assert.Equal([0, 0, 0], values);
    }

    /// <summary>
    /// Aim: one number at or below 0 has the bits of many, above 0 the promised bound, to which the library's function adds a unit at most.
    /// A unit in the last place is at most 2.23e-16 of a value.
    /// </summary>
    [Fact]
    public void Of_OneNumber_IsThatOfManyOrItsInverse()
    {
        for (int i = 0; i <= 70_000; i++)
        {
            double x = i * 0.0101;
            double[] below = new double[1];
            Exponential.OfNegative(1, [x], below);
            Assert.Equal(below[0], Exponential.Of(-x));
            double expected = Math.Exp(x);
            Assert.Equal(expected, Exponential.Of(x), 8.9e-16 * expected);
        }
    }

    [Fact]
    public void Of_Edges_AreExact()
    {
        Assert.Equal(1, Exponential.Of(0));
        Assert.Equal(1, Exponential.Of(-0.0));
        Assert.Equal(0, Exponential.Of(-709));
        Assert.Equal(0, Exponential.Of(double.NegativeInfinity));
        Assert.Equal(double.PositiveInfinity, Exponential.Of(709));
        Assert.Equal(double.PositiveInfinity, Exponential.Of(double.PositiveInfinity));
        Assert.Equal(double.NaN, Exponential.Of(double.NaN));
    }
}
