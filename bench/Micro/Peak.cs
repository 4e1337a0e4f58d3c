using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pipeline.MicroBench;

/// <summary>The most that fused multiply-adds can do here: a loop that touches registers only.</summary>
internal static class Peak
{
    private const int Rounds = 20_000;

    /// <summary>Floating-point operations of one call with eight lanes; with four it is half of them.</summary>
    public const double WideOperations = Rounds * 12.0 * 8 * 2;

    /// <summary>Where the results go, so that nothing is left out.</summary>
    public static double Sink { get; set; }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Wide()
    {
        Vector512<double> a = Vector512.Create(0.3), b = Vector512.Create(0.7);
        Vector512<double> s0 = a, s1 = a, s2 = a, s3 = a, s4 = a, s5 = a, s6 = a, s7 = a, s8 = a, s9 = a, s10 = a, s11 = a;
        for (int i = 0; i < Rounds; i++)
        {
            s0 = Vector512.FusedMultiplyAdd(s0, b, a);
            s1 = Vector512.FusedMultiplyAdd(s1, b, a);
            s2 = Vector512.FusedMultiplyAdd(s2, b, a);
            s3 = Vector512.FusedMultiplyAdd(s3, b, a);
            s4 = Vector512.FusedMultiplyAdd(s4, b, a);
            s5 = Vector512.FusedMultiplyAdd(s5, b, a);
            s6 = Vector512.FusedMultiplyAdd(s6, b, a);
            s7 = Vector512.FusedMultiplyAdd(s7, b, a);
            s8 = Vector512.FusedMultiplyAdd(s8, b, a);
            s9 = Vector512.FusedMultiplyAdd(s9, b, a);
            s10 = Vector512.FusedMultiplyAdd(s10, b, a);
            s11 = Vector512.FusedMultiplyAdd(s11, b, a);
        }

        Sink = ((s0 + s1 + s2) + (s3 + s4 + s5) + (s6 + s7 + s8) + (s9 + s10 + s11)).GetElement(0);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Half()
    {
        Vector256<double> a = Vector256.Create(0.3), b = Vector256.Create(0.7);
        Vector256<double> s0 = a, s1 = a, s2 = a, s3 = a, s4 = a, s5 = a, s6 = a, s7 = a, s8 = a, s9 = a, s10 = a, s11 = a;
        for (int i = 0; i < Rounds; i++)
        {
            s0 = Vector256.FusedMultiplyAdd(s0, b, a);
            s1 = Vector256.FusedMultiplyAdd(s1, b, a);
            s2 = Vector256.FusedMultiplyAdd(s2, b, a);
            s3 = Vector256.FusedMultiplyAdd(s3, b, a);
            s4 = Vector256.FusedMultiplyAdd(s4, b, a);
            s5 = Vector256.FusedMultiplyAdd(s5, b, a);
            s6 = Vector256.FusedMultiplyAdd(s6, b, a);
            s7 = Vector256.FusedMultiplyAdd(s7, b, a);
            s8 = Vector256.FusedMultiplyAdd(s8, b, a);
            s9 = Vector256.FusedMultiplyAdd(s9, b, a);
            s10 = Vector256.FusedMultiplyAdd(s10, b, a);
            s11 = Vector256.FusedMultiplyAdd(s11, b, a);
        }

        Sink = ((s0 + s1 + s2) + (s3 + s4 + s5) + (s6 + s7 + s8) + (s9 + s10 + s11)).GetElement(0);
    }
}
