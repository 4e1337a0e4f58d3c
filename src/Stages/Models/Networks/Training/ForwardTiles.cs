using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Models.Networks.Training;

/// <summary>Sums of some nodes for all samples, 16 samples at a time.</summary>
/// <remarks>
/// Triangular inputs are 0 for the first 8 samples of a block from the ninth input of its diagonal on: there only the second half is summed,
/// which leaves out a tenth of the products of 57 samples.
/// </remarks>
internal static class ForwardTiles
{
    /// <summary>Five nodes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Five(
        ref double a, nuint inputs, nuint samples, bool isTriangular, ref double w, nuint nodeStride, nuint inputStride,
        ReadOnlySpan<double> constants, ref double z)
    {
        ref double w1 = ref Unsafe.Add(ref w, nodeStride);
        ref double w2 = ref Unsafe.Add(ref w1, nodeStride);
        ref double w3 = ref Unsafe.Add(ref w2, nodeStride);
        ref double w4 = ref Unsafe.Add(ref w3, nodeStride);
        bool none = constants.IsEmpty;
        Vector c0 = Vector512.Create(none ? 0 : constants[0]);
        Vector c1 = Vector512.Create(none ? 0 : constants[1]);
        Vector c2 = Vector512.Create(none ? 0 : constants[2]);
        Vector c3 = Vector512.Create(none ? 0 : constants[3]);
        Vector c4 = Vector512.Create(none ? 0 : constants[4]);
        for (nuint i = 0; i < samples; i += LayerKernels.Block)
        {
            nuint end = isTriangular ? Math.Min(i + LayerKernels.Block, inputs) : inputs;
            nuint half = isTriangular ? Math.Min(i + (LayerKernels.Block / 2), inputs) : inputs;
            Vector z00 = c0, z01 = c0, z10 = c1, z11 = c1, z20 = c2, z21 = c2, z30 = c3, z31 = c3, z40 = c4, z41 = c4;
            ref double at = ref Unsafe.Add(ref a, i);
            nuint o = 0;
            nuint j = 0;
            for (; j < half; j++)
            {
                Vector x0 = Vector512.LoadUnsafe(ref at);
                Vector x1 = Vector512.LoadUnsafe(ref at, 8);
                Vector weight = Vector512.Create(Unsafe.Add(ref w, o));
                z00 = Vector512.FusedMultiplyAdd(weight, x0, z00);
                z01 = Vector512.FusedMultiplyAdd(weight, x1, z01);
                weight = Vector512.Create(Unsafe.Add(ref w1, o));
                z10 = Vector512.FusedMultiplyAdd(weight, x0, z10);
                z11 = Vector512.FusedMultiplyAdd(weight, x1, z11);
                weight = Vector512.Create(Unsafe.Add(ref w2, o));
                z20 = Vector512.FusedMultiplyAdd(weight, x0, z20);
                z21 = Vector512.FusedMultiplyAdd(weight, x1, z21);
                weight = Vector512.Create(Unsafe.Add(ref w3, o));
                z30 = Vector512.FusedMultiplyAdd(weight, x0, z30);
                z31 = Vector512.FusedMultiplyAdd(weight, x1, z31);
                weight = Vector512.Create(Unsafe.Add(ref w4, o));
                z40 = Vector512.FusedMultiplyAdd(weight, x0, z40);
                z41 = Vector512.FusedMultiplyAdd(weight, x1, z41);
                at = ref Unsafe.Add(ref at, samples);
                o += inputStride;
            }

            for (; j < end; j++)
            {
                Vector x1 = Vector512.LoadUnsafe(ref at, 8);
                z01 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref w, o)), x1, z01);
                z11 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref w1, o)), x1, z11);
                z21 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref w2, o)), x1, z21);
                z31 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref w3, o)), x1, z31);
                z41 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref w4, o)), x1, z41);
                at = ref Unsafe.Add(ref at, samples);
                o += inputStride;
            }

            Store(z00, z01, ref z, i);
            Store(z10, z11, ref z, samples + i);
            Store(z20, z21, ref z, (2 * samples) + i);
            Store(z30, z31, ref z, (3 * samples) + i);
            Store(z40, z41, ref z, (4 * samples) + i);
        }
    }

    /// <summary>Three nodes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Three(
        ref double a, nuint inputs, nuint samples, bool isTriangular, ref double w, nuint nodeStride, nuint inputStride,
        ReadOnlySpan<double> constants, ref double z)
    {
        ref double w1 = ref Unsafe.Add(ref w, nodeStride);
        ref double w2 = ref Unsafe.Add(ref w1, nodeStride);
        bool none = constants.IsEmpty;
        Vector c0 = Vector512.Create(none ? 0 : constants[0]);
        Vector c1 = Vector512.Create(none ? 0 : constants[1]);
        Vector c2 = Vector512.Create(none ? 0 : constants[2]);
        for (nuint i = 0; i < samples; i += LayerKernels.Block)
        {
            nuint end = isTriangular ? Math.Min(i + LayerKernels.Block, inputs) : inputs;
            nuint half = isTriangular ? Math.Min(i + (LayerKernels.Block / 2), inputs) : inputs;
            Vector z00 = c0, z01 = c0, z10 = c1, z11 = c1, z20 = c2, z21 = c2;
            ref double at = ref Unsafe.Add(ref a, i);
            nuint o = 0;
            nuint j = 0;
            for (; j < half; j++)
            {
                Vector x0 = Vector512.LoadUnsafe(ref at);
                Vector x1 = Vector512.LoadUnsafe(ref at, 8);
                Vector weight = Vector512.Create(Unsafe.Add(ref w, o));
                z00 = Vector512.FusedMultiplyAdd(weight, x0, z00);
                z01 = Vector512.FusedMultiplyAdd(weight, x1, z01);
                weight = Vector512.Create(Unsafe.Add(ref w1, o));
                z10 = Vector512.FusedMultiplyAdd(weight, x0, z10);
                z11 = Vector512.FusedMultiplyAdd(weight, x1, z11);
                weight = Vector512.Create(Unsafe.Add(ref w2, o));
                z20 = Vector512.FusedMultiplyAdd(weight, x0, z20);
                z21 = Vector512.FusedMultiplyAdd(weight, x1, z21);
                at = ref Unsafe.Add(ref at, samples);
                o += inputStride;
            }

            for (; j < end; j++)
            {
                Vector x1 = Vector512.LoadUnsafe(ref at, 8);
                z01 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref w, o)), x1, z01);
                z11 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref w1, o)), x1, z11);
                z21 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref w2, o)), x1, z21);
                at = ref Unsafe.Add(ref at, samples);
                o += inputStride;
            }

            Store(z00, z01, ref z, i);
            Store(z10, z11, ref z, samples + i);
            Store(z20, z21, ref z, (2 * samples) + i);
        }
    }

    /// <summary>One node.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(
        ref double a, nuint inputs, nuint samples, bool isTriangular, ref double w, nuint inputStride,
        ReadOnlySpan<double> constants, ref double z)
    {
        Vector c0 = Vector512.Create(constants.IsEmpty ? 0 : constants[0]);
        for (nuint i = 0; i < samples; i += LayerKernels.Block)
        {
            nuint end = isTriangular ? Math.Min(i + LayerKernels.Block, inputs) : inputs;
            nuint half = isTriangular ? Math.Min(i + (LayerKernels.Block / 2), inputs) : inputs;
            Vector z00 = c0, z01 = c0;
            ref double at = ref Unsafe.Add(ref a, i);
            nuint o = 0;
            nuint j = 0;
            for (; j < half; j++)
            {
                Vector x0 = Vector512.LoadUnsafe(ref at);
                Vector x1 = Vector512.LoadUnsafe(ref at, 8);
                Vector weight = Vector512.Create(Unsafe.Add(ref w, o));
                z00 = Vector512.FusedMultiplyAdd(weight, x0, z00);
                z01 = Vector512.FusedMultiplyAdd(weight, x1, z01);
                at = ref Unsafe.Add(ref at, samples);
                o += inputStride;
            }

            for (; j < end; j++)
            {
                Vector x1 = Vector512.LoadUnsafe(ref at, 8);
                z01 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref w, o)), x1, z01);
                at = ref Unsafe.Add(ref at, samples);
                o += inputStride;
            }

            Store(z00, z01, ref z, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector first, Vector second, ref double z, nuint at)
    {
        first.StoreUnsafe(ref z, at);
        second.StoreUnsafe(ref z, at + 8);
    }
}
