using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Stages.Models.Trees.Forest.Splits;

/// <summary>Finds the best threshold of the variables that a split looks at.</summary>
/// <remarks>
/// First every variable gets a bound that its gain cannot exceed, from sums of integers; then the most promising are
/// searched in double precision until no bound is left that could win. Many variables split alike, above all in small
/// nodes: those of one bound count as one, for which the first in the node's random order is searched. A variable with
/// missing values is searched whatever its bound. Where every variable drawn is constant, more are drawn, one by one.
/// One thread.
/// </remarks>
internal sealed class OrderedCuts : ICutSearch
{
    /// <summary>A bound that has been looked at; below that of a constant variable.</summary>
    private const float Done = -2;

    private const int Width = 16;

    private readonly TreeSpectra _spectra;
    private readonly VariableOrders _orders;
    private readonly int _perSplit;
    private readonly int _variables;
    private readonly NodeVariables _drawn;
    private readonly NodeOrders _nodeOrders;
    private readonly ScaledDeviations _scaled;
    private readonly SmallNodes _small;
    private readonly int _smallMax;
    private readonly float[] _bounds;
    private readonly GainBound _bound;
    private readonly double[] _sums;

    /// <summary>Room for trees over these samples.</summary>
    public OrderedCuts(TreeSpectra spectra, VariableOrders orders, ForestRules rules)
    {
        (_spectra, _orders) = (spectra, orders);
        _variables = spectra.Variables;
        _perSplit = rules.VariablesPerSplit(_variables);
        int columns = rules.ColumnsSearched(spectra.Y.Columns);
        _drawn = new NodeVariables(_variables);
        _nodeOrders = new NodeOrders(orders, spectra.Count, _variables, _perSplit);
        _scaled = new ScaledDeviations(columns, spectra.Count);
        _bound = new GainBound(columns, spectra.Count);
        _small = new SmallNodes(columns, spectra.Count);
        _smallMax = SmallNodes.SamplesMax(spectra.Count);
        _bounds = new float[_variables + VariableOrders.Block];
        _sums = new double[columns];
    }

    /// <summary>Bytes of the room.</summary>
    public static long SizeBytes(long samples, int variables, int variablesPerSplit, int columns) =>
        NodeOrders.SizeBytes(samples, variables, variablesPerSplit)
        + ScaledDeviations.SizeBytes(samples, columns) + GainBound.SizeBytes(samples, columns) + (variables * 3L * sizeof(int));

    /// <inheritdoc/>
    public void Begin(NodeSamples node, int count)
    {
        node.Enter(0, count, 0);
        _nodeOrders.Begin(node.Places);
    }

    /// <inheritdoc/>
    public void Divided(NodeSamples node, int left, byte[] goesLeft)
    {
        if (Math.Max(left, node.Count - left) > _smallMax)
        {
            _nodeOrders.Divide(node.Places, node.Start, goesLeft);
        }
    }

    /// <inheritdoc/>
    public Cut Find(NodeSamples node)
    {
        _nodeOrders.Enter();
        _drawn.Restart(node.Seed);
        if (node.Count == 2)
        {
            return FirstThatSplits(node);
        }

        bool all = _perSplit == _variables;
        if (!all)
        {
            _drawn.DrawTo(_perSplit);
        }

        Cut best = _scaled.Scale(node) ? BestByBounds(node, all) : BestOfAll(node, all);
        return best.Exists || all ? best : FirstThatSplits(node);
    }

    /// <summary>Draws variables until one splits the node: of two samples, all that split gain the same.</summary>
    private Cut FirstThatSplits(NodeSamples node)
    {
        while (_drawn.HasMore)
        {
            Cut cut = Search(node, _drawn.Next());
            if (cut.Exists)
            {
                return cut;
            }
        }

        return Cut.None;
    }

    private Cut BestOfAll(NodeSamples node, bool all)
    {
        Cut best = Cut.None;
        for (int t = 0; t < _perSplit; t++)
        {
            best = Cut.Better(best, Search(node, all ? t : _drawn.Drawn[t]), node.Seed);
        }

        return best;
    }

    private Cut BestByBounds(NodeSamples node, bool all)
    {
        ReadOnlySpan<int> drawn = all ? [] : _drawn.Drawn;
        bool isSmall = node.Count <= _smallMax;
        if (isSmall)
        {
            _small.Bound(node, _scaled, _orders.Ranks, _variables, drawn, _bounds);
        }

        for (int t = 0; t < _perSplit; t++)
        {
            int j = all ? t : drawn[t];
            if (_spectra.HasMissing[j])
            {
                _bounds[t] = float.PositiveInfinity;
            }
            else if (!isSmall)
            {
                _bounds[t] = BoundOf(node, j);
            }
        }

        _bounds.AsSpan(_perSplit, VariableOrders.Block).Fill(Done);
        Cut best = Cut.None;
        while (true)
        {
            float bound = Largest();
            if (bound < 0 || (best.Exists && bound < _scaled.Least(best.Gain)))
            {
                return best;
            }

            best = Cut.Better(best, Search(node, TakeOne(bound, all, node.Seed, isSmall)), node.Seed);
        }
    }

    /// <summary>Takes a variable of this bound, with all others of it whose bound is exact, or alone.</summary>
    private int TakeOne(float bound, bool all, ulong seed, bool isSmall)
    {
        int chosen = -1;
        ulong least = ulong.MaxValue;
        Vector512<float> wanted = Vector512.Create(bound);
        for (int first = 0; first < _perSplit; first += Width)
        {
            ulong found = Vector512.Equals(Vector512.LoadUnsafe(ref _bounds[first]), wanted).ExtractMostSignificantBits();
            for (; found != 0; found &= found - 1)
            {
                int t = first + BitOperations.TrailingZeroCount(found);
                int j = all ? t : _drawn.Drawn[t];
                bool alone = _spectra.HasMissing[j] || (!isSmall && _orders.HasTies[j]);
                if (alone && chosen >= 0)
                {
                    continue;
                }

                _bounds[t] = Done;
                if (alone)
                {
                    return j;
                }

                ulong rank = ForestRules.Rank(seed, j);
                if (chosen < 0 || rank < least)
                {
                    (chosen, least) = (j, rank);
                }
            }
        }

        return chosen;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Largest()
    {
        Vector512<float> largest = Vector512.Create(Done);
        ref float bounds = ref MemoryMarshal.GetArrayDataReference(_bounds);
        for (int t = 0; t < _perSplit; t += Width)
        {
            largest = Vector512.MaxNative(largest, Vector512.LoadUnsafe(ref bounds, (nuint)t));
        }

        return GainBound.Largest(largest);
    }

    /// <summary>A bound on the gain of a variable without missing values; -1 where it is constant.</summary>
    private float BoundOf(NodeSamples node, int variable)
    {
        ReadOnlySpan<ushort> order = _nodeOrders.Of(node, variable);
        return _orders.HasTies[variable] && Rank(order[0], variable) == Rank(order[^1], variable)
            ? -1
            : _bound.Of(order, _scaled, node.Weight);
    }

    /// <summary>The best threshold of one variable, in double precision; none where it is constant in the node.</summary>
    private Cut Search(NodeSamples node, int variable)
    {
        ReadOnlySpan<ushort> order = node.Count <= SmallNodes.Most
            ? _nodeOrders.Sorted(node, variable)
            : _nodeOrders.Of(node, variable);
        int known = order.Length;
        if (_spectra.HasMissing[variable])
        {
            while (known > 0 && double.IsNaN(_spectra.Value(order[known - 1], variable)))
            {
                known--;
            }
        }

        (double gain, int at) = Best(node, order, known, variable, missingGoLeft: false);
        if (known < order.Length && known > 0)
        {
            (double withMissing, int other) = Best(node, order, known, variable, missingGoLeft: true);
            if (withMissing > gain)
            {
                return new Cut(variable, Threshold(order, other, known, variable), true, withMissing);
            }
        }

        return at < 0 ? Cut.None : new Cut(variable, Threshold(order, at, known, variable), false, gain);
    }

    /// <summary>The gain of the best split and the place, along the order, of the last sample on its left; -1 for none.</summary>
    private (double Gain, int At) Best(NodeSamples node, ReadOnlySpan<ushort> order, int known, int variable, bool missingGoLeft)
    {
        int n = _spectra.Count;
        _sums.AsSpan().Clear();
        long weight = 0;
        if (missingGoLeft)
        {
            foreach (ushort place in order[known..])
            {
                weight += node.Weights[place];
                Add(node, place, n);
            }
        }

        // Where missing values go right, all known ones may go left.
        int last = known < order.Length && !missingGoLeft ? known : known - 1;
        bool hasTies = _orders.HasTies[variable];
        double best = -1;
        int at = -1;
        for (int i = 0; i < last; i++)
        {
            weight += node.Weights[order[i]];
            double square = Add(node, order[i], n);
            if (i + 1 < known && hasTies && Rank(order[i], variable) == Rank(order[i + 1], variable))
            {
                continue;
            }

            double gain = square / ((double)weight * (node.Weight - weight));
            if (gain > best)
            {
                (best, at) = (gain, i);
            }
        }

        return (best, at);
    }

    /// <summary>Adds a sample to the left side; returns the sum of squares over columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private double Add(NodeSamples node, ushort place, int n)
    {
        double square = 0;
        for (int c = 0; c < _sums.Length; c++)
        {
            _sums[c] += node.Deviations[(c * n) + place];
            square += _sums[c] * _sums[c];
        }

        return square;
    }

    private double Threshold(ReadOnlySpan<ushort> order, int at, int known, int variable) => at + 1 == known
        ? double.PositiveInfinity
        : Cut.Midway(_spectra.Value(order[at], variable), _spectra.Value(order[at + 1], variable));

    private ushort Rank(ushort place, int variable) => _orders.Ranks[((long)place * _variables) + variable];
}
