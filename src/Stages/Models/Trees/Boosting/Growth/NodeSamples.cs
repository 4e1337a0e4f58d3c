namespace Pipeline.Stages.Models.Trees.Boosting.Growth;

/// <summary>The calibration samples of a tree, those of a node side by side, with what they add to sums.</summary>
/// <remarks>Memory 24m bytes. One thread writes, between the steps of a growth; any thread reads within one.</remarks>
internal sealed class NodeSamples
{
    private readonly long[] _words;
    private readonly long[] _curvatures;
    private readonly int[] _samples;
    private readonly int[] _right;

    /// <summary>Room for m samples.</summary>
    public NodeSamples(int samples, bool hasCurvatures)
    {
        Layout = new FixedPoint(samples);
        _words = new long[samples];
        _curvatures = new long[hasCurvatures ? samples : 0];
        _samples = new int[samples];
        _right = new int[samples];
    }

    /// <summary>How gradients and curvatures are whole numbers.</summary>
    public FixedPoint Layout { get; }

    /// <summary>What a gradient of 1 is as a whole number in this tree.</summary>
    public double Scale { get; private set; }

    /// <summary>The word of each sample: 1 and its gradient.</summary>
    public ReadOnlySpan<long> Words => _words;

    /// <summary>The curvature of each sample; empty where curvatures are 1.</summary>
    public ReadOnlySpan<long> Curvatures => _curvatures;

    /// <summary>The samples of a node, ascending.</summary>
    public ReadOnlySpan<int> Of(TreeNode node) => _samples.AsSpan(node.Start, node.Count);

    /// <summary>All samples in the root of a new tree; what they add up to.</summary>
    public NodeSums Begin(ReadOnlySpan<double> gradients, ReadOnlySpan<double> curvatures)
    {
        Scale = Layout.Pack(gradients, _words);
        if (_curvatures.Length > 0)
        {
            Layout.PackCurvatures(curvatures, _curvatures);
        }

        for (int i = 0; i < _samples.Length; i++)
        {
            _samples[i] = i;
        }

        return Sum(_samples);
    }

    /// <summary>Parts the samples of a node by its split; what the left and the right ones add up to.</summary>
    /// <param name="node">A node with a split.</param>
    /// <param name="bins">The bins of the variable that is split, one in every eight.</param>
    public (NodeSums Left, NodeSums Right) Part(TreeNode node, ReadOnlySpan<byte> bins)
    {
        SplitChoice choice = node.Choice;
        Span<int> samples = _samples.AsSpan(node.Start, node.Count);
        int left = 0;
        int right = 0;
        foreach (int sample in samples)
        {
            int bin = bins[sample * BinnedSpectra.Lanes];
            bool goesLeft = bin <= choice.Bin || (choice.MissingGoLeft && bin == BinnedSpectra.MissingBin);
            if (goesLeft)
            {
                samples[left++] = sample;
            }
            else
            {
                _right[right++] = sample;
            }
        }

        _right.AsSpan(0, right).CopyTo(samples[left..]);
        NodeSums sums = Sum(samples[..left]);
        NodeSums whole = node.Sums;
        return (sums, new NodeSums(whole.Count - sums.Count, whole.Gradient - sums.Gradient, whole.Curvature - sums.Curvature));
    }

    /// <summary>The value of a leaf, -rate × G/(H + λ).</summary>
    public double Value(in NodeSums sums, BoostingRules rules)
    {
        double curvature = _curvatures.Length > 0 ? sums.Curvature / Layout.CurvatureScale : sums.Count;
        return -(sums.Gradient / Scale) / (curvature + rules.Penalty) * rules.Rate;
    }

    private NodeSums Sum(ReadOnlySpan<int> samples)
    {
        long words = 0;
        long curvatures = 0;
        foreach (int sample in samples)
        {
            words += _words[sample];
        }

        if (_curvatures.Length > 0)
        {
            foreach (int sample in samples)
            {
                curvatures += _curvatures[sample];
            }
        }

        return new NodeSums(Layout.Count(words), Layout.Gradient(words), curvatures);
    }
}
