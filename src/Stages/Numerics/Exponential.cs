using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>The exponential function, with the same bits on every machine.</summary>
/// <remarks>
/// The function of the system's library differs between systems in the last bit. x = n ln 2 + r with ln 2 in two parts,
/// eʳ by its series to r¹³, which |r| ≤ 0.347 leaves 4e-18 of, scaled by 2ⁿ through the exponent bits. Within 2 units in the
/// last place at or below 0; exactly 1 at 0, and 0 below -708. About 4 values per nanosecond.
/// </remarks>
internal static class Exponential
{
    private const double Log2E = 1.4426950408889634;
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    /// <summary>1.5 × 2⁵²: adding it rounds to a whole number, which then stands in the lowest bits.</summary>
    private const double Rounding = 6755399441055744.0;

    private const double Least = -708;

    /// <summary>target = exp(-factor x) for a factor and n values x, none negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfNegative(double factor, ReadOnlySpan<double> x, Span<double> target)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, x.Length);
        Vector minus = Vector512.Create(-factor);
        int i = 0;
        for (; i + Lanes.Width <= x.Length; i += Lanes.Width)
        {
            Of(minus * Vector512.Create(x.Slice(i, Lanes.Width))).CopyTo(target[i..]);
        }

        if (i < x.Length)
        {
            Span<double> rest = stackalloc double[Lanes.Width];
            rest.Clear();
            x[i..].CopyTo(rest);
            Of(minus * Vector512.Create<double>(rest)).CopyTo(rest);
            rest[..(x.Length - i)].CopyTo(target[i..]);
        }
    }

    /// <summary>eˣ of one number; above 0, and there within 3 units in the last place, the inverse of e⁻ˣ; infinite above 708.</summary>
    public static double Of(double x)
    {
        if (double.IsNaN(x))
        {
            return x;
        }

        double negative = Of(Vector512.Create(-Math.Abs(x))).ToScalar();
        return x > 0 ? 1 / negative : negative;
    }

    private static Vector Of(Vector x)
    {
        Vector shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(Log2E), Vector512.Create(Rounding));
        Vector n = shifted - Vector512.Create(Rounding);
        Vector r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        Vector sum = Vector512.Create(1 / 6227020800.0);
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1 / 479001600.0));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1 / 39916800.0));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1 / 3628800.0));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1 / 362880.0));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1 / 40320.0));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1 / 5040.0));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1 / 720.0));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1 / 120.0));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1 / 24.0));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1 / 6.0));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(0.5));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector.One);
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector.One);
        Vector power = Vector512.ShiftLeft(shifted.AsInt64() + Vector512.Create(1023L), 52).AsDouble();
        return Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512.Create(Least)), sum * power, Vector.Zero);
    }
}
