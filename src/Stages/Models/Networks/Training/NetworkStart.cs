using System.Collections.Immutable;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Models.Networks.Training;

/// <summary>The random weights from which a network starts, in the order in which scikit-learn draws them.</summary>
/// <remarks>
/// Each weight and constant of a layer is uniform in ±√(6 / (inputs + nodes)), inputs of the whole spectrum whatever space the network
/// is trained in. Glorot and Bengio (2010), AISTATS, 249-256.
/// </remarks>
internal sealed class NetworkStart
{
    private readonly double[] _unknowns;
    private readonly double[] _first;

    private NetworkStart(double[] unknowns, double[] first, double outside)
    {
        _unknowns = unknowns;
        _first = first;
        Outside = outside;
    }

    /// <summary>The unknowns of the network to train.</summary>
    public ReadOnlySpan<double> Unknowns => _unknowns;

    /// <summary>First-layer weights by the variables of the spectrum, nodes × p.</summary>
    public ReadOnlySpan<double> First => _first;

    /// <summary>The length of the first-layer weights outside the row space.</summary>
    public double Outside { get; }

    /// <summary>Draws the start of a network.</summary>
    /// <param name="random">The stream; what is drawn later is another matter.</param>
    /// <param name="shape">The network to train.</param>
    /// <param name="inputs">What it is trained on.</param>
    /// <param name="variables">Variables of a spectrum, p.</param>
    public static NetworkStart Draw(Mt19937 random, NetworkShape shape, NetworkInputs inputs, int variables)
    {
        ImmutableArray<int> nodes = shape.Nodes;
        double[] unknowns = new double[shape.Length];
        double[] first = new double[checked(nodes[1] * variables)];
        for (int l = 0; l < shape.LayerCount; l++)
        {
            int fanIn = l == 0 ? variables : nodes[l];
            int fanOut = nodes[l + 1];
            double bound = Math.Sqrt(6.0 / (fanIn + fanOut));
            Span<double> weights = l == 0 ? first : shape.Weights(unknowns.AsSpan(), l);
            for (int j = 0; j < fanIn; j++)
            {
                for (int k = 0; k < fanOut; k++)
                {
                    weights[(k * fanIn) + j] = random.NextUniform(-bound, bound);
                }
            }

            foreach (ref double constant in shape.Constants(unknowns.AsSpan(), l))
            {
                constant = random.NextUniform(-bound, bound);
            }
        }

        return new NetworkStart(unknowns, first, Enter(shape, inputs, first, variables, unknowns));
    }

    /// <summary>First-layer weights by the variables of the spectrum after training, nodes × p.</summary>
    /// <remarks>W = Q(V - cV₀) + cW₀, where c is how much of the length outside is left.</remarks>
    public double[] Leave(NetworkShape shape, NetworkInputs inputs, ReadOnlySpan<double> trained)
    {
        int p = _first.Length / shape.Nodes[1];
        int stride = shape.Stride(0);
        double[] weights = new double[_first.Length];
        if (inputs.Space is not { } space)
        {
            for (int k = 0; k < shape.Nodes[1]; k++)
            {
                trained.Slice(k * stride, p).CopyTo(weights.AsSpan(k * p));
            }

            return weights;
        }

        Spread(shape, space, trained, trained[shape.OutsideAt], weights);
        return weights;
    }

    /// <summary>Numbers by the directions of the row space, and a length outside it, as numbers by the variables of the spectrum.</summary>
    public void Spread(NetworkShape shape, RowSpace space, ReadOnlySpan<double> inside, double outside, Span<double> target)
    {
        int p = _first.Length / shape.Nodes[1];
        int stride = shape.Stride(0);
        double left = Outside > 0 ? outside / Outside : 0;
        Span<double> coordinates = space.Rank <= 512 ? stackalloc double[space.Rank] : new double[space.Rank];
        for (int k = 0; k < shape.Nodes[1]; k++)
        {
            for (int j = 0; j < coordinates.Length; j++)
            {
                coordinates[j] = inside[(k * stride) + j] - (left * _unknowns[(k * stride) + j]);
            }

            Span<double> own = target.Slice(k * p, p);
            Products.TransposedTimes(space.Directions, coordinates, own);
            Products.Axpy(left, _first.AsSpan(k * p, p), own);
        }
    }

    private static double Enter(NetworkShape shape, NetworkInputs inputs, double[] first, int p, double[] unknowns)
    {
        double squares = 0;
        int stride = shape.Stride(0);
        for (int k = 0; k < shape.Nodes[1]; k++)
        {
            ReadOnlySpan<double> own = first.AsSpan(k * p, p);
            Span<double> target = unknowns.AsSpan(k * stride, inputs.Variables);
            if (inputs.Space is not { } space)
            {
                own.CopyTo(target);
                continue;
            }

            Products.Project(space.Directions, own, target);
            squares += Products.Dot(own, own) - Products.Dot(target, target);
        }

        // What rounding leaves of a difference below it is nothing.
        double outside = Math.Sqrt(Math.Max(0, squares));
        unknowns[shape.OutsideAt] = outside;
        return outside;
    }
}
