using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics.Packed;

/// <summary>Tiles of 8 × 24 in 24 accumulators of eight lanes.</summary>
/// <remarks>Sums are locals, because an array or a struct of them is kept in memory. It needs 32 registers.</remarks>
internal sealed unsafe class WideTileBody : TileBody
{
    public override int Lanes => 8;

    public override int Rows => 8;

    public override void Add(
        int vectors, nint depth, double* a, nint aStep, double* b, nint bStep, double* c, nint cStep, double sign, bool clears)
    {
        switch (vectors)
        {
            case 1:
                Tile<InPanel, OneVector>(Rows, depth, a, aStep, b, bStep, c, cStep, sign, clears);
                break;
            case 2:
                Tile<InPanel, TwoVectors>(Rows, depth, a, aStep, b, bStep, c, cStep, sign, clears);
                break;
            default:
                Tile<InPanel, ThreeVectors>(Rows, depth, a, aStep, b, bStep, c, cStep, sign, clears);
                break;
        }
    }

    public override void AddInPlace(
        int vectors, int rows, nint depth, double* a, nint aStep, double* b, nint bStep, double* c, nint cStep, double sign, bool clears)
    {
        switch (vectors)
        {
            case 1:
                Tile<InPlace, OneVector>(rows, depth, a, aStep, b, bStep, c, cStep, sign, clears);
                break;
            case 2:
                Tile<InPlace, TwoVectors>(rows, depth, a, aStep, b, bStep, c, cStep, sign, clears);
                break;
            default:
                Tile<InPlace, ThreeVectors>(rows, depth, a, aStep, b, bStep, c, cStep, sign, clears);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TPlace, TCount>(
        int rows, nint depth, double* a, nint aStep, double* b, nint bStep, double* c, nint cStep, double sign, bool clears)
        where TPlace : struct, IPlace
        where TCount : struct, IVectorCount
    {
        double* a0 = a;
        double* a1 = TPlace.IsInPlace ? a + (Math.Min(1, rows - 1) * aStep) : a;
        double* a2 = TPlace.IsInPlace ? a + (Math.Min(2, rows - 1) * aStep) : a;
        double* a3 = TPlace.IsInPlace ? a + (Math.Min(3, rows - 1) * aStep) : a;
        double* a4 = TPlace.IsInPlace ? a + (Math.Min(4, rows - 1) * aStep) : a;
        double* a5 = TPlace.IsInPlace ? a + (Math.Min(5, rows - 1) * aStep) : a;
        double* a6 = TPlace.IsInPlace ? a + (Math.Min(6, rows - 1) * aStep) : a;
        double* a7 = TPlace.IsInPlace ? a + (Math.Min(7, rows - 1) * aStep) : a;
        Prefetch(c, cStep);
        Vector s00 = Vector.Zero, s01 = s00, s02 = s00;
        Vector s10 = Vector.Zero, s11 = s10, s12 = s10;
        Vector s20 = Vector.Zero, s21 = s20, s22 = s20;
        Vector s30 = Vector.Zero, s31 = s30, s32 = s30;
        Vector s40 = Vector.Zero, s41 = s40, s42 = s40;
        Vector s50 = Vector.Zero, s51 = s50, s52 = s50;
        Vector s60 = Vector.Zero, s61 = s60, s62 = s60;
        Vector s70 = Vector.Zero, s71 = s70, s72 = s70;
        for (nint k = 0; k < depth; k++)
        {
            Vector b0 = Vector512.Load(b);
            Vector b1 = TCount.Count > 1 ? Vector512.Load(b + 8) : default;
            Vector b2 = TCount.Count > 2 ? Vector512.Load(b + 16) : default;
            Vector x0 = Vector512.Create(*(TPlace.IsInPlace ? a0 + k : a));
            s00 = Vector512.FusedMultiplyAdd(x0, b0, s00);
            s01 = TCount.Count > 1 ? Vector512.FusedMultiplyAdd(x0, b1, s01) : s01;
            s02 = TCount.Count > 2 ? Vector512.FusedMultiplyAdd(x0, b2, s02) : s02;
            Vector x1 = Vector512.Create(*(TPlace.IsInPlace ? a1 + k : a + 1));
            s10 = Vector512.FusedMultiplyAdd(x1, b0, s10);
            s11 = TCount.Count > 1 ? Vector512.FusedMultiplyAdd(x1, b1, s11) : s11;
            s12 = TCount.Count > 2 ? Vector512.FusedMultiplyAdd(x1, b2, s12) : s12;
            Vector x2 = Vector512.Create(*(TPlace.IsInPlace ? a2 + k : a + 2));
            s20 = Vector512.FusedMultiplyAdd(x2, b0, s20);
            s21 = TCount.Count > 1 ? Vector512.FusedMultiplyAdd(x2, b1, s21) : s21;
            s22 = TCount.Count > 2 ? Vector512.FusedMultiplyAdd(x2, b2, s22) : s22;
            Vector x3 = Vector512.Create(*(TPlace.IsInPlace ? a3 + k : a + 3));
            s30 = Vector512.FusedMultiplyAdd(x3, b0, s30);
            s31 = TCount.Count > 1 ? Vector512.FusedMultiplyAdd(x3, b1, s31) : s31;
            s32 = TCount.Count > 2 ? Vector512.FusedMultiplyAdd(x3, b2, s32) : s32;
            Vector x4 = Vector512.Create(*(TPlace.IsInPlace ? a4 + k : a + 4));
            s40 = Vector512.FusedMultiplyAdd(x4, b0, s40);
            s41 = TCount.Count > 1 ? Vector512.FusedMultiplyAdd(x4, b1, s41) : s41;
            s42 = TCount.Count > 2 ? Vector512.FusedMultiplyAdd(x4, b2, s42) : s42;
            Vector x5 = Vector512.Create(*(TPlace.IsInPlace ? a5 + k : a + 5));
            s50 = Vector512.FusedMultiplyAdd(x5, b0, s50);
            s51 = TCount.Count > 1 ? Vector512.FusedMultiplyAdd(x5, b1, s51) : s51;
            s52 = TCount.Count > 2 ? Vector512.FusedMultiplyAdd(x5, b2, s52) : s52;
            Vector x6 = Vector512.Create(*(TPlace.IsInPlace ? a6 + k : a + 6));
            s60 = Vector512.FusedMultiplyAdd(x6, b0, s60);
            s61 = TCount.Count > 1 ? Vector512.FusedMultiplyAdd(x6, b1, s61) : s61;
            s62 = TCount.Count > 2 ? Vector512.FusedMultiplyAdd(x6, b2, s62) : s62;
            Vector x7 = Vector512.Create(*(TPlace.IsInPlace ? a7 + k : a + 7));
            s70 = Vector512.FusedMultiplyAdd(x7, b0, s70);
            s71 = TCount.Count > 1 ? Vector512.FusedMultiplyAdd(x7, b1, s71) : s71;
            s72 = TCount.Count > 2 ? Vector512.FusedMultiplyAdd(x7, b2, s72) : s72;
            a += TPlace.IsInPlace ? 0 : aStep;
            b += bStep;
        }

        Vector signs = Vector512.Create(sign);
        Vector kept = clears ? Vector.Zero : Vector.AllBitsSet;
        AddRow<TCount>(c, s00, s01, s02, signs, kept);
        AddRow<TCount>(c + cStep, s10, s11, s12, signs, kept);
        AddRow<TCount>(c + (2 * cStep), s20, s21, s22, signs, kept);
        AddRow<TCount>(c + (3 * cStep), s30, s31, s32, signs, kept);
        AddRow<TCount>(c + (4 * cStep), s40, s41, s42, signs, kept);
        AddRow<TCount>(c + (5 * cStep), s50, s51, s52, signs, kept);
        AddRow<TCount>(c + (6 * cStep), s60, s61, s62, signs, kept);
        AddRow<TCount>(c + (7 * cStep), s70, s71, s72, signs, kept);
    }

    /// <summary>Asks for the tile of C, which is needed at the end of the loop.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(double* c, nint cStep)
    {
        for (int i = 0; i < 8 && Sse.IsSupported; i++)
        {
            Sse.Prefetch0(c);
            Sse.Prefetch0(c + 8);
            Sse.Prefetch0(c + 16);
            c += cStep;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow<TCount>(double* c, Vector s0, Vector s1, Vector s2, Vector signs, Vector kept)
        where TCount : struct, IVectorCount
    {
        Vector512.FusedMultiplyAdd(signs, s0, Vector512.Load(c) & kept).Store(c);
        if (TCount.Count > 1)
        {
            Vector512.FusedMultiplyAdd(signs, s1, Vector512.Load(c + 8) & kept).Store(c + 8);
        }

        if (TCount.Count > 2)
        {
            Vector512.FusedMultiplyAdd(signs, s2, Vector512.Load(c + 16) & kept).Store(c + 16);
        }
    }
}
