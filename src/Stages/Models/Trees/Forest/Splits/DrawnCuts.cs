using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Stages.Models.Trees.Forest.Splits;

/// <summary>Tries each variable that a split looks at by one threshold, drawn between its smallest and its largest value in the node.</summary>
/// <remarks>
/// Nothing is sorted: the values of eight variables are passed twice, for their ends and for their sums. The draw of a
/// variable depends on the node's seed and the variable alone. Where every variable drawn is constant, more are drawn, one
/// by one. Geurts, Ernst and Wehenkel (2006), Machine Learning 63, 3-42. Memory 64n bytes. One thread.
/// </remarks>
internal sealed class DrawnCuts : ICutSearch
{
    private const int Width = 8;
    private const ulong DrawsThresholds = 0x3C6EF372FE94F82B;

    private readonly TreeSpectra _spectra;
    private readonly int _variables;
    private readonly int _perSplit;
    private readonly NodeVariables _drawn;
    private readonly double[] _values;
    private readonly int[] _starts;
    private readonly double[] _thresholds = new double[Width];
    private readonly double[] _sums;
    private readonly double[] _weights = new double[Width];
    private readonly double[] _gains = new double[Width];

    /// <summary>Room for trees over these samples.</summary>
    public DrawnCuts(TreeSpectra spectra, ForestRules rules)
    {
        _spectra = spectra;
        _variables = spectra.Variables;
        _perSplit = rules.VariablesPerSplit(_variables);
        _drawn = new NodeVariables(_variables);
        _values = new double[spectra.Count * Width];
        _starts = new int[spectra.Count];
        _sums = new double[rules.ColumnsSearched(spectra.Y.Columns) * Width];
    }

    /// <summary>Bytes of the room.</summary>
    public static long SizeBytes(long samples, int variables) =>
        (samples * ((Width * sizeof(double)) + sizeof(int))) + (variables * 2L * sizeof(int));

    /// <inheritdoc/>
    public void Begin(NodeSamples node, int count)
    {
        // Values are read where they lie.
    }

    /// <inheritdoc/>
    public void Divided(NodeSamples node, int left, byte[] goesLeft)
    {
        // As above.
    }

    /// <inheritdoc/>
    public Cut Find(NodeSamples node)
    {
        bool all = _perSplit == _variables;
        _drawn.Restart(node.Seed);
        if (!all)
        {
            _drawn.DrawTo(_perSplit);
        }

        Cut best = Cut.None;
        for (int first = 0; first < _perSplit; first += Width)
        {
            best = Cut.Better(best, BestOfBlock(node, first, Math.Min(Width, _perSplit - first), all), node.Seed);
        }

        while (!best.Exists && !all && _drawn.HasMore)
        {
            _drawn.Next();
            best = BestOfBlock(node, _drawn.Count - 1, 1, all);
        }

        return best;
    }

    /// <summary>Where between the ends of a variable the threshold of a node lies, from 0 to 1.</summary>
    internal static double Draw(ulong seed, int variable) => (ForestRules.Rank(seed ^ DrawsThresholds, variable) >> 11) * (1.0 / (1UL << 53));

    private Cut BestOfBlock(NodeSamples node, int first, int count, bool all)
    {
        ReadOnlySpan<ushort> places = node.Places;
        bool inPlace = all && count == Width;
        ref double values = ref MemoryMarshal.GetReference(inPlace ? _spectra.X.Values[first..] : _values);
        for (int i = 0; i < places.Length; i++)
        {
            int row = _spectra.Samples[places[i]];
            _starts[i] = inPlace ? row * _variables : i * Width;
            if (!inPlace)
            {
                ReadOnlySpan<double> x = _spectra.X.Row(row);
                for (int lane = 0; lane < count; lane++)
                {
                    _values[(i * Width) + lane] = x[VariableOf(first + lane, all)];
                }
            }
        }

        (Vector512<double> low, Vector512<double> high) = Ends(ref values, places.Length);
        for (int lane = 0; lane < Width; lane++)
        {
            double drawn = lane < count ? low[lane] + (Draw(node.Seed, VariableOf(first + lane, all)) * (high[lane] - low[lane])) : 0;
            _thresholds[lane] = drawn < high[lane] ? drawn : low[lane];
        }

        SumLeft(node, ref values);
        for (int lane = 0; lane < Width; lane++)
        {
            _gains[lane] = Gain(lane, _weights[lane], node.Weight);
        }

        Cut best = Cut.None;
        for (int lane = 0; lane < count; lane++)
        {
            int variable = VariableOf(first + lane, all);
            Cut cut = _spectra.HasMissing[variable]
                ? WithMissing(node, variable)
                : low[lane] < high[lane] ? new Cut(variable, _thresholds[lane], false, _gains[lane]) : Cut.None;
            best = Cut.Better(best, cut, node.Seed);
        }

        return best;
    }

    private int VariableOf(int t, bool all) => all ? t : _drawn.Drawn[t];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (Vector512<double> Low, Vector512<double> High) Ends(ref double values, int count)
    {
        Vector512<double> low = Vector512.Create(double.PositiveInfinity);
        Vector512<double> high = Vector512.Create(double.NegativeInfinity);
        for (int i = 0; i < count; i++)
        {
            Vector512<double> x = Vector512.LoadUnsafe(ref values, (nuint)_starts[i]);
            low = Vector512.ConditionalSelect(Vector512.LessThan(x, low), x, low);
            high = Vector512.ConditionalSelect(Vector512.GreaterThan(x, high), x, high);
        }

        return (low, high);
    }

    /// <summary>Deviations and weights of the samples at or below the thresholds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumLeft(NodeSamples node, ref double values)
    {
        ReadOnlySpan<ushort> places = node.Places;
        Vector512<double> thresholds = Vector512.LoadUnsafe(ref _thresholds[0]);
        for (int c = 0; c < node.Columns; c++)
        {
            ReadOnlySpan<double> deviations = node.Deviations.AsSpan(c * _spectra.Count, _spectra.Count);
            Vector512<double> sums = Vector512<double>.Zero;
            Vector512<double> weights = Vector512<double>.Zero;
            for (int i = 0; i < places.Length; i++)
            {
                Vector512<double> left = Vector512.LessThanOrEqual(Vector512.LoadUnsafe(ref values, (nuint)_starts[i]), thresholds);
                sums += left & Vector512.Create(deviations[places[i]]);
                weights += left & Vector512<double>.One;
            }

            sums.StoreUnsafe(ref _sums[c * Width]);
            weights.StoreUnsafe(ref _weights[0]);
        }
    }

    private double Gain(int lane, double weight, double all)
    {
        double square = 0;
        for (int at = lane; at < _sums.Length; at += Width)
        {
            square += _sums[at] * _sums[at];
        }

        return square / (weight * (all - weight));
    }

    /// <summary>The better of missing values going right and left; where all others are equal, those others against the missing ones.</summary>
    private Cut WithMissing(NodeSamples node, int variable)
    {
        (double low, double high) = (double.PositiveInfinity, double.NegativeInfinity);
        int missing = 0;
        foreach (ushort place in node.Places)
        {
            double x = _spectra.Value(place, variable);
            low = x < low ? x : low;
            high = x > high ? x : high;
            missing += double.IsNaN(x) ? 1 : 0;
        }

        if (missing == node.Count || (missing == 0 && low == high))
        {
            return Cut.None;
        }

        if (low == high)
        {
            return Try(node, new Cut(variable, double.PositiveInfinity, false, 0));
        }

        double drawn = low + (Draw(node.Seed, variable) * (high - low));
        double threshold = drawn < high ? drawn : low;
        Cut right = Try(node, new Cut(variable, threshold, false, 0));
        Cut left = missing == 0 ? Cut.None : Try(node, new Cut(variable, threshold, true, 0));
        return left.Gain > right.Gain ? left : right;
    }

    private Cut Try(NodeSamples node, Cut cut)
    {
        _sums.AsSpan().Clear();
        double weight = 0;
        foreach (ushort place in node.Places)
        {
            if (cut.GoesLeft(_spectra.Value(place, cut.Variable)))
            {
                weight++;
                for (int c = 0; c < node.Columns; c++)
                {
                    _sums[c * Width] += node.Deviations[(c * _spectra.Count) + place];
                }
            }
        }

        return cut with { Gain = Gain(0, weight, node.Weight) };
    }
}
