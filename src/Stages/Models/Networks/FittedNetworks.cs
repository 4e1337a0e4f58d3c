using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Networks;

/// <summary>A fitted sum of networks of one shape: one of them, or those of a boosted model.</summary>
/// <remarks>Immutable, safe for several threads. Memory: p weights for each node of each network.</remarks>
public sealed class FittedNetworks : IFittedModel
{
    private const string FormName = "network_form";
    private const string MeansName = "input_means";
    private const string ScalesName = "input_scales";
    private const int LayersMax = 3;

    private readonly ImmutableArray<Network> _networks;
    private readonly Activation _activation;
    private readonly double[] _means;
    private readonly double[] _scales;
    private readonly double _offset;
    private readonly double _factor;

    private FittedNetworks(
        ImmutableArray<Network> networks, Activation activation, double[] means, double[] scales, double offset, double factor)
    {
        _networks = networks;
        _activation = activation;
        _means = means;
        _scales = scales;
        _offset = offset;
        _factor = factor;
    }

    internal FittedNetworks(ImmutableArray<Network> networks, Activation activation, ScaledCalibration calibration, double weight)
        : this(networks, activation, calibration.Means, calibration.Scales, calibration.Offset, weight * calibration.Factor)
    {
    }

    /// <summary>Networks that are added up.</summary>
    public int NetworkCount => _networks.Length;

    /// <inheritdoc/>
    public int VariableCount => _means.Length;

    /// <inheritdoc/>
    public int ResponseCount => 1;

    /// <summary>
    /// The form (activation, number of networks, offset and factor of their sum), means and factors of the variables, and for every
    /// layer the weights of all nodes of all networks with the constant last.
    /// </summary>
    public ImmutableArray<NamedArray> Learnt =>
    [
        NamedArray.Of(FormName, [(double)_activation, _networks.Length, _offset, _factor, _networks[0].LayerCount]),
        NamedArray.Of(MeansName, [.. _means]),
        NamedArray.Of(ScalesName, [.. _scales]),
        .. Enumerable.Range(0, _networks[0].LayerCount).Select(l => new NamedArray(LayerName(l), Network.Save(_networks, l))),
    ];

    /// <summary>The model of saved arrays.</summary>
    /// <exception cref="StageException">An array is missing or does not fit the others.</exception>
    public static FittedNetworks Restore(ImmutableArray<NamedArray> learnt, int variables)
    {
        double[] form = SavedNumbers.Of(learnt, FormName, 5);
        int count = (int)form[1];
        int layerCount = (int)form[4];
        if (!Enum.IsDefined((Activation)(int)form[0]) || count < 1 || layerCount is < 2 or > LayersMax)
        {
            throw Damaged($"'{FormName}' names activation {form[0]}, {form[1]} networks and {form[4]} layers");
        }

        var layers = new Matrix[layerCount];
        int inputs = variables;
        for (int l = 0; l < layerCount; l++)
        {
            Matrix layer = SavedNumbers.Any(learnt, LayerName(l));
            bool isLast = l == layerCount - 1;
            if (layer.Columns != inputs + 1 || layer.Rows < count || layer.Rows % count != 0 || (isLast && layer.Rows != count))
            {
                throw Damaged($"'{LayerName(l)}' is {layer.Rows} x {layer.Columns} for {count} networks with {inputs} inputs");
            }

            layers[l] = layer;
            inputs = layer.Rows / count;
        }

        return new FittedNetworks(
            [.. Network.Restore(layers, count)],
            (Activation)(int)form[0],
            SavedNumbers.Of(learnt, MeansName, variables),
            SavedNumbers.Of(learnt, ScalesName, variables),
            form[2],
            form[3]);
    }

    /// <inheritdoc/>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, _means.Length, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Rows, x.Rows, nameof(yHat));
        double[] scaled = new double[_means.Length];
        (double[], double[]) room = _networks[0].Room();
        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.ShiftAndScale(x.Row(i), _means, _scales, scaled);
            double sum = 0;
            foreach (Network network in _networks)
            {
                sum += network.Predict(_activation, scaled, room);
            }

            yHat[i, 0] = _offset + (_factor * sum);
        }
    }

    /// <summary>Mean magnitude of the first layer's weights of a variable over all nodes of all networks: of standardised variables, per deviation.</summary>
    public void CopyImportance(Span<double> importance)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(importance.Length, _means.Length);
        importance.Clear();
        int nodes = _networks.Length * _networks[0].First.Rows;
        foreach (Network network in _networks)
        {
            for (int k = 0; k < network.First.Rows; k++)
            {
                ReadOnlySpan<double> weights = network.First.Row(k);
                for (int j = 0; j < importance.Length; j++)
                {
                    importance[j] += Math.Abs(weights[j]) / nodes;
                }
            }
        }
    }

    private static string LayerName(int layer) => $"layer_{layer + 1}";

    private static StageException Damaged(string what) => new(
        FailureKind.InvalidData, $"The saved model cannot be used: {what}. Take the folder from its source again.");
}
