using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Stages.Numerics.Packed;

/// <summary>How values lie in memory and become doubles.</summary>
internal unsafe interface IStoredValue
{
    /// <summary>Bytes of one value.</summary>
    static abstract int Size { get; }

    /// <summary>One value.</summary>
    static abstract double At(byte* start);

    /// <summary>Four neighbouring values.</summary>
    static abstract Vector256<double> Four(byte* start);

    /// <summary>Eight neighbouring values.</summary>
    static abstract Vector512<double> Eight(byte* start);

    /// <summary>The first few of eight values, zeros behind them; AVX-512 only. What the mask leaves out is not read.</summary>
    static abstract Vector512<double> Some(byte* start, Vector512<double> mask);
}

/// <summary>Doubles as they are.</summary>
internal readonly unsafe struct StoredDouble : IStoredValue
{
    public static int Size => sizeof(double);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double At(byte* start) => *(double*)start;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Four(byte* start) => Vector256.Load((double*)start);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Eight(byte* start) => Vector512.Load((double*)start);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Some(byte* start, Vector512<double> mask) =>
        Avx512F.MaskLoad((double*)start, mask, Vector512<double>.Zero);
}

/// <summary>Singles, widened, which is exact.</summary>
internal readonly unsafe struct StoredSingle : IStoredValue
{
    public static int Size => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double At(byte* start) => *(float*)start;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Four(byte* start) => Avx.IsSupported
        ? Avx.ConvertToVector256Double(Vector128.Load((float*)start))
        : Vector256.WidenLower(Vector128.Load((float*)start).ToVector256());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Eight(byte* start) => Avx512F.IsSupported
        ? Avx512F.ConvertToVector512Double(Vector256.Load((float*)start))
        : Vector512.WidenLower(Vector256.Load((float*)start).ToVector512());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Some(byte* start, Vector512<double> mask) =>
        Avx512F.ConvertToVector512Double(
            Avx.MaskLoad((float*)start, Avx512F.ConvertToVector256Int32(mask.AsInt64()).AsSingle()));
}
