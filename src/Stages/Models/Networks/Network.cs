using System.Collections.Immutable;
using Pipeline.Stages.Models.Networks.Training;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Networks;

/// <summary>A trained network.</summary>
/// <remarks>Immutable, safe for several threads. Memory: its weights.</remarks>
internal sealed class Network
{
    private readonly Matrix[] _weights;
    private readonly double[][] _constants;

    private Network(Matrix[] weights, double[][] constants)
    {
        _weights = weights;
        _constants = constants;
    }

    /// <summary>Layers of weights.</summary>
    public int LayerCount => _weights.Length;

    /// <summary>Numbers predicted.</summary>
    public int OutputCount => _constants[^1].Length;

    /// <summary>Weights of the first layer, nodes × p.</summary>
    public MatrixView First => _weights[0].View;

    /// <summary>Whether every weight is a number.</summary>
    public bool IsFinite => _weights.All(layer => double.IsFinite(Products.Dot(layer.Values, layer.Values)))
        && _constants.All(layer => layer.All(double.IsFinite));

    /// <summary>The network at some unknowns, with the first layer's weights by the variables of the spectrum.</summary>
    public static Network Of(NetworkShape shape, ReadOnlySpan<double> unknowns, double[] first)
    {
        var weights = new Matrix[shape.LayerCount];
        double[][] constants = new double[shape.LayerCount][];
        for (int l = 0; l < weights.Length; l++)
        {
            double[] values = l == 0 ? first : shape.Weights(unknowns, l).ToArray();
            weights[l] = new Matrix(shape.Nodes[l + 1], values.Length / shape.Nodes[l + 1], values);
            constants[l] = shape.Constants(unknowns, l).ToArray();
        }

        return new Network(weights, constants);
    }

    /// <summary>A network that predicts zeros.</summary>
    public static Network Zero(int variables, ImmutableArray<int> hidden, int outputs)
    {
        ImmutableArray<int> nodes = [variables, .. hidden, outputs];
        return new Network(
            [.. Enumerable.Range(0, nodes.Length - 1).Select(l => new Matrix(nodes[l + 1], nodes[l]))],
            [.. Enumerable.Range(0, nodes.Length - 1).Select(l => new double[nodes[l + 1]])]);
    }

    /// <summary>What the network makes of one spectrum, a number for each output, in one of the rooms. Time: its weights, twice.</summary>
    /// <param name="activation">Of hidden nodes.</param>
    /// <param name="x">The spectrum, as the network was given those it learnt from.</param>
    /// <param name="room">Two rooms for the nodes of the largest layer.</param>
    public ReadOnlySpan<double> Predict(Activation activation, ReadOnlySpan<double> x, (double[] First, double[] Second) room)
    {
        Span<double> values = room.First.AsSpan(0, _weights[0].Rows);
        Layer(0, x, values);
        for (int l = 1; l < _weights.Length; l++)
        {
            LayerKernels.Activate(activation, values);
            (double[] source, double[] target) = l % 2 == 1 ? room : (room.Second, room.First);
            values = target.AsSpan(0, _weights[l].Rows);
            Layer(l, source.AsSpan(0, _weights[l].Columns), values);
        }

        return values;
    }

    /// <summary>Two rooms for the nodes of the largest layer.</summary>
    public (double[] First, double[] Second) Room()
    {
        int nodes = _weights.Max(layer => layer.Rows);
        return (new double[nodes], new double[nodes]);
    }

    /// <summary>Weights and constants of one layer of several networks of one shape, node after node, the constant last.</summary>
    public static Matrix Save(IReadOnlyList<Network> networks, int layer)
    {
        Matrix one = networks[0]._weights[layer];
        var saved = new Matrix(networks.Count * one.Rows, one.Columns + 1);
        for (int row = 0; row < saved.Rows; row++)
        {
            Network network = networks[row / one.Rows];
            network._weights[layer].Row(row % one.Rows).CopyTo(saved.Row(row));
            saved[row, one.Columns] = network._constants[layer][row % one.Rows];
        }

        return saved;
    }

    /// <summary>The networks of saved layers.</summary>
    public static Network[] Restore(IReadOnlyList<Matrix> layers, int count)
    {
        var networks = new Network[count];
        for (int i = 0; i < count; i++)
        {
            var weights = new Matrix[layers.Count];
            double[][] constants = new double[layers.Count][];
            for (int l = 0; l < layers.Count; l++)
            {
                int nodes = layers[l].Rows / count;
                int inputs = layers[l].Columns - 1;
                weights[l] = layers[l].View.Block(i * nodes, 0, nodes, inputs).ToMatrix();
                constants[l] = new double[nodes];
                layers[l].View.Block(i * nodes, 0, nodes, inputs + 1).CopyColumn(inputs, constants[l]);
            }

            networks[i] = new Network(weights, constants);
        }

        return networks;
    }

    private void Layer(int layer, ReadOnlySpan<double> inputs, Span<double> values)
    {
        Products.Project(_weights[layer].View, inputs, values);
        for (int k = 0; k < values.Length; k++)
        {
            values[k] += _constants[layer][k];
        }
    }
}
