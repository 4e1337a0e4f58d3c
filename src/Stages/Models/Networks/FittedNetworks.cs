using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Networks;

/// <summary>A fitted sum of networks of one shape: one of them, or those of a boosted model; of numbers, or of the scores of classes.</summary>
/// <remarks>Immutable, safe for several threads. Memory: p weights for each node of each network.</remarks>
public sealed class FittedNetworks : IFittedModel
{
    private const string FormName = "network_form";
    private const string MeansName = "input_means";
    private const string ScalesName = "input_scales";
    private const string OffsetsName = "score_offsets";
    private const string SeenName = "classes_seen";
    private const int LayersMax = 3;

    /// <summary>Samples that one network predicts before the next one does, so that its weights are read once for all of them.</summary>
    private const int SamplesAtOnce = 32;

    private readonly ImmutableArray<Network> _networks;
    private readonly Activation _activation;
    private readonly double[] _means;
    private readonly double[] _scales;
    private readonly double[] _offsets;
    private readonly SeenClasses? _classes;
    private readonly double _factor;

    private FittedNetworks(
        ImmutableArray<Network> networks, Activation activation, double[] means, double[] scales, double[] offsets, double factor, SeenClasses? classes)
    {
        _networks = networks;
        _activation = activation;
        _means = means;
        _scales = scales;
        _offsets = offsets;
        _factor = factor;
        _classes = classes;
    }

    /// <summary>A number.</summary>
    internal FittedNetworks(ImmutableArray<Network> networks, Activation activation, ScaledCalibration calibration, double weight)
        : this(networks, activation, calibration.Means, calibration.Scales, [calibration.Offset], weight * calibration.Factor, null)
    {
    }

    /// <summary>Classes.</summary>
    internal FittedNetworks(
        ImmutableArray<Network> networks, Activation activation, ScaledCalibration calibration, double weight, double[] offsets)
        : this(networks, activation, calibration.Means, calibration.Scales, offsets, weight, calibration.Classes)
    {
    }

    /// <summary>Networks that are added up.</summary>
    public int NetworkCount => _networks.Length;

    /// <inheritdoc/>
    public int VariableCount => _means.Length;

    /// <inheritdoc/>
    public int ResponseCount => _classes?.ClassCount ?? 1;

    /// <summary>
    /// The form (activation, number of networks, offset and factor of their sum), means and factors of the variables, for every layer the
    /// weights of all nodes of all networks with the constant last; and of classes which of them were seen, and the offset of each score.
    /// </summary>
    public ImmutableArray<NamedArray> Learnt =>
    [
        NamedArray.Of(FormName, [(double)_activation, _networks.Length, _classes is null ? _offsets[0] : 0, _factor, _networks[0].LayerCount]),
        NamedArray.Of(MeansName, [.. _means]),
        NamedArray.Of(ScalesName, [.. _scales]),
        .. Enumerable.Range(0, _networks[0].LayerCount).Select(l => new NamedArray(LayerName(l), Network.Save(_networks, l))),
        .. LearntOfClasses(),
    ];

    /// <summary>The model of saved arrays.</summary>
    /// <exception cref="StageException">An array is missing or does not fit the others.</exception>
    public static FittedNetworks Restore(ImmutableArray<NamedArray> learnt, int variables)
    {
        double[] form = SavedNumbers.Of(learnt, FormName, 5);
        SeenClasses? classes = RestoreClasses(learnt);
        double[] offsets = classes is null ? [form[2]] : SavedNumbers.Of(learnt, OffsetsName, classes.ScoreCount);
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
            if (layer.Columns != inputs + 1 || layer.Rows < count || layer.Rows % count != 0 || (isLast && layer.Rows != count * offsets.Length))
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
            offsets,
            form[3],
            classes);
    }

    /// <inheritdoc/>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, _means.Length, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Rows, x.Rows, nameof(yHat));
        (double[], double[]) room = _networks[0].Room();
        int outputs = _offsets.Length;
        var scaled = new Matrix(Math.Min(x.Rows, SamplesAtOnce), _means.Length);
        double[] sums = new double[scaled.Rows * outputs];
        for (int first = 0; first < x.Rows; first += SamplesAtOnce)
        {
            int count = Math.Min(SamplesAtOnce, x.Rows - first);
            for (int i = 0; i < count; i++)
            {
                RowKernels.ShiftAndScale(x.Row(first + i), _means, _scales, scaled.Row(i));
            }

            Array.Clear(sums);
            foreach (Network network in _networks)
            {
                for (int i = 0; i < count; i++)
                {
                    ReadOnlySpan<double> own = network.Predict(_activation, scaled.Row(i), room);
                    for (int k = 0; k < own.Length; k++)
                    {
                        sums[(i * outputs) + k] += own[k];
                    }
                }
            }

            for (int i = 0; i < count; i++)
            {
                Conclude(sums.AsSpan(i * outputs, outputs), yHat.Row(first + i));
            }
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

    private void Conclude(Span<double> sums, Span<double> yHat)
    {
        for (int k = 0; k < sums.Length; k++)
        {
            sums[k] = _offsets[k] + (_factor * sums[k]);
        }

        if (_classes is null)
        {
            yHat[0] = sums[0];
        }
        else
        {
            _classes.Write(sums, yHat);
        }
    }

    private IEnumerable<NamedArray> LearntOfClasses() => _classes is null
        ? []
        : [
            NamedArray.Of(SeenName, [.. Enumerable.Range(0, _classes.ClassCount).Select(c => _classes.Seen.Contains(c) ? 1.0 : 0)]),
            NamedArray.Of(OffsetsName, [.. _offsets]),
        ];

    private static SeenClasses? RestoreClasses(ImmutableArray<NamedArray> learnt)
    {
        if (learnt.All(array => array.Name != SeenName))
        {
            return null;
        }

        double[] seen = [.. SavedNumbers.Any(learnt, SeenName).Values];
        var classes = SeenClasses.Of([.. seen.Select(one => one == 1 ? 1 : 0)]);
        return classes.Seen.Length >= 2
            ? classes
            : throw Damaged($"'{SeenName}' names {classes.Seen.Length} classes");
    }

    private static string LayerName(int layer) => $"layer_{layer + 1}";

    private static StageException Damaged(string what) => new(
        FailureKind.InvalidData, $"The saved model cannot be used: {what}. Take the folder from its source again.");
}
