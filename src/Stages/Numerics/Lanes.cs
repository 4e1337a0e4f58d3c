using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Stages.Numerics;

/// <summary>The eight lanes in which every kernel sums, whatever the vector width of the processor.</summary>
/// <remarks>
/// Kernels name <see cref="Vector512{T}"/> and <see cref="Vector512.FusedMultiplyAdd(Vector512{double}, Vector512{double}, Vector512{double})"/>;
/// the runtime splits them into narrower or scalar fused operations where AVX-512 is missing, lane by lane, so the
/// bits stay the same. <c>Vector512.Sum</c> leaves its order to the runtime and is not used.
/// </remarks>
internal static class Lanes
{
    /// <summary>Doubles in one block.</summary>
    public const int Width = 8;

    /// <summary>Adds the lanes as ((0+4)+(2+6))+((1+5)+(3+7)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector512<double> v)
    {
        Vector256<double> half = v.GetLower() + v.GetUpper();
        Vector128<double> quarter = half.GetLower() + half.GetUpper();
        return quarter.GetElement(0) + quarter.GetElement(1);
    }

    /// <summary>Ones in the lanes that the last <paramref name="length"/> % 8 values take in <see cref="LoadTail"/>.</summary>
    public static Vector512<double> TailMask(nuint length) =>
        Vector512.GreaterThanOrEqual(
            Vector512.Create(0L, 1, 2, 3, 4, 5, 6, 7),
            Vector512.Create(Width - (long)(length & (Width - 1)))).AsDouble();

    /// <summary>The last <paramref name="length"/> % 8 values in the upper lanes, zeros below them.</summary>
    /// <remarks>Reads the last eight values and masks those already summed; nothing outside the row is read.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> LoadTail(ref double start, nuint length, Vector512<double> mask) =>
        length >= Width
            ? Vector512.LoadUnsafe(ref start, length - Width) & mask
            : LoadShort(ref start, length);

    private static Vector512<double> LoadShort(ref double start, nuint length)
    {
        Vector512<double> padded = Vector512<double>.Zero;
        ref double lane = ref Unsafe.As<Vector512<double>, double>(ref padded);
        MemoryMarshal.CreateReadOnlySpan(ref start, (int)length)
            .CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref lane, Width - length), (int)length));
        return padded;
    }
}
