namespace Pipeline.Stages.Numerics;

/// <summary>The natural logarithm, with the same bits on every machine.</summary>
/// <remarks>
/// The function of the system's library differs between systems in the last bit. x = 2ⁿ m with m from √½ to √2, and
/// ln m = 2 (s + s³/3 + s⁵/5 + …) with s = (m - 1)/(m + 1), whose square of at most 0.0295 leaves 6e-19 behind s²³. The rounding of s is
/// kept, and ln 2 stands in two parts, so that little more than the last sum is rounded: within 0.6 units in the last place, also near 1.
/// ln 0 = -∞, and NaN below. About 10 ns.
/// </remarks>
internal static class NaturalLogarithm
{
    /// <summary>The part of ln 2 of which a multiple by an exponent is exact, and the rest.</summary>
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    private const double Log2E = 1.4426950408889634;
    private const double RootOf2 = 1.4142135623730951;
    private const double NormalMin = 2.2250738585072014e-308;
    private const int FractionBits = 52;
    private const int ExponentBias = 1023;

    /// <summary>ln x.</summary>
    public static double Of(double x)
    {
        if (!(x > 0) || double.IsPositiveInfinity(x))
        {
            return x == 0 ? double.NegativeInfinity : x > 0 ? x : double.NaN;
        }

        bool isSubnormal = x < NormalMin;
        long bits = BitConverter.DoubleToInt64Bits(isSubnormal ? x * (1L << FractionBits) : x);
        long n = (bits >> FractionBits) - ExponentBias - (isSubnormal ? FractionBits : 0);
        double m = BitConverter.Int64BitsToDouble((bits & ((1L << FractionBits) - 1)) | ((long)ExponentBias << FractionBits));
        if (m > RootOf2)
        {
            m /= 2;
            n++;
        }

        double difference = m - 1;
        double sum = m + 1;
        double sumRest = m - (sum - 1);
        double s = difference / sum;
        double sRest = (Math.FusedMultiplyAdd(-s, sum, difference) - (s * sumRest)) / sum;
        double square = s * s;
        double series = 1 / 23.0;
        series = Math.FusedMultiplyAdd(series, square, 1 / 21.0);
        series = Math.FusedMultiplyAdd(series, square, 1 / 19.0);
        series = Math.FusedMultiplyAdd(series, square, 1 / 17.0);
        series = Math.FusedMultiplyAdd(series, square, 1 / 15.0);
        series = Math.FusedMultiplyAdd(series, square, 1 / 13.0);
        series = Math.FusedMultiplyAdd(series, square, 1 / 11.0);
        series = Math.FusedMultiplyAdd(series, square, 1 / 9.0);
        series = Math.FusedMultiplyAdd(series, square, 1 / 7.0);
        series = Math.FusedMultiplyAdd(series, square, 1 / 5.0);
        series = Math.FusedMultiplyAdd(series, square, 1 / 3.0);
        double small = 2 * Math.FusedMultiplyAdd(s * square, series, sRest);

        // n ln 2 is 0, or larger than ln m.
        double whole = n * Ln2High;
        double high = whole + (2 * s);
        double rest = (2 * s) - (high - whole);
        return high + (rest + Math.FusedMultiplyAdd(n, Ln2Low, small));
    }

    /// <summary>log₂ x from ln x, within 2 units in the last place.</summary>
    public static double Base2(double x) => Of(x) * Log2E;
}
