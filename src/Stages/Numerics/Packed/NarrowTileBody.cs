using System.Runtime.CompilerServices;

namespace Pipeline.Stages.Numerics.Packed;

/// <summary>Tiles of four rows and three vectors in twelve accumulators, for processors with 16 registers.</summary>
/// <remarks>Two or four tiles side by side share a panel.</remarks>
internal sealed unsafe class NarrowTileBody<TLanes, TVector> : TileBody
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    public override int Lanes => TLanes.Count;

    public override int Rows => 4;

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
        TVector s00 = default, s01 = s00, s02 = s00;
        TVector s10 = default, s11 = s10, s12 = s10;
        TVector s20 = default, s21 = s20, s22 = s20;
        TVector s30 = default, s31 = s30, s32 = s30;
        for (nint k = 0; k < depth; k++)
        {
            TVector b0 = TLanes.Load(b);
            TVector b1 = TCount.Count > 1 ? TLanes.Load(b + TLanes.Count) : default;
            TVector b2 = TCount.Count > 2 ? TLanes.Load(b + (2 * TLanes.Count)) : default;
            TVector x0 = TLanes.Create(*(TPlace.IsInPlace ? a0 + k : a));
            s00 = TLanes.FusedMultiplyAdd(x0, b0, s00);
            s01 = TCount.Count > 1 ? TLanes.FusedMultiplyAdd(x0, b1, s01) : s01;
            s02 = TCount.Count > 2 ? TLanes.FusedMultiplyAdd(x0, b2, s02) : s02;
            TVector x1 = TLanes.Create(*(TPlace.IsInPlace ? a1 + k : a + 1));
            s10 = TLanes.FusedMultiplyAdd(x1, b0, s10);
            s11 = TCount.Count > 1 ? TLanes.FusedMultiplyAdd(x1, b1, s11) : s11;
            s12 = TCount.Count > 2 ? TLanes.FusedMultiplyAdd(x1, b2, s12) : s12;
            TVector x2 = TLanes.Create(*(TPlace.IsInPlace ? a2 + k : a + 2));
            s20 = TLanes.FusedMultiplyAdd(x2, b0, s20);
            s21 = TCount.Count > 1 ? TLanes.FusedMultiplyAdd(x2, b1, s21) : s21;
            s22 = TCount.Count > 2 ? TLanes.FusedMultiplyAdd(x2, b2, s22) : s22;
            TVector x3 = TLanes.Create(*(TPlace.IsInPlace ? a3 + k : a + 3));
            s30 = TLanes.FusedMultiplyAdd(x3, b0, s30);
            s31 = TCount.Count > 1 ? TLanes.FusedMultiplyAdd(x3, b1, s31) : s31;
            s32 = TCount.Count > 2 ? TLanes.FusedMultiplyAdd(x3, b2, s32) : s32;
            a += TPlace.IsInPlace ? 0 : aStep;
            b += bStep;
        }

        TVector signs = TLanes.Create(sign);
        TVector kept = clears ? default : TLanes.AllBitsSet;
        AddRow<TCount>(c, s00, s01, s02, signs, kept);
        AddRow<TCount>(c + cStep, s10, s11, s12, signs, kept);
        AddRow<TCount>(c + (2 * cStep), s20, s21, s22, signs, kept);
        AddRow<TCount>(c + (3 * cStep), s30, s31, s32, signs, kept);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow<TCount>(double* c, TVector s0, TVector s1, TVector s2, TVector signs, TVector kept)
        where TCount : struct, IVectorCount
    {
        AddVector(c, s0, signs, kept);
        if (TCount.Count > 1)
        {
            AddVector(c + TLanes.Count, s1, signs, kept);
        }

        if (TCount.Count > 2)
        {
            AddVector(c + (2 * TLanes.Count), s2, signs, kept);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddVector(double* c, TVector sum, TVector signs, TVector kept) =>
        TLanes.Store(TLanes.FusedMultiplyAdd(signs, sum, TLanes.And(TLanes.Load(c), kept)), c);
}
