using System.Collections.Immutable;

namespace Pipeline.Stages.Models.Networks.Training;

/// <summary>The layers of a network, and where their numbers stand among its unknowns.</summary>
/// <remarks>
/// The unknowns are, layer after layer, the weights of each node side by side and then a constant for each node. Nodes of the
/// first layer have room for a whole number of blocks of 16 weights, the rest of which stays 0. One number beside them is the
/// length of what the start weights have outside the row space of the spectra (<see cref="NetworkInputs"/>).
/// </remarks>
internal sealed class NetworkShape
{
    private readonly int[] _weights;
    private readonly int[] _constants;
    private readonly int[] _strides;

    /// <summary>A network.</summary>
    /// <param name="inputs">Numbers that the first layer takes.</param>
    /// <param name="hidden">Nodes of each hidden layer.</param>
    /// <param name="outputs">Numbers predicted.</param>
    public NetworkShape(int inputs, ImmutableArray<int> hidden, int outputs)
    {
        Nodes = [inputs, .. hidden, outputs];
        _weights = new int[LayerCount];
        _constants = new int[LayerCount];
        _strides = new int[LayerCount];
        int at = 0;
        for (int l = 0; l < LayerCount; l++)
        {
            _strides[l] = l == 0 ? NetworkInputs.Padded(inputs) : Nodes[l];
            _weights[l] = at;
            at = checked(at + (_strides[l] * Nodes[l + 1]));
            _constants[l] = at;
            at += Nodes[l + 1];
        }

        OutsideAt = at;
        Length = (at + 8) / 8 * 8;
    }

    /// <summary>Inputs, nodes of each hidden layer, outputs.</summary>
    public ImmutableArray<int> Nodes { get; }

    /// <summary>Layers of weights: hidden layers and one.</summary>
    public int LayerCount => Nodes.Length - 1;

    /// <summary>Unknowns with their padding, a multiple of 8.</summary>
    public int Length { get; }

    /// <summary>Where the length outside the row space stands.</summary>
    public int OutsideAt { get; }

    /// <summary>Weights that a layer's node takes, padding included.</summary>
    public int Stride(int layer) => _strides[layer];

    /// <summary>Where a layer's weights start.</summary>
    public int WeightsAt(int layer) => _weights[layer];

    /// <summary>Where a layer's constants start.</summary>
    public int ConstantsAt(int layer) => _constants[layer];

    /// <summary>All weights of a layer, node after node.</summary>
    public Span<double> Weights(Span<double> unknowns, int layer) =>
        unknowns.Slice(_weights[layer], _strides[layer] * Nodes[layer + 1]);

    /// <summary>All weights of a layer, node after node.</summary>
    public ReadOnlySpan<double> Weights(ReadOnlySpan<double> unknowns, int layer) =>
        unknowns.Slice(_weights[layer], _strides[layer] * Nodes[layer + 1]);

    /// <summary>The constants of a layer.</summary>
    public Span<double> Constants(Span<double> unknowns, int layer) => unknowns.Slice(_constants[layer], Nodes[layer + 1]);

    /// <summary>The constants of a layer.</summary>
    public ReadOnlySpan<double> Constants(ReadOnlySpan<double> unknowns, int layer) =>
        unknowns.Slice(_constants[layer], Nodes[layer + 1]);
}
