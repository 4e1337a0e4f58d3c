namespace Pipeline.Stages.Models.Trees.Boosting.Growth;

/// <summary>A node of a tree that grows: some calibration samples, side by side.</summary>
/// <param name="start">Where its samples start.</param>
/// <param name="sums">What they add up to.</param>
internal sealed class TreeNode(int start, NodeSums sums)
{
    /// <summary>Where its samples start.</summary>
    public int Start { get; } = start;

    /// <summary>What its samples add up to.</summary>
    public NodeSums Sums { get; } = sums;

    /// <summary>Samples.</summary>
    public int Count => Sums.Count;

    /// <summary>The best split, once it has been looked for.</summary>
    public SplitChoice Choice { get; set; } = SplitChoice.Above(0);

    /// <summary>What the best split gains, in whole-number units.</summary>
    public double Gain { get; set; }

    /// <summary>Whether the best split may still be made.</summary>
    public bool IsOpen { get; set; }

    /// <summary>The left child, which the right one follows; -1 for a leaf.</summary>
    public int Left { get; set; } = -1;

    /// <summary>Where missing values go.</summary>
    public bool MissingGoLeft { get; set; }

    /// <summary>Sums over the bins of all blocks, kept where children will be large; in borrowed memory.</summary>
    public long[]? Kept { get; set; }
}
