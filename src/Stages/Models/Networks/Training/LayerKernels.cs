using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pipeline.Stages.Numerics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Models.Networks.Training;

/// <summary>What one layer of a network does to all samples, in one fixed order of summation.</summary>
/// <remarks>
/// Values of nodes stand node after node, the samples of a node side by side in blocks of 16. Tiles of 5, 3 or 1 nodes by 16 samples
/// (<see cref="ForwardTiles"/>) or variables (<see cref="GradientTiles"/>) stay in registers: 10 sums are what two loads and five
/// broadcasts keep busy.
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
                ForwardTiles.Five(ref aStart, (nuint)inputs, (nuint)samples, isTriangular, ref weights, (nuint)nodeStride, (nuint)inputStride, own, ref target);
                k += 5;
            }
            else if (left >= 3)
            {
                ForwardTiles.Three(ref aStart, (nuint)inputs, (nuint)samples, isTriangular, ref weights, (nuint)nodeStride, (nuint)inputStride, own, ref target);
                k += 3;
            }
            else
            {
                ForwardTiles.One(ref aStart, (nuint)inputs, (nuint)samples, isTriangular, ref weights, (nuint)inputStride, own, ref target);
                k++;
            }
        }
    }

    /// <summary>g = (d xᵀ + αW) / n for every node and variable; the sum of squared weights.</summary>
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
    public static double Gradient(
        ReadOnlySpan<double> d, int samples, ReadOnlySpan<double> x, int rows, int variables, bool isTriangular,
        ReadOnlySpan<double> w, double alpha, Span<double> g, int nodes)
    {
        ref double dStart = ref MemoryMarshal.GetReference(d);
        ref double xStart = ref MemoryMarshal.GetReference(x);
        ref double wStart = ref MemoryMarshal.GetReference(w);
        ref double gStart = ref MemoryMarshal.GetReference(g);
        Vector squares = Vector.Zero;
        for (int k = 0; k < nodes;)
        {
            int left = nodes - k;
            ref double own = ref Unsafe.Add(ref dStart, k * samples);
            ref double weights = ref Unsafe.Add(ref wStart, k * variables);
            ref double target = ref Unsafe.Add(ref gStart, k * variables);
            if (left >= 5)
            {
                squares += GradientTiles.Five(ref own, (nuint)samples, ref xStart, (nuint)rows, (nuint)variables, isTriangular, ref weights, alpha, ref target);
                k += 5;
            }
            else if (left >= 3)
            {
                squares += GradientTiles.Three(ref own, (nuint)samples, ref xStart, (nuint)rows, (nuint)variables, isTriangular, ref weights, alpha, ref target);
                k += 3;
            }
            else
            {
                squares += GradientTiles.One(ref own, ref xStart, (nuint)rows, (nuint)variables, isTriangular, ref weights, alpha, ref target);
                k++;
            }
        }

        return Lanes.Sum(squares);
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
}
