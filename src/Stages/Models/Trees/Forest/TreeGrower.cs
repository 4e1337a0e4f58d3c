using Pipeline.Stages.Models.Trees.Forest.Splits;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Models.Trees.Forest;

/// <summary>Grows the trees of a forest, one after the other, in memory of its own.</summary>
/// <remarks>
/// A node is split until its responses are equal, until every variable is constant in it, or at a depth. The draws of a
/// tree depend on seed and number of the tree, those of a node on its path from the root too: so a tree cut off at a
/// depth is the tree grown to that depth, to the bit. Breiman (2001), Machine Learning 45, 5-32; Geurts, Ernst and
/// Wehenkel (2006), Machine Learning 63, 3-42. One thread.
/// </remarks>
internal sealed class TreeGrower
{
    private const int Leaf = -1;

    /// <summary>Bytes of a node in hand, its values apart.</summary>
    private const long NodeBytes = (3 * sizeof(int)) + (2 * sizeof(double)) + sizeof(bool);

    private readonly TreeSpectra _spectra;
    private readonly ForestRules _rules;
    private readonly NodeSamples _node;
    private readonly ICutSearch _search;
    private readonly byte[] _goesLeft;
    private readonly Stack<Pending> _pending = new();
    private readonly int[] _variables;
    private readonly double[] _thresholds;
    private readonly int[] _lefts;
    private readonly bool[] _missingGoLeft;
    private readonly double[] _gains;
    private readonly int[] _depths;
    private readonly Matrix _values;
    private readonly DecisionTree _tree;
    private int _count;

    /// <summary>Room for trees over these samples; orders only where thresholds are not drawn.</summary>
    public TreeGrower(TreeSpectra spectra, VariableOrders? orders, ForestRules rules)
    {
        _spectra = spectra;
        _rules = rules;
        _node = new NodeSamples(spectra, rules);
        _goesLeft = new byte[spectra.Count];
        int nodes = 2 * spectra.Count;
        _variables = new int[nodes];
        _thresholds = new double[nodes];
        _lefts = new int[nodes];
        _missingGoLeft = new bool[nodes];
        _gains = new double[nodes];
        _depths = new int[nodes];
        _values = new Matrix(nodes, spectra.Y.Columns);
        _tree = new DecisionTree(_variables, _thresholds, _lefts, _missingGoLeft, _values);
        _search = rules.DrawsCuts ? new DrawnCuts(spectra, rules) : new OrderedCuts(spectra, orders!, rules);
    }

    /// <summary>How often each place was drawn for the last tree.</summary>
    public ReadOnlySpan<int> Weights => _node.Weights;

    /// <summary>Bytes of the room, the tree in hand included.</summary>
    public static long SizeBytes(long samples, int variables, int responses, ForestRules rules) =>
        NodeSamples.SizeBytes(samples, responses) + (samples * (sizeof(byte) + (2 * (NodeBytes + (sizeof(double) * responses)))))
        + (rules.DrawsCuts
            ? DrawnCuts.SizeBytes(samples, variables)
            : OrderedCuts.SizeBytes(samples, variables, rules.VariablesPerSplit(variables), responses));

    /// <summary>Grows one tree.</summary>
    /// <param name="calibration">The places to learn from, ascending.</param>
    /// <param name="tree">The 0-based number of the tree.</param>
    /// <param name="depthMax">Splits above a node, at most.</param>
    public GrownTree Grow(ReadOnlySpan<int> calibration, int tree, int depthMax)
    {
        GrowOnce(calibration, tree, depthMax);
        int[] variables = _variables[.._count];
        var values = new Matrix(_count, _values.Columns, _values.Values[..(_count * _values.Columns)].ToArray());
        var grown = new DecisionTree(variables, _thresholds[.._count], _lefts[.._count], _missingGoLeft[.._count], values);
        return new GrownTree(grown, variables, _gains[.._count], _depths[.._count]);
    }

    /// <summary>Grows one tree, which is gone when the next one is grown.</summary>
    public DecisionTree GrowOnce(ReadOnlySpan<int> calibration, int tree, int depthMax)
    {
        ulong seed = _rules.SeedOf(tree);
        Draw(calibration, seed);
        int count = _node.Begin();
        _search.Begin(_node, count);
        _pending.Push(new Pending(0, 0, count, 0, seed));
        _count = 1;
        while (_pending.TryPop(out Pending next))
        {
            Split(next, depthMax);
        }

        return _tree;
    }

    /// <summary>Draws samples with replacement, or takes each once where thresholds are drawn.</summary>
    private void Draw(ReadOnlySpan<int> calibration, ulong seed)
    {
        Array.Clear(_node.Weights);
        if (_rules.DrawsCuts)
        {
            foreach (int place in calibration)
            {
                _node.Weights[place] = 1;
            }

            return;
        }

        var rng = new Pcg64(ForestRules.Mix(seed));
        for (int i = 0; i < calibration.Length; i++)
        {
            _node.Weights[calibration[rng.NextInt(calibration.Length)]]++;
        }
    }

    private void Split(Pending next, int depthMax)
    {
        bool differs = _node.Enter(next.Start, next.Count, next.Seed);
        _node.Mean.CopyTo(_values.Row(next.Node));
        Cut cut = Cut.None;
        if (differs && next.Depth < depthMax && next.Count > 1)
        {
            _node.Centre();
            cut = _search.Find(_node);
        }

        int at = next.Node;
        (_variables[at], _thresholds[at], _missingGoLeft[at]) = (Leaf, 0, false);
        (_lefts[at], _gains[at], _depths[at]) = (0, 0, next.Depth);
        if (!cut.Exists)
        {
            return;
        }

        int left = _node.Divide(cut, _goesLeft);
        int leftNode = _count;
        _count += 2;
        (_variables[at], _thresholds[at], _missingGoLeft[at]) = (cut.Variable, cut.Threshold, cut.MissingGoLeft);
        (_lefts[at], _gains[at]) = (leftNode, cut.Gain * _node.Weight);
        _search.Divided(_node, left, _goesLeft);
        _pending.Push(new Pending(
            leftNode + 1, next.Start + left, next.Count - left, next.Depth + 1, ForestRules.SeedOfChild(next.Seed, left: false)));
        _pending.Push(new Pending(leftNode, next.Start, left, next.Depth + 1, ForestRules.SeedOfChild(next.Seed, left: true)));
    }

    private readonly record struct Pending(int Node, int Start, int Count, int Depth, ulong Seed);
}
