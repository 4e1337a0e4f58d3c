using System.Collections.Immutable;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Models.Networks.Training;

/// <summary>The random weights from which a network starts, in the order in which scikit-learn draws them.</summary>
/// <remarks>
/// Each weight and constant of a layer is uniform in ±√(6 / (inputs + nodes)), inputs of the whole spectrum whatever space the network
/// is trained in. Glorot and Bengio (2010), AISTATS, 249-256. Memory (p + r)h doubles, kept from one network to the next. One thread.
/// </remarks>
internal sealed class NetworkStart
{
    /// <summary>Directions of the row space that all nodes take before the next ones: what stays in the first cache.</summary>
    private const int DirectionsAtOnce = 8;

    private readonly NetworkShape _shape;
    private readonly NetworkInputs _inputs;
    private readonly int _variables;
    private readonly double[] _unknowns;
    private readonly double[] _first;

    /// <summary>Room for the starts of networks of one shape, none drawn yet.</summary>
    /// <param name="shape">The networks to train.</param>
    /// <param name="inputs">What they are trained on.</param>
    /// <param name="variables">Variables of a spectrum, p.</param>
    public NetworkStart(NetworkShape shape, NetworkInputs inputs, int variables)
    {
        _shape = shape;
        _inputs = inputs;
        _variables = variables;
        _unknowns = new double[shape.Length];
        _first = new double[checked(_shape.Nodes[1] * variables)];
    }

    /// <summary>The unknowns of the network to train.</summary>
    public ReadOnlySpan<double> Unknowns => _unknowns;

    /// <summary>First-layer weights by the variables of the spectrum, nodes × p.</summary>
    public ReadOnlySpan<double> First => _first;

    /// <summary>The length of the first-layer weights outside the row space.</summary>
    public double Outside { get; private set; }

    /// <summary>Draws the start of the next network.</summary>
    /// <param name="random">The stream; what is drawn later is another matter.</param>
    /// <returns>This.</returns>
    public NetworkStart Draw(Mt19937 random)
    {
        ImmutableArray<int> nodes = _shape.Nodes;
        for (int l = 0; l < _shape.LayerCount; l++)
        {
            int fanIn = l == 0 ? _variables : nodes[l];
            int fanOut = nodes[l + 1];
            double bound = Math.Sqrt(6.0 / (fanIn + fanOut));
            Span<double> weights = l == 0 ? _first : _shape.Weights(_unknowns.AsSpan(), l);
            for (int j = 0; j < fanIn; j++)
            {
                for (int k = 0; k < fanOut; k++)
                {
                    weights[(k * fanIn) + j] = random.NextUniform(-bound, bound);
                }
            }

            foreach (ref double constant in _shape.Constants(_unknowns.AsSpan(), l))
            {
                constant = random.NextUniform(-bound, bound);
            }
        }

        Outside = Enter();
        return this;
    }

    /// <summary>First-layer weights by the variables of the spectrum after training, nodes × p.</summary>
    /// <remarks>W = Q(V - cV₀) + cW₀, where c is how much of the length outside is left.</remarks>
    public double[] Leave(ReadOnlySpan<double> trained)
    {
        double[] weights = new double[_first.Length];
        Spread(trained, trained[_shape.OutsideAt], weights);
        return weights;
    }

    /// <summary>Numbers by the inputs, and a length outside their space, as numbers by the variables of the spectrum, nodes × p.</summary>
    public void Spread(ReadOnlySpan<double> inside, double outside, Span<double> target)
    {
        int p = _variables;
        int stride = _shape.Stride(0);
        if (_inputs.Space is not { } space)
        {
            for (int k = 0; k < _shape.Nodes[1]; k++)
            {
                inside.Slice(k * stride, p).CopyTo(target[(k * p)..]);
            }

            return;
        }

        double left = Outside > 0 ? outside / Outside : 0;
        target.Clear();
        Span<double> coordinates = stackalloc double[DirectionsAtOnce];
        for (int at = 0; at < space.Rank; at += DirectionsAtOnce)
        {
            int count = Math.Min(DirectionsAtOnce, space.Rank - at);
            MatrixView directions = space.Directions.Block(at, 0, count, p);
            for (int k = 0; k < _shape.Nodes[1]; k++)
            {
                for (int j = 0; j < count; j++)
                {
                    coordinates[j] = inside[(k * stride) + at + j] - (left * _unknowns[(k * stride) + at + j]);
                }

                Products.AddTransposedTimes(directions, coordinates[..count], target.Slice(k * p, p));
            }
        }

        for (int k = 0; k < _shape.Nodes[1]; k++)
        {
            Products.Axpy(left, _first.AsSpan(k * p, p), target.Slice(k * p, p));
        }
    }

    private double Enter()
    {
        int p = _variables;
        int stride = _shape.Stride(0);
        if (_inputs.Space is not { } space)
        {
            for (int k = 0; k < _shape.Nodes[1]; k++)
            {
                _first.AsSpan(k * p, p).CopyTo(_unknowns.AsSpan(k * stride));
            }

            return 0;
        }

        for (int at = 0; at < space.Rank; at += DirectionsAtOnce)
        {
            int count = Math.Min(DirectionsAtOnce, space.Rank - at);
            MatrixView directions = space.Directions.Block(at, 0, count, p);
            for (int k = 0; k < _shape.Nodes[1]; k++)
            {
                Products.Project(directions, _first.AsSpan(k * p, p), _unknowns.AsSpan((k * stride) + at, count));
            }
        }

        double squares = 0;
        for (int k = 0; k < _shape.Nodes[1]; k++)
        {
            ReadOnlySpan<double> own = _first.AsSpan(k * p, p);
            ReadOnlySpan<double> coordinates = _unknowns.AsSpan(k * stride, space.Rank);
            squares += Products.Dot(own, own) - Products.Dot(coordinates, coordinates);
        }

        // What rounding leaves of a difference below it is nothing.
        double outside = Math.Sqrt(Math.Max(0, squares));
        _unknowns[_shape.OutsideAt] = outside;
        return outside;
    }
}
