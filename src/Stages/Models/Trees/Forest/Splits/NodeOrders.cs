using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pipeline.Stages.Models.Trees.Forest.Splits;

/// <summary>The samples of a node in the order of each variable.</summary>
/// <remarks>
/// Either every variable's order is kept for the tree and divided with every node, or it is filtered out of the order of
/// all samples whenever a node asks: the first pays where a split looks at many variables. In nodes far smaller than the
/// data the few ranks are sorted. Which of these is a matter of shape; the order is the same, by rank and then by place.
/// Memory 2p bytes per sample of the tree where orders are divided. One thread.
/// </remarks>
internal sealed class NodeOrders
{
    /// <summary>Divided where a split looks at more than one variable in this many.</summary>
    private const int DividesFrom = 8;

    /// <summary>Sorted where the data have more than this many times the samples of the node.</summary>
    private const int SortsFrom = 16;

    private readonly VariableOrders _orders;
    private readonly int _samples;
    private readonly int _variables;
    private readonly bool _divides;
    private readonly PlaceFilter _filter;
    private readonly ushort[] _scratch;
    private readonly uint[] _keys;
    private ushort[] _lists = [];
    private int _stride;
    private bool _knowsNode;

    /// <summary>Room for the orders of nodes.</summary>
    public NodeOrders(VariableOrders orders, int samples, int variables, int variablesPerSplit)
    {
        _orders = orders;
        _samples = samples;
        _variables = variables;
        _divides = Divides(variables, variablesPerSplit);
        _filter = new PlaceFilter(samples);
        _scratch = new ushort[samples + PlaceFilter.Slack];
        _keys = new uint[samples];
    }

    /// <summary>Bytes of the room for trees over so many samples.</summary>
    public static long SizeBytes(long samples, int variables, int variablesPerSplit) =>
        (8 * samples) + (Divides(variables, variablesPerSplit) ? sizeof(ushort) * (samples + 1) * variables : 0);

    /// <summary>Prepares for a tree.</summary>
    public void Begin(ReadOnlySpan<ushort> places)
    {
        _knowsNode = false;
        if (!_divides)
        {
            return;
        }

        _filter.Set(places);
        _stride = places.Length;
        long length = ((long)_stride * _variables) + PlaceFilter.Slack;
        if (_lists.Length < length)
        {
            // Trees differ by few samples: some room to spare, so that this happens once.
            _lists = new ushort[Math.Min(length + (length / 16), ((long)_samples * _variables) + PlaceFilter.Slack)];
        }

        for (int j = 0; j < _variables; j++)
        {
            _filter.Keep(ref _orders.Orders[(long)j * _samples], _samples, ref _lists[(long)j * _stride]);
        }
    }

    /// <summary>Turns to another node.</summary>
    public void Enter() => _knowsNode = false;

    /// <summary>The node's places in the order of a variable; valid until the next call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<ushort> Of(NodeSamples node, int variable)
    {
        if (_divides)
        {
            return MemoryMarshal.CreateReadOnlySpan(ref _lists[((long)variable * _stride) + node.Start], node.Count);
        }

        return Filtered(node, variable);
    }

    private ReadOnlySpan<ushort> Filtered(NodeSamples node, int variable)
    {
        if (!PlaceFilter.Compresses(_samples) && node.Count * (long)SortsFrom < _samples)
        {
            return Sorted(node, variable);
        }

        if (!_knowsNode)
        {
            _filter.Set(node.Places);
            _knowsNode = true;
        }

        _filter.Keep(ref _orders.Orders[(long)variable * _samples], _samples, ref _scratch[0]);
        return _scratch.AsSpan(0, node.Count);
    }

    /// <summary>The same by sorting the ranks of a node, which suits few samples.</summary>
    public ReadOnlySpan<ushort> Sorted(NodeSamples node, int variable)
    {
        ReadOnlySpan<ushort> places = node.Places;
        Span<uint> keys = _keys.AsSpan(0, places.Length);
        for (int i = 0; i < keys.Length; i++)
        {
            uint key = ((uint)_orders.Ranks[((long)places[i] * _variables) + variable] << 16) | places[i];
            int at = i;
            if (keys.Length <= SmallNodes.Most)
            {
                for (; at > 0 && keys[at - 1] > key; at--)
                {
                    keys[at] = keys[at - 1];
                }
            }

            keys[at] = key;
        }

        if (keys.Length > SmallNodes.Most)
        {
            keys.Sort();
        }

        for (int i = 0; i < keys.Length; i++)
        {
            _scratch[i] = (ushort)keys[i];
        }

        return _scratch.AsSpan(0, keys.Length);
    }

    /// <summary>Divides the orders of a node that was split.</summary>
    public void Divide(ReadOnlySpan<ushort> places, int start, byte[] goesLeft)
    {
        if (!_divides)
        {
            return;
        }

        _filter.Set(places, goesLeft);
        for (int j = 0; j < _variables; j++)
        {
            _filter.Divide(ref _lists[((long)j * _stride) + start], places.Length, ref _scratch[0]);
        }
    }

    private static bool Divides(int variables, int variablesPerSplit) => (long)variablesPerSplit * DividesFrom > variables;
}
