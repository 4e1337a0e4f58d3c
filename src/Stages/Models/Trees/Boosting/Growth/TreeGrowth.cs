using System.Buffers;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Boosting.Growth;

/// <summary>One tree after the other on one calibration set, best split first, in steps that others may run side by side.</summary>
/// <remarks>
/// A step looks for the best splits of the two children of the last split, or of a root: its chunks of blocks are pieces
/// (<see cref="Search"/>), each with sums of its own; <see cref="Advance"/> puts what they found together in their order,
/// and splits on. The smaller child's sums are formed from its samples. The larger child's are formed, too, unless its
/// parent was large: then the parent's were kept, and what is left of them after subtracting the smaller child's are its own.
/// Sums are exact, so both ways give the same bits. Keeping costs 2 or 4 KiB of memory traffic for each variable, about as
/// much as a thousand samples, which is where <see cref="KeptMin"/> comes from.
/// Time of a tree p (m log L + L b), L leaves and b bins. One thread for all but <see cref="Search"/>.
/// </remarks>
internal sealed class TreeGrowth : IDisposable
{
    /// <summary>Fewest samples of a node whose sums are kept for its children.</summary>
    public const int KeptMin = 2048;

    /// <summary>Blocks of a chunk: 256 variables.</summary>
    public const int ChunkBlocks = 32;

    /// <summary>A gain must be more than rounding makes of the score of a node whose samples agree.</summary>
    private const double GainMin = 1e-12;

    private readonly BinnedSpectra _spectra;
    private readonly BoostingRules _rules;
    private readonly NodeSamples _samples;
    private readonly SplitScan _scan;
    private readonly bool _hasCurvatures;
    private readonly int _keptMin;
    private readonly long[][] _rooms;
    private readonly (SplitChoice Small, SplitChoice Large)[] _found;
    private readonly List<TreeNode> _nodes = [];
    private double _firstScale;
    private TreeNode? _small;
    private TreeNode? _large;
    private long[]? _whole;

    /// <summary>Growth on some spectra.</summary>
    /// <param name="spectra">Binned calibration spectra.</param>
    /// <param name="rules">When to stop.</param>
    /// <param name="hasCurvatures">Whether second derivatives differ from 1.</param>
    /// <param name="keptMin">See <see cref="KeptMin"/>; changes no bit.</param>
    public TreeGrowth(BinnedSpectra spectra, BoostingRules rules, bool hasCurvatures, int keptMin = KeptMin)
    {
        _spectra = spectra;
        _rules = rules;
        _samples = new NodeSamples(spectra.Samples, hasCurvatures);
        _scan = new SplitScan(_samples.Layout, rules, hasCurvatures);
        _hasCurvatures = hasCurvatures;
        _keptMin = keptMin;
        ChunkCount = (spectra.Blocks + ChunkBlocks - 1) / ChunkBlocks;
        _rooms = [.. Enumerable.Range(0, ChunkCount).Select(_ => new long[BinSums.Length(hasCurvatures)])];
        _found = new (SplitChoice, SplitChoice)[ChunkCount];
    }

    /// <summary>Pieces of a step.</summary>
    public int ChunkCount { get; }

    /// <summary>Nodes of the tree, each child after its parent.</summary>
    public IReadOnlyList<TreeNode> Nodes => _nodes;

    /// <summary>Bytes beside the binned spectra.</summary>
    public static long SizeBytes(long m, long p, BoostingRules rules, bool hasCurvatures)
    {
        long blocks = (p + BinnedSpectra.Lanes - 1) / BinnedSpectra.Lanes;
        long room = sizeof(long) * BinSums.Length(hasCurvatures);
        long kept = m < KeptMin ? 0 : Math.Min(rules.LeavesMax, m / KeptMin) + 2;

        // The pool hands out the next power of two.
        return (m * 24) + (((blocks / ChunkBlocks) + 1) * (room + 256)) + (kept * 2 * blocks * room) + (512L * rules.LeavesMax);
    }

    /// <summary>Starts a tree from the root; tells whether there are splits to search.</summary>
    public bool Begin(ReadOnlySpan<double> gradients, ReadOnlySpan<double> curvatures)
    {
        _nodes.Clear();
        _nodes.Add(new TreeNode(0, _samples.Begin(gradients, curvatures)));
        if (_firstScale == 0)
        {
            _firstScale = _samples.Scale;
        }

        _small = _nodes[0];
        _large = null;
        _whole = null;
        return CanSplit(_small) && Keep(_small);
    }

    /// <summary>Searches one chunk of variables for the best splits of the step. Chunks may run side by side.</summary>
    public void Search(int chunk)
    {
        TreeNode small = _small!;
        bool searchesSmall = CanSplit(small);
        SplitChoice smallBest = Floor(small);
        SplitChoice largeBest = _large is null ? default : Floor(_large);
        int end = Math.Min(_spectra.Blocks, (chunk + 1) * ChunkBlocks);
        for (int block = chunk * ChunkBlocks; block < end; block++)
        {
            if (searchesSmall || _whole is not null)
            {
                Span<long> sums = Room(small.Kept, chunk, block);
                Form(small, block, sums);
                if (searchesSmall)
                {
                    Improve(small, block, sums, ref smallBest);
                }

                if (_whole is not null)
                {
                    Span<long> rest = Room(_whole, chunk, block);
                    BinSums.Subtract(rest, sums, _spectra.BinCount(block), _spectra.BlockHasMissing(block), _hasCurvatures);
                    Improve(_large!, block, rest, ref largeBest);
                    continue;
                }
            }

            if (_large is not null)
            {
                Span<long> sums = Room(_large.Kept, chunk, block);
                Form(_large, block, sums);
                Improve(_large, block, sums, ref largeBest);
            }
        }

        _found[chunk] = (smallBest, largeBest);
    }

    /// <summary>Takes what the chunks found and splits on; tells whether there are further splits to search.</summary>
    public bool Advance()
    {
        SplitChoice small = Floor(_small!);
        SplitChoice large = _large is null ? default : Floor(_large);
        foreach ((SplitChoice ofSmall, SplitChoice ofLarge) in _found)
        {
            small.Improve(ofSmall);
            large.Improve(ofLarge);
        }

        Open(_small!, small);
        if (_large is not null)
        {
            Open(_large, large);
        }

        while (Best() is { } best)
        {
            Split(best);
            if (Leaves() == _rules.LeavesMax)
            {
                break;
            }

            if (Follow(best))
            {
                return true;
            }
        }

        ReleaseAll();
        return false;
    }

    /// <summary>Moves the sums of the trees by the tree that has grown, and makes it a tree of spectra.</summary>
    /// <param name="sums">Sums of the trees, one for each calibration sample.</param>
    /// <param name="gains">Gains by variable in a unit that all trees share, added to.</param>
    public DecisionTree Finish(Span<double> sums, Span<double> gains)
    {
        int count = _nodes.Count;
        int[] variables = new int[count];
        double[] thresholds = new double[count];
        int[] lefts = new int[count];
        bool[] missingGoLeft = new bool[count];
        var values = new Matrix(count, 1);
        // Relative to the first tree: squares of very large or small responses would leave the range of numbers.
        double unit = _firstScale / _samples.Scale * (_firstScale / _samples.Scale);
        for (int i = 0; i < count; i++)
        {
            TreeNode node = _nodes[i];

            // A root that is not split corrects nothing.
            double value = i == 0 ? 0 : _samples.Value(node.Sums, _rules);
            values[i, 0] = value;
            lefts[i] = node.Left;
            variables[i] = -1;
            if (node.Left < 0)
            {
                foreach (int sample in _samples.Of(node))
                {
                    sums[sample] += value;
                }

                continue;
            }

            variables[i] = node.Choice.Variable;
            thresholds[i] = _spectra.Edge(node.Choice.Variable, node.Choice.Bin);
            missingGoLeft[i] = node.MissingGoLeft;
            gains[node.Choice.Variable] += node.Gain * unit;
        }

        return new DecisionTree(variables, thresholds, lefts, missingGoLeft, values);
    }

    /// <summary>Gives borrowed memory back.</summary>
    public void Dispose() => ReleaseAll();

    private bool CanSplit(TreeNode node) => node.Count >= 2 * _rules.SamplesMin;

    private SplitChoice Floor(TreeNode node) => SplitChoice.Above(_scan.Score(node.Sums) * (1 + GainMin));

    /// <summary>The sums of a block: kept ones, or room for those that are not kept.</summary>
    private Span<long> Room(long[]? kept, int chunk, int block)
    {
        int length = BinSums.Length(_hasCurvatures);
        return kept is null ? _rooms[chunk] : kept.AsSpan(block * length, length);
    }

    private void Form(TreeNode node, int block, Span<long> sums)
    {
        ReadOnlySpan<int> samples = _samples.Of(node);
        BinSums.Clear(sums, _spectra.BinCount(block), _spectra.BlockHasMissing(block), _hasCurvatures);
        BinSums.Add(_spectra.Block(block), samples, _samples.Words, sums);
        if (_hasCurvatures)
        {
            BinSums.Add(_spectra.Block(block), samples, _samples.Curvatures, sums[BinSums.Plane..]);
        }
    }

    private void Improve(TreeNode node, int block, ReadOnlySpan<long> sums, ref SplitChoice best) => _scan.Improve(
        sums, _spectra.BinCount(block), _spectra.BlockHasMissing(block), node.Sums, block * BinnedSpectra.Lanes, ref best);

    private void Open(TreeNode node, SplitChoice best)
    {
        node.Choice = best;
        node.IsOpen = CanSplit(node) && best.Variable >= 0;
        node.Gain = best.Score - _scan.Score(node.Sums);
        if (!node.IsOpen || node.Count < _keptMin)
        {
            Release(node);
        }
    }

    /// <summary>The open node that gains most, the first one among equals.</summary>
    private TreeNode? Best()
    {
        TreeNode? best = null;
        foreach (TreeNode node in _nodes)
        {
            if (node.IsOpen && (best is null || node.Gain > best.Gain))
            {
                best = node;
            }
        }

        return best;
    }

    private int Leaves() => (_nodes.Count + 1) / 2;

    private void Split(TreeNode node)
    {
        SplitChoice choice = node.Choice;
        ReadOnlySpan<byte> bins = _spectra.Block(choice.Variable / BinnedSpectra.Lanes);
        (NodeSums leftSums, NodeSums rightSums) = _samples.Part(node, bins[(choice.Variable % BinnedSpectra.Lanes)..]);
        node.IsOpen = false;
        node.Left = _nodes.Count;
        node.MissingGoLeft = _spectra.HasMissing(choice.Variable) ? choice.MissingGoLeft : leftSums.Count > rightSums.Count;
        _nodes.Add(new TreeNode(node.Start, leftSums));
        _nodes.Add(new TreeNode(node.Start + leftSums.Count, rightSums));
    }

    /// <summary>Makes the children of a split the next step, where one of them can be split.</summary>
    private bool Follow(TreeNode parent)
    {
        TreeNode left = _nodes[parent.Left];
        TreeNode right = _nodes[parent.Left + 1];
        (_small, _large) = left.Count < right.Count ? (left, right) : (right, left);
        if (!CanSplit(_large))
        {
            Release(parent);
            return false;
        }

        _whole = parent.Kept;
        parent.Kept = null;
        if (CanSplit(_small))
        {
            Keep(_small);
        }

        _large.Kept = _whole;
        return _whole is not null || Keep(_large);
    }

    /// <summary>Borrows memory for the sums of a large node; always true.</summary>
    private bool Keep(TreeNode node)
    {
        node.Kept = node.Count >= _keptMin
            ? ArrayPool<long>.Shared.Rent(checked(_spectra.Blocks * BinSums.Length(_hasCurvatures)))
            : null;
        return true;
    }

    private void ReleaseAll()
    {
        foreach (TreeNode node in _nodes)
        {
            Release(node);
        }

        _whole = null;
    }

    private static void Release(TreeNode node)
    {
        if (node.Kept is { } kept)
        {
            ArrayPool<long>.Shared.Return(kept);
            node.Kept = null;
        }
    }
}
