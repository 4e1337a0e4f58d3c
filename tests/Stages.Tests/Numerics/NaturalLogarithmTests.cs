using System.Numerics;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class NaturalLogarithmTests
{
    /// <summary>Binary places of the reference.</summary>
    private const int Places = 260;

    private static readonly BigInteger s_one = BigInteger.One << Places;

    /// <summary>ln 2 = 2 atanh(1/3).</summary>
    private static readonly BigInteger s_ln2 = 2 * InverseTangent(s_one / 3);

    /// <summary>
    /// Aim: the bound that is promised. Method: the same series in whole numbers of 2⁻²⁶⁰, at values of all exponents, near 1 from both
    /// sides down to its neighbours, at the cuts √½ and √2 and among subnormal ones.
    /// </summary>
    [Fact]
    public void Of_AllMagnitudes_IsWithinThreeFifthsOfAUnitOfTheLastPlace()
    {
        var random = new Pcg64(81);
        List<double> values = [2, 0.5, 10, double.Epsilon, double.MaxValue, 2.2250738585072014e-308, 2.2250738585072009e-308];
        for (int i = 0; i < 4000; i++)
        {
            values.Add(Math.ScaleB(1 + random.NextDouble(), random.NextInt(2098) - 1074));
            values.Add(0.5 + (1.5 * random.NextDouble()));
        }

        foreach (double cut in (double[])[1, 0.7071067811865476, 1.4142135623730951])
        {
            for (int k = 1; k <= 52; k++)
            {
                values.Add(cut + (cut * Math.ScaleB(1, -k)));
                values.Add(cut - (cut * Math.ScaleB(1, -k - 1)));
            }
        }

        double worst = values.Max(x => UnitsFrom(Exact(x), NaturalLogarithm.Of(x)));
        Assert.True(worst <= 0.6, $"{worst} units in the last place");
    }

    [Fact]
    public void Of_Edges_AreExact()
    {
        Assert.Equal(0, NaturalLogarithm.Of(1));
        Assert.Equal(double.NegativeInfinity, NaturalLogarithm.Of(0));
        Assert.Equal(double.NegativeInfinity, NaturalLogarithm.Of(-0.0));
        Assert.Equal(double.PositiveInfinity, NaturalLogarithm.Of(double.PositiveInfinity));
        Assert.Equal(double.NaN, NaturalLogarithm.Of(-1));
        Assert.Equal(double.NaN, NaturalLogarithm.Of(double.NaN));
        Assert.Equal(10, NaturalLogarithm.Base2(1024), 4e-15);
    }

    /// <summary>The logarithm as a whole number of 2⁻²⁶⁰.</summary>
    private static BigInteger Exact(double x)
    {
        int exponent = Math.ILogB(x);
        BigInteger m = Whole(Math.ScaleB(x, -exponent));
        return (exponent * s_ln2) + (2 * InverseTangent(((m - s_one) << Places) / (m + s_one)));
    }

    /// <summary>atanh s = s + s³/3 + s⁵/5 + …</summary>
    private static BigInteger InverseTangent(BigInteger s)
    {
        BigInteger square = (s * s) >> Places;
        BigInteger sum = 0;
        BigInteger power = s;
        for (int k = 1; !power.IsZero && power != -1; k += 2)
        {
            sum += power / k;
            power = (power * square) >> Places;
        }

        return sum;
    }

    private static double UnitsFrom(BigInteger exact, double value)
    {
        BigInteger unit = Whole(Math.BitIncrement(Math.Abs(value)) - Math.Abs(value));
        return Math.Abs((double)(Whole(value) - exact) / (double)unit);
    }

    /// <summary>A double, which has no place beyond 2⁻²⁶⁰ here, as a whole number of these.</summary>
    private static BigInteger Whole(double x)
    {
        if (x == 0)
        {
            return 0;
        }

        int exponent = Math.ILogB(x) - 52;
        return new BigInteger((long)Math.ScaleB(x, -exponent)) << (Places + exponent);
    }
}
