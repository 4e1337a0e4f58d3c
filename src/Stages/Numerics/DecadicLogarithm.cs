using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>The decadic logarithm of positive numbers, with the same bits on every machine.</summary>
/// <remarks>
/// The function of the system's library differs between systems in the last bit. x = 2ⁿ m with m in [√½, √2),
/// ln m = 2 artanh s with s = (m − 1) / (m + 1), by its series to s²³, which |s| ≤ 0.172 leaves 6e-19 of; log₁₀ 2 in two
/// parts. Relative error at most 7·10⁻¹⁶; exactly 0 at 1; NaN of NaN and infinity, so that no gap is hidden.
/// </remarks>
internal static class DecadicLogarithm
{
    private const double DecadicE = 0.43429448190325182765;
    private const double DecadicTwoHigh = 3.01029995663611771306e-01;
    private const double DecadicTwoLow = 3.69423907715893078616e-13;
    private const double RootOfTwo = 1.4142135623730951;
    private const long ExponentBias = 1023;
    private const long MantissaMask = (1L << 52) - 1;

    /// <summary>target = −log₁₀ x for n normal positive values; target may be x itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Minus(ReadOnlySpan<double> x, Span<double> target)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, x.Length);
        int i = 0;
        for (; i + Lanes.Width <= x.Length; i += Lanes.Width)
        {
            Minus(Vector512.Create(x.Slice(i, Lanes.Width))).CopyTo(target[i..]);
        }

        if (i < x.Length)
        {
            Span<double> rest = stackalloc double[Lanes.Width];
            rest.Fill(1);
            x[i..].CopyTo(rest);
            Minus(Vector512.Create<double>(rest)).CopyTo(rest);
            rest[..(x.Length - i)].CopyTo(target[i..]);
        }
    }

    private static Vector Minus(Vector x)
    {
        Vector512<long> bits = x.AsInt64();
        Vector512<long> exponent = Vector512.ShiftRightLogical(bits, 52) - Vector512.Create(ExponentBias);
        Vector m = ((bits & Vector512.Create(MantissaMask)) | Vector512.Create(ExponentBias << 52)).AsDouble();
        Vector isLarge = Vector512.GreaterThan(m, Vector512.Create(RootOfTwo));
        m = Vector512.ConditionalSelect(isLarge, m * Vector512.Create(0.5), m);
        Vector n = Vector512.ConvertToDouble(exponent) + Vector512.ConditionalSelect(isLarge, Vector.One, Vector.Zero);
        Vector s = (m - Vector.One) / (m + Vector.One);
        Vector square = s * s;
        Vector sum = Vector512.Create(1 / 23.0);
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(1 / 21.0));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(1 / 19.0));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(1 / 17.0));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(1 / 15.0));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(1 / 13.0));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(1 / 11.0));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(1 / 9.0));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(1 / 7.0));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(1 / 5.0));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(1 / 3.0));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector.One);
        Vector low = Vector512.FusedMultiplyAdd(n, Vector512.Create(DecadicTwoLow), (s + s) * sum * Vector512.Create(DecadicE));
        return (x - x) - Vector512.FusedMultiplyAdd(n, Vector512.Create(DecadicTwoHigh), low);
    }
}
