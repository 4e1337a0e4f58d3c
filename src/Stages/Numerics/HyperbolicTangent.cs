using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>The hyperbolic tangent, with the same bits on every machine.</summary>
/// <remarks>
/// tanh |x| = E / (E + 2) with E = e^(2|x|) - 1 = 2ⁿ p + (2ⁿ - 1), where 2|x| = n ln 2 + r and p = eʳ - 1 by its series to r¹³, which
/// |r| ≤ 0.347 leaves 4e-18 of; so nothing cancels near 0. The series is summed as a tree (Estrin), since one chain of products is longer than
/// what a processor looks ahead. Within 2 units in the last place, odd to the bit, exactly ±1 beyond 20.
/// </remarks>
internal static class HyperbolicTangent
{
    private const double Log2E = 1.4426950408889634;
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    /// <summary>1.5 × 2⁵²: adding it rounds to a whole number, which then stands in the lowest bits.</summary>
    private const double Rounding = 6755399441055744.0;

    /// <summary>2 × 20, from where on the result is 1 to the last bit.</summary>
    private const double Largest = 40;

    /// <summary>Replaces n values by their hyperbolic tangent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(Span<double> values)
    {
        int i = 0;
        for (; i + Lanes.Width <= values.Length; i += Lanes.Width)
        {
            Of(Vector512.Create<double>(values.Slice(i, Lanes.Width))).CopyTo(values[i..]);
        }

        if (i < values.Length)
        {
            Span<double> rest = stackalloc double[Lanes.Width];
            rest.Clear();
            values[i..].CopyTo(rest);
            Of(Vector512.Create<double>(rest)).CopyTo(rest);
            rest[..(values.Length - i)].CopyTo(values[i..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector Of(Vector x)
    {
        Vector sign = x & Vector512.Create(-0.0);
        Vector doubled = Vector512.Abs(x) + Vector512.Abs(x);
        doubled = Vector512.ConditionalSelect(
            Vector512.GreaterThan(doubled, Vector512.Create(Largest)), Vector512.Create(Largest), doubled);
        Vector shifted = Vector512.FusedMultiplyAdd(doubled, Vector512.Create(Log2E), Vector512.Create(Rounding));
        Vector n = shifted - Vector512.Create(Rounding);
        Vector r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), doubled);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        Vector r2 = r * r;
        Vector r4 = r2 * r2;
        Vector low = Pair(r, 1 / 6.0, 0.5);
        low = Vector512.FusedMultiplyAdd(Pair(r, 1 / 120.0, 1 / 24.0), r2, low);
        Vector middle = Pair(r, 1 / 5040.0, 1 / 720.0);
        middle = Vector512.FusedMultiplyAdd(Pair(r, 1 / 362880.0, 1 / 40320.0), r2, middle);
        Vector high = Pair(r, 1 / 39916800.0, 1 / 3628800.0);
        high = Vector512.FusedMultiplyAdd(Pair(r, 1 / 6227020800.0, 1 / 479001600.0), r2, high);
        Vector sum = Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(high, r4, middle), r4, low);
        Vector p = Vector512.FusedMultiplyAdd(sum, r2, r);
        Vector power = Vector512.ShiftLeft(shifted.AsInt64() + Vector512.Create(1023L), 52).AsDouble();
        Vector e = Vector512.FusedMultiplyAdd(power, p, power - Vector.One);
        return (e / (e + Vector512.Create(2.0))) | sign;
    }

    /// <summary>Two terms of the series.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector Pair(Vector r, double of, double before) =>
        Vector512.FusedMultiplyAdd(Vector512.Create(of), r, Vector512.Create(before));
}
