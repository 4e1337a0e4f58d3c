using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics.Packed;

/// <summary>A block of eight rows of eight doubles, turned in registers.</summary>
internal static unsafe class TransposedBlock
{
    /// <summary>Rows and columns of a block.</summary>
    public const int Size = 8;

    /// <summary>Whether the processor turns blocks faster than element by element.</summary>
    public static bool IsSupported => Avx512F.IsSupported;

    /// <summary>Writes column k of the block of eight rows to target + k * step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(
        Vector r0, Vector r1, Vector r2, Vector r3, Vector r4, Vector r5, Vector r6, Vector r7, double* target, nint step)
    {
        // Pairs of rows, then pairs of pairs, then halves: three rounds of eight exchanges.
        Vector a0 = Avx512F.UnpackLow(r0, r1);
        Vector a1 = Avx512F.UnpackHigh(r0, r1);
        Vector a2 = Avx512F.UnpackLow(r2, r3);
        Vector a3 = Avx512F.UnpackHigh(r2, r3);
        Vector a4 = Avx512F.UnpackLow(r4, r5);
        Vector a5 = Avx512F.UnpackHigh(r4, r5);
        Vector a6 = Avx512F.UnpackLow(r6, r7);
        Vector a7 = Avx512F.UnpackHigh(r6, r7);
        Vector b0 = Avx512F.Shuffle4x128(a0, a2, 0x88);
        Vector b1 = Avx512F.Shuffle4x128(a1, a3, 0x88);
        Vector b2 = Avx512F.Shuffle4x128(a0, a2, 0xDD);
        Vector b3 = Avx512F.Shuffle4x128(a1, a3, 0xDD);
        Vector b4 = Avx512F.Shuffle4x128(a4, a6, 0x88);
        Vector b5 = Avx512F.Shuffle4x128(a5, a7, 0x88);
        Vector b6 = Avx512F.Shuffle4x128(a4, a6, 0xDD);
        Vector b7 = Avx512F.Shuffle4x128(a5, a7, 0xDD);
        Avx512F.Shuffle4x128(b0, b4, 0x88).Store(target);
        Avx512F.Shuffle4x128(b1, b5, 0x88).Store(target + step);
        Avx512F.Shuffle4x128(b2, b6, 0x88).Store(target + (2 * step));
        Avx512F.Shuffle4x128(b3, b7, 0x88).Store(target + (3 * step));
        Avx512F.Shuffle4x128(b0, b4, 0xDD).Store(target + (4 * step));
        Avx512F.Shuffle4x128(b1, b5, 0xDD).Store(target + (5 * step));
        Avx512F.Shuffle4x128(b2, b6, 0xDD).Store(target + (6 * step));
        Avx512F.Shuffle4x128(b3, b7, 0xDD).Store(target + (7 * step));
    }

    /// <summary>target(j, i) = source(i, j) for one block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(double* source, nint sourceStep, double* target, nint targetStep) =>
        Store(
            Vector512.Load(source),
            Vector512.Load(source + sourceStep),
            Vector512.Load(source + (2 * sourceStep)),
            Vector512.Load(source + (3 * sourceStep)),
            Vector512.Load(source + (4 * sourceStep)),
            Vector512.Load(source + (5 * sourceStep)),
            Vector512.Load(source + (6 * sourceStep)),
            Vector512.Load(source + (7 * sourceStep)),
            target,
            targetStep);
}
