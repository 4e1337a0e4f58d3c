using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>The hyperbolic tangent, with the same bits on every machine.</summary>
/// <remarks>
/// tanh |x| = E / (E + 2) with E = e^(2|x|) - 1 = 2ⁿ p + (2ⁿ - 1), where 2|x| = n ln 2 + r and p = eʳ - 1 by its series to r¹³, which
/// |r| ≤ 0.347 leaves 4e-18 of; so nothing cancels near 0. Within 2 units in the last place, odd to the bit, exactly ±1 beyond 20.
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
        ref double start = ref MemoryMarshal.GetReference(values);
        int i = 0;
        for (; i + (2 * Lanes.Width) <= values.Length; i += 2 * Lanes.Width)
        {
            (Vector first, Vector second) = Of(Vector512.LoadUnsafe(ref start, (nuint)i), Vector512.LoadUnsafe(ref start, (nuint)(i + 8)));
            first.StoreUnsafe(ref start, (nuint)i);
            second.StoreUnsafe(ref start, (nuint)(i + 8));
        }

        if (i < values.Length)
        {
            Span<double> rest = stackalloc double[2 * Lanes.Width];
            rest.Clear();
            values[i..].CopyTo(rest);
            (Vector first, Vector second) = Of(Vector512.Create<double>(rest), Vector512.Create<double>(rest[Lanes.Width..]));
            first.CopyTo(rest);
            second.CopyTo(rest[Lanes.Width..]);
            rest[..(values.Length - i)].CopyTo(values[i..]);
        }
    }

    /// <summary>Two vectors side by side, because the coefficients are loaded for each of them otherwise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector First, Vector Second) Of(Vector x, Vector y)
    {
        Vector doubled = Doubled(x);
        Vector doubledY = Doubled(y);
        Vector shifted = Vector512.FusedMultiplyAdd(doubled, Vector512.Create(Log2E), Vector512.Create(Rounding));
        Vector shiftedY = Vector512.FusedMultiplyAdd(doubledY, Vector512.Create(Log2E), Vector512.Create(Rounding));
        Vector n = shifted - Vector512.Create(Rounding);
        Vector nY = shiftedY - Vector512.Create(Rounding);
        Vector r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), doubled);
        Vector rY = Vector512.FusedMultiplyAdd(nY, Vector512.Create(-Ln2High), doubledY);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        rY = Vector512.FusedMultiplyAdd(nY, Vector512.Create(-Ln2Low), rY);
        Vector coefficient = Vector512.Create(1 / 6227020800.0);
        Vector sum = coefficient;
        Vector sumY = coefficient;
        coefficient = Vector512.Create(1 / 479001600.0);
        sum = Vector512.FusedMultiplyAdd(sum, r, coefficient);
        sumY = Vector512.FusedMultiplyAdd(sumY, rY, coefficient);
        coefficient = Vector512.Create(1 / 39916800.0);
        sum = Vector512.FusedMultiplyAdd(sum, r, coefficient);
        sumY = Vector512.FusedMultiplyAdd(sumY, rY, coefficient);
        coefficient = Vector512.Create(1 / 3628800.0);
        sum = Vector512.FusedMultiplyAdd(sum, r, coefficient);
        sumY = Vector512.FusedMultiplyAdd(sumY, rY, coefficient);
        coefficient = Vector512.Create(1 / 362880.0);
        sum = Vector512.FusedMultiplyAdd(sum, r, coefficient);
        sumY = Vector512.FusedMultiplyAdd(sumY, rY, coefficient);
        coefficient = Vector512.Create(1 / 40320.0);
        sum = Vector512.FusedMultiplyAdd(sum, r, coefficient);
        sumY = Vector512.FusedMultiplyAdd(sumY, rY, coefficient);
        coefficient = Vector512.Create(1 / 5040.0);
        sum = Vector512.FusedMultiplyAdd(sum, r, coefficient);
        sumY = Vector512.FusedMultiplyAdd(sumY, rY, coefficient);
        coefficient = Vector512.Create(1 / 720.0);
        sum = Vector512.FusedMultiplyAdd(sum, r, coefficient);
        sumY = Vector512.FusedMultiplyAdd(sumY, rY, coefficient);
        coefficient = Vector512.Create(1 / 120.0);
        sum = Vector512.FusedMultiplyAdd(sum, r, coefficient);
        sumY = Vector512.FusedMultiplyAdd(sumY, rY, coefficient);
        coefficient = Vector512.Create(1 / 24.0);
        sum = Vector512.FusedMultiplyAdd(sum, r, coefficient);
        sumY = Vector512.FusedMultiplyAdd(sumY, rY, coefficient);
        coefficient = Vector512.Create(1 / 6.0);
        sum = Vector512.FusedMultiplyAdd(sum, r, coefficient);
        sumY = Vector512.FusedMultiplyAdd(sumY, rY, coefficient);
        coefficient = Vector512.Create(0.5);
        sum = Vector512.FusedMultiplyAdd(sum, r, coefficient);
        sumY = Vector512.FusedMultiplyAdd(sumY, rY, coefficient);
        return (Quotient(shifted, Vector512.FusedMultiplyAdd(sum * r, r, r), x), Quotient(shiftedY, Vector512.FusedMultiplyAdd(sumY * rY, rY, rY), y));
    }

    /// <summary>2|x|, at most where the result is 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector Doubled(Vector x)
    {
        Vector doubled = Vector512.Abs(x) + Vector512.Abs(x);
        return Vector512.ConditionalSelect(
            Vector512.GreaterThan(doubled, Vector512.Create(Largest)), Vector512.Create(Largest), doubled);
    }

    /// <summary>E / (E + 2) with the sign of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector Quotient(Vector shifted, Vector p, Vector x)
    {
        Vector power = Vector512.ShiftLeft(shifted.AsInt64() + Vector512.Create(1023L), 52).AsDouble();
        Vector e = Vector512.FusedMultiplyAdd(power, p, power - Vector.One);
        return (e / (e + Vector512.Create(2.0))) | (x & Vector512.Create(-0.0));
    }
}
