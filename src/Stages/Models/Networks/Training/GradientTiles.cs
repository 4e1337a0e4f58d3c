using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Models.Networks.Training;

/// <summary>Derivatives by the weights of some nodes, 16 variables at a time, and the squares of these weights in eight sums.</summary>
/// <remarks>Triangular inputs: the second 8 variables of a block are 0 for the first 8 samples of its diagonal, which are left out there.</remarks>
internal static class GradientTiles
{
    /// <summary>Five nodes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Vector Five(
        ref double d, nuint samples, ref double x, nuint rows, nuint variables, bool isTriangular, ref double w, double alpha, ref double g)
    {
        ref double d1 = ref Unsafe.Add(ref d, samples);
        ref double d2 = ref Unsafe.Add(ref d1, samples);
        ref double d3 = ref Unsafe.Add(ref d2, samples);
        ref double d4 = ref Unsafe.Add(ref d3, samples);
        Vector penalty = Vector512.Create(alpha);
        Vector each = Vector512.Create(1.0 / rows);
        Vector squares = Vector.Zero;
        for (nuint j = 0; j < variables; j += LayerKernels.Block)
        {
            Vector g00 = Vector.Zero, g01 = Vector.Zero, g10 = Vector.Zero, g11 = Vector.Zero, g20 = Vector.Zero;
            Vector g21 = Vector.Zero, g30 = Vector.Zero, g31 = Vector.Zero, g40 = Vector.Zero, g41 = Vector.Zero;
            nuint i = isTriangular ? j : 0;
            nuint half = isTriangular ? Math.Min(j + (LayerKernels.Block / 2), rows) : 0;
            ref double at = ref Unsafe.Add(ref x, (i * variables) + j);
            for (; i < half; i++)
            {
                Vector x0 = Vector512.LoadUnsafe(ref at);
                g00 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref d, i)), x0, g00);
                g10 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref d1, i)), x0, g10);
                g20 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref d2, i)), x0, g20);
                g30 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref d3, i)), x0, g30);
                g40 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref d4, i)), x0, g40);
                at = ref Unsafe.Add(ref at, variables);
            }

            for (; i < rows; i++)
            {
                Vector x0 = Vector512.LoadUnsafe(ref at);
                Vector x1 = Vector512.LoadUnsafe(ref at, 8);
                Vector delta = Vector512.Create(Unsafe.Add(ref d, i));
                g00 = Vector512.FusedMultiplyAdd(delta, x0, g00);
                g01 = Vector512.FusedMultiplyAdd(delta, x1, g01);
                delta = Vector512.Create(Unsafe.Add(ref d1, i));
                g10 = Vector512.FusedMultiplyAdd(delta, x0, g10);
                g11 = Vector512.FusedMultiplyAdd(delta, x1, g11);
                delta = Vector512.Create(Unsafe.Add(ref d2, i));
                g20 = Vector512.FusedMultiplyAdd(delta, x0, g20);
                g21 = Vector512.FusedMultiplyAdd(delta, x1, g21);
                delta = Vector512.Create(Unsafe.Add(ref d3, i));
                g30 = Vector512.FusedMultiplyAdd(delta, x0, g30);
                g31 = Vector512.FusedMultiplyAdd(delta, x1, g31);
                delta = Vector512.Create(Unsafe.Add(ref d4, i));
                g40 = Vector512.FusedMultiplyAdd(delta, x0, g40);
                g41 = Vector512.FusedMultiplyAdd(delta, x1, g41);
                at = ref Unsafe.Add(ref at, variables);
            }

            squares = StorePenalised(g00, g01, penalty, each, ref w, ref g, j, squares);
            squares = StorePenalised(g10, g11, penalty, each, ref w, ref g, variables + j, squares);
            squares = StorePenalised(g20, g21, penalty, each, ref w, ref g, (2 * variables) + j, squares);
            squares = StorePenalised(g30, g31, penalty, each, ref w, ref g, (3 * variables) + j, squares);
            squares = StorePenalised(g40, g41, penalty, each, ref w, ref g, (4 * variables) + j, squares);
        }

        return squares;
    }

    /// <summary>Three nodes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Vector Three(
        ref double d, nuint samples, ref double x, nuint rows, nuint variables, bool isTriangular, ref double w, double alpha, ref double g)
    {
        ref double d1 = ref Unsafe.Add(ref d, samples);
        ref double d2 = ref Unsafe.Add(ref d1, samples);
        Vector penalty = Vector512.Create(alpha);
        Vector each = Vector512.Create(1.0 / rows);
        Vector squares = Vector.Zero;
        for (nuint j = 0; j < variables; j += LayerKernels.Block)
        {
            Vector g00 = Vector.Zero, g01 = Vector.Zero, g10 = Vector.Zero, g11 = Vector.Zero, g20 = Vector.Zero;
            Vector g21 = Vector.Zero;
            nuint i = isTriangular ? j : 0;
            nuint half = isTriangular ? Math.Min(j + (LayerKernels.Block / 2), rows) : 0;
            ref double at = ref Unsafe.Add(ref x, (i * variables) + j);
            for (; i < half; i++)
            {
                Vector x0 = Vector512.LoadUnsafe(ref at);
                g00 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref d, i)), x0, g00);
                g10 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref d1, i)), x0, g10);
                g20 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref d2, i)), x0, g20);
                at = ref Unsafe.Add(ref at, variables);
            }

            for (; i < rows; i++)
            {
                Vector x0 = Vector512.LoadUnsafe(ref at);
                Vector x1 = Vector512.LoadUnsafe(ref at, 8);
                Vector delta = Vector512.Create(Unsafe.Add(ref d, i));
                g00 = Vector512.FusedMultiplyAdd(delta, x0, g00);
                g01 = Vector512.FusedMultiplyAdd(delta, x1, g01);
                delta = Vector512.Create(Unsafe.Add(ref d1, i));
                g10 = Vector512.FusedMultiplyAdd(delta, x0, g10);
                g11 = Vector512.FusedMultiplyAdd(delta, x1, g11);
                delta = Vector512.Create(Unsafe.Add(ref d2, i));
                g20 = Vector512.FusedMultiplyAdd(delta, x0, g20);
                g21 = Vector512.FusedMultiplyAdd(delta, x1, g21);
                at = ref Unsafe.Add(ref at, variables);
            }

            squares = StorePenalised(g00, g01, penalty, each, ref w, ref g, j, squares);
            squares = StorePenalised(g10, g11, penalty, each, ref w, ref g, variables + j, squares);
            squares = StorePenalised(g20, g21, penalty, each, ref w, ref g, (2 * variables) + j, squares);
        }

        return squares;
    }

    /// <summary>One node.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Vector One(
        ref double d, ref double x, nuint rows, nuint variables, bool isTriangular, ref double w, double alpha, ref double g)
    {
        Vector penalty = Vector512.Create(alpha);
        Vector each = Vector512.Create(1.0 / rows);
        Vector squares = Vector.Zero;
        for (nuint j = 0; j < variables; j += LayerKernels.Block)
        {
            Vector g00 = Vector.Zero, g01 = Vector.Zero;
            nuint i = isTriangular ? j : 0;
            nuint half = isTriangular ? Math.Min(j + (LayerKernels.Block / 2), rows) : 0;
            ref double at = ref Unsafe.Add(ref x, (i * variables) + j);
            for (; i < half; i++)
            {
                Vector x0 = Vector512.LoadUnsafe(ref at);
                g00 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref d, i)), x0, g00);
                at = ref Unsafe.Add(ref at, variables);
            }

            for (; i < rows; i++)
            {
                Vector x0 = Vector512.LoadUnsafe(ref at);
                Vector x1 = Vector512.LoadUnsafe(ref at, 8);
                Vector delta = Vector512.Create(Unsafe.Add(ref d, i));
                g00 = Vector512.FusedMultiplyAdd(delta, x0, g00);
                g01 = Vector512.FusedMultiplyAdd(delta, x1, g01);
                at = ref Unsafe.Add(ref at, variables);
            }

            squares = StorePenalised(g00, g01, penalty, each, ref w, ref g, j, squares);
        }

        return squares;
    }

    /// <summary>Stores derivatives with the penalty's; the squares of the weights added to others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector StorePenalised(
        Vector first, Vector second, Vector penalty, Vector each, ref double w, ref double g, nuint at, Vector squares)
    {
        Vector weights = Vector512.LoadUnsafe(ref w, at);
        Vector others = Vector512.LoadUnsafe(ref w, at + 8);
        (Vector512.FusedMultiplyAdd(penalty, weights, first) * each).StoreUnsafe(ref g, at);
        (Vector512.FusedMultiplyAdd(penalty, others, second) * each).StoreUnsafe(ref g, at + 8);
        return Vector512.FusedMultiplyAdd(others, others, Vector512.FusedMultiplyAdd(weights, weights, squares));
    }
}
