using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pipeline.Stages.Numerics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Models.Networks.Training;

/// <summary>What one layer of a network does to all samples, in one fixed order of summation.</summary>
/// <remarks>
/// Values of nodes stand node after node, the samples of a node side by side in blocks of 16. Tiles of 5, 3 or 1 nodes by 16 samples
/// (or variables) stay in registers: 10 sums are what two loads and five broadcasts keep busy.
/// </remarks>
internal static class LayerKernels
{
    /// <summary>Samples or variables of a tile.</summary>
    public const int Block = 16;

    /// <summary>z = c + W a for every node and sample.</summary>
    /// <param name="a">Inputs × samples.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="samples">Samples, a multiple of 16.</param>
    /// <param name="isTriangular">Whether input j is 0 for all samples before j.</param>
    /// <param name="w">Weights.</param>
    /// <param name="nodeStride">From one node's weights to the next node's.</param>
    /// <param name="inputStride">From one input's weight to the next input's.</param>
    /// <param name="constants">A constant for each node, or nothing.</param>
    /// <param name="z">Nodes × samples.</param>
    /// <param name="nodes">Number of nodes.</param>
    public static void Forward(
        ReadOnlySpan<double> a, int inputs, int samples, bool isTriangular, ReadOnlySpan<double> w, int nodeStride, int inputStride,
        ReadOnlySpan<double> constants, Span<double> z, int nodes)
    {
        ref double aStart = ref MemoryMarshal.GetReference(a);
        ref double wStart = ref MemoryMarshal.GetReference(w);
        ref double zStart = ref MemoryMarshal.GetReference(z);
        for (int k = 0; k < nodes;)
        {
            int left = nodes - k;
            ref double weights = ref Unsafe.Add(ref wStart, k * nodeStride);
            ref double target = ref Unsafe.Add(ref zStart, k * samples);
            ReadOnlySpan<double> own = constants.IsEmpty ? constants : constants[k..];
            if (left >= 5)
            {
                FiveForward(ref aStart, (nuint)inputs, (nuint)samples, isTriangular, ref weights, (nuint)nodeStride, (nuint)inputStride, own, ref target);
                k += 5;
            }
            else if (left >= 3)
            {
                ThreeForward(ref aStart, (nuint)inputs, (nuint)samples, isTriangular, ref weights, (nuint)nodeStride, (nuint)inputStride, own, ref target);
                k += 3;
            }
            else
            {
                OneForward(ref aStart, (nuint)inputs, (nuint)samples, isTriangular, ref weights, (nuint)inputStride, own, ref target);
                k++;
            }
        }
    }

    /// <summary>g = (d xᵀ + αW) / n for every node and variable.</summary>
    /// <param name="d">Derivatives by the nodes' sums, nodes × samples.</param>
    /// <param name="samples">From one node's derivatives to the next node's.</param>
    /// <param name="x">Samples × variables.</param>
    /// <param name="rows">Samples, n.</param>
    /// <param name="variables">Variables, a multiple of 16.</param>
    /// <param name="isTriangular">Whether variable j is 0 for all samples before j.</param>
    /// <param name="w">Weights, nodes × variables.</param>
    /// <param name="alpha">Penalty of squared weights.</param>
    /// <param name="g">Nodes × variables.</param>
    /// <param name="nodes">Number of nodes.</param>
    public static void Gradient(
        ReadOnlySpan<double> d, int samples, ReadOnlySpan<double> x, int rows, int variables, bool isTriangular,
        ReadOnlySpan<double> w, double alpha, Span<double> g, int nodes)
    {
        ref double dStart = ref MemoryMarshal.GetReference(d);
        ref double xStart = ref MemoryMarshal.GetReference(x);
        ref double wStart = ref MemoryMarshal.GetReference(w);
        ref double gStart = ref MemoryMarshal.GetReference(g);
        for (int k = 0; k < nodes;)
        {
            int left = nodes - k;
            ref double own = ref Unsafe.Add(ref dStart, k * samples);
            ref double weights = ref Unsafe.Add(ref wStart, k * variables);
            ref double target = ref Unsafe.Add(ref gStart, k * variables);
            if (left >= 5)
            {
                FiveGradient(ref own, (nuint)samples, ref xStart, (nuint)rows, (nuint)variables, isTriangular, ref weights, alpha, ref target);
                k += 5;
            }
            else if (left >= 3)
            {
                ThreeGradient(ref own, (nuint)samples, ref xStart, (nuint)rows, (nuint)variables, isTriangular, ref weights, alpha, ref target);
                k += 3;
            }
            else
            {
                OneGradient(ref own, ref xStart, (nuint)rows, (nuint)variables, isTriangular, ref weights, alpha, ref target);
                k++;
            }
        }
    }

    /// <summary>d *= f'(z) by the values a = f(z); the sum of d.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Derive(Activation activation, ReadOnlySpan<double> a, Span<double> d)
    {
        ref double aStart = ref MemoryMarshal.GetReference(a);
        ref double dStart = ref MemoryMarshal.GetReference(d);
        nuint n = (nuint)a.Length;
        Vector sum = Vector.Zero;
        for (nuint i = 0; i < n; i += 8)
        {
            Vector value = Vector512.LoadUnsafe(ref dStart, i);
            if (activation == Activation.Tanh)
            {
                Vector at = Vector512.LoadUnsafe(ref aStart, i);
                value *= Vector512.FusedMultiplyAdd(-at, at, Vector.One);
                value.StoreUnsafe(ref dStart, i);
            }
            else if (activation == Activation.Relu)
            {
                value = Vector512.ConditionalSelect(
                    Vector512.GreaterThan(Vector512.LoadUnsafe(ref aStart, i), Vector.Zero), value, Vector.Zero);
                value.StoreUnsafe(ref dStart, i);
            }

            sum += value;
        }

        return Lanes.Sum(sum);
    }

    /// <summary>Applies an activation to n values, a multiple of 8.</summary>
    public static void Activate(Activation activation, Span<double> values)
    {
        if (activation == Activation.Tanh)
        {
            HyperbolicTangent.Apply(values);
        }
        else if (activation == Activation.Relu)
        {
            Rectify(values);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rectify(Span<double> values)
    {
        foreach (ref double value in values)
        {
            value = value < 0 ? 0 : value;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FiveForward(
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
        for (nuint i = 0; i < samples; i += Block)
        {
            nuint end = isTriangular && i + Block < inputs ? i + Block : inputs;
            Vector z00 = c0, z01 = c0, z10 = c1, z11 = c1, z20 = c2, z21 = c2, z30 = c3, z31 = c3, z40 = c4, z41 = c4;
            ref double at = ref Unsafe.Add(ref a, i);
            nuint o = 0;
            for (nuint j = 0; j < end; j++)
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

            Store(z00, z01, ref z, i);
            Store(z10, z11, ref z, samples + i);
            Store(z20, z21, ref z, (2 * samples) + i);
            Store(z30, z31, ref z, (3 * samples) + i);
            Store(z40, z41, ref z, (4 * samples) + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ThreeForward(
        ref double a, nuint inputs, nuint samples, bool isTriangular, ref double w, nuint nodeStride, nuint inputStride,
        ReadOnlySpan<double> constants, ref double z)
    {
        ref double w1 = ref Unsafe.Add(ref w, nodeStride);
        ref double w2 = ref Unsafe.Add(ref w1, nodeStride);
        bool none = constants.IsEmpty;
        Vector c0 = Vector512.Create(none ? 0 : constants[0]);
        Vector c1 = Vector512.Create(none ? 0 : constants[1]);
        Vector c2 = Vector512.Create(none ? 0 : constants[2]);
        for (nuint i = 0; i < samples; i += Block)
        {
            nuint end = isTriangular && i + Block < inputs ? i + Block : inputs;
            Vector z00 = c0, z01 = c0, z10 = c1, z11 = c1, z20 = c2, z21 = c2;
            ref double at = ref Unsafe.Add(ref a, i);
            nuint o = 0;
            for (nuint j = 0; j < end; j++)
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

            Store(z00, z01, ref z, i);
            Store(z10, z11, ref z, samples + i);
            Store(z20, z21, ref z, (2 * samples) + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneForward(
        ref double a, nuint inputs, nuint samples, bool isTriangular, ref double w, nuint inputStride,
        ReadOnlySpan<double> constants, ref double z)
    {
        Vector c0 = Vector512.Create(constants.IsEmpty ? 0 : constants[0]);
        for (nuint i = 0; i < samples; i += Block)
        {
            nuint end = isTriangular && i + Block < inputs ? i + Block : inputs;
            Vector z00 = c0, z01 = c0;
            ref double at = ref Unsafe.Add(ref a, i);
            nuint o = 0;
            for (nuint j = 0; j < end; j++)
            {
                Vector weight = Vector512.Create(Unsafe.Add(ref w, o));
                z00 = Vector512.FusedMultiplyAdd(weight, Vector512.LoadUnsafe(ref at), z00);
                z01 = Vector512.FusedMultiplyAdd(weight, Vector512.LoadUnsafe(ref at, 8), z01);
                at = ref Unsafe.Add(ref at, samples);
                o += inputStride;
            }

            Store(z00, z01, ref z, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FiveGradient(
        ref double d, nuint samples, ref double x, nuint rows, nuint variables, bool isTriangular, ref double w, double alpha, ref double g)
    {
        ref double d1 = ref Unsafe.Add(ref d, samples);
        ref double d2 = ref Unsafe.Add(ref d1, samples);
        ref double d3 = ref Unsafe.Add(ref d2, samples);
        ref double d4 = ref Unsafe.Add(ref d3, samples);
        Vector penalty = Vector512.Create(alpha);
        Vector each = Vector512.Create(1.0 / rows);
        for (nuint j = 0; j < variables; j += Block)
        {
            Vector g00 = Vector.Zero, g01 = Vector.Zero, g10 = Vector.Zero, g11 = Vector.Zero, g20 = Vector.Zero;
            Vector g21 = Vector.Zero, g30 = Vector.Zero, g31 = Vector.Zero, g40 = Vector.Zero, g41 = Vector.Zero;
            nuint i = isTriangular ? j : 0;
            ref double at = ref Unsafe.Add(ref x, (i * variables) + j);
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

            StorePenalised(g00, g01, penalty, each, ref w, ref g, j);
            StorePenalised(g10, g11, penalty, each, ref w, ref g, variables + j);
            StorePenalised(g20, g21, penalty, each, ref w, ref g, (2 * variables) + j);
            StorePenalised(g30, g31, penalty, each, ref w, ref g, (3 * variables) + j);
            StorePenalised(g40, g41, penalty, each, ref w, ref g, (4 * variables) + j);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ThreeGradient(
        ref double d, nuint samples, ref double x, nuint rows, nuint variables, bool isTriangular, ref double w, double alpha, ref double g)
    {
        ref double d1 = ref Unsafe.Add(ref d, samples);
        ref double d2 = ref Unsafe.Add(ref d1, samples);
        Vector penalty = Vector512.Create(alpha);
        Vector each = Vector512.Create(1.0 / rows);
        for (nuint j = 0; j < variables; j += Block)
        {
            Vector g00 = Vector.Zero, g01 = Vector.Zero, g10 = Vector.Zero, g11 = Vector.Zero, g20 = Vector.Zero, g21 = Vector.Zero;
            nuint i = isTriangular ? j : 0;
            ref double at = ref Unsafe.Add(ref x, (i * variables) + j);
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

            StorePenalised(g00, g01, penalty, each, ref w, ref g, j);
            StorePenalised(g10, g11, penalty, each, ref w, ref g, variables + j);
            StorePenalised(g20, g21, penalty, each, ref w, ref g, (2 * variables) + j);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneGradient(
        ref double d, ref double x, nuint rows, nuint variables, bool isTriangular, ref double w, double alpha, ref double g)
    {
        Vector penalty = Vector512.Create(alpha);
        Vector each = Vector512.Create(1.0 / rows);
        for (nuint j = 0; j < variables; j += Block)
        {
            Vector g00 = Vector.Zero, g01 = Vector.Zero;
            nuint i = isTriangular ? j : 0;
            ref double at = ref Unsafe.Add(ref x, (i * variables) + j);
            for (; i < rows; i++)
            {
                Vector delta = Vector512.Create(Unsafe.Add(ref d, i));
                g00 = Vector512.FusedMultiplyAdd(delta, Vector512.LoadUnsafe(ref at), g00);
                g01 = Vector512.FusedMultiplyAdd(delta, Vector512.LoadUnsafe(ref at, 8), g01);
                at = ref Unsafe.Add(ref at, variables);
            }

            StorePenalised(g00, g01, penalty, each, ref w, ref g, j);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector first, Vector second, ref double z, nuint at)
    {
        first.StoreUnsafe(ref z, at);
        second.StoreUnsafe(ref z, at + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePenalised(Vector first, Vector second, Vector penalty, Vector each, ref double w, ref double g, nuint at)
    {
        (Vector512.FusedMultiplyAdd(penalty, Vector512.LoadUnsafe(ref w, at), first) * each).StoreUnsafe(ref g, at);
        (Vector512.FusedMultiplyAdd(penalty, Vector512.LoadUnsafe(ref w, at + 8), second) * each).StoreUnsafe(ref g, at + 8);
    }
}
