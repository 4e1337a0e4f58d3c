using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Stages.Numerics.Packed;

/// <summary>What a tile does with a vector, whatever its width.</summary>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>Doubles in one vector.</summary>
    static abstract int Count { get; }

    /// <summary>Every bit 1.</summary>
    static abstract TVector AllBitsSet { get; }

    /// <summary>One value in every lane.</summary>
    static abstract TVector Create(double value);

    /// <summary>Neighbouring values.</summary>
    static abstract TVector Load(double* source);

    /// <summary>Writes neighbouring values.</summary>
    static abstract void Store(TVector value, double* target);

    /// <summary>The bits that are in both.</summary>
    static abstract TVector And(TVector x, TVector y);

    /// <summary>xy + sum in one rounding, lane by lane.</summary>
    static abstract TVector FusedMultiplyAdd(TVector x, TVector y, TVector sum);
}

/// <summary>Four lanes.</summary>
internal readonly unsafe struct FourLanes : ILanes<Vector256<double>>
{
    public static int Count => 4;

    public static Vector256<double> AllBitsSet => Vector256<double>.AllBitsSet;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Create(double value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Load(double* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<double> value, double* target) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> And(Vector256<double> x, Vector256<double> y) => x & y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> FusedMultiplyAdd(Vector256<double> x, Vector256<double> y, Vector256<double> sum) =>
        Vector256.FusedMultiplyAdd(x, y, sum);
}

/// <summary>Two lanes.</summary>
internal readonly unsafe struct TwoLanes : ILanes<Vector128<double>>
{
    public static int Count => 2;

    public static Vector128<double> AllBitsSet => Vector128<double>.AllBitsSet;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Create(double value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Load(double* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<double> value, double* target) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> And(Vector128<double> x, Vector128<double> y) => x & y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> FusedMultiplyAdd(Vector128<double> x, Vector128<double> y, Vector128<double> sum) =>
        Vector128.FusedMultiplyAdd(x, y, sum);
}
