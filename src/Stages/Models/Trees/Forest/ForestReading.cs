using System.Collections.Immutable;

namespace Pipeline.Stages.Models.Trees.Forest;

/// <summary>Which sums of trees answer some settings: after how many trees, and cut off at which depth.</summary>
/// <remarks>
/// Trees are summed in blocks of eight and the blocks in their order, whoever computes them: so a block can be a piece of
/// work of its own, a smaller forest is a prefix of a larger one, and every bit is the same in both.
/// </remarks>
internal sealed class ForestReading
{
    /// <summary>Trees summed together.</summary>
    public const int Block = 8;

    /// <summary>What is read for pairs of a number of trees and a depth.</summary>
    public ForestReading(ImmutableArray<(int Trees, int Depth)> pairs)
    {
        Depths = [.. pairs.Select(pair => pair.Depth).Distinct().Order()];
        Trees = [.. pairs.Select(pair => pair.Trees)];
        DepthIndices = [.. pairs.Select(pair => Array.IndexOf(Depths, pair.Depth))];
        TreesMax = Trees.Max();
    }

    /// <summary>The depths, ascending; trees are grown to the last.</summary>
    public int[] Depths { get; }

    /// <summary>The number of trees of each setting.</summary>
    public int[] Trees { get; }

    /// <summary>The depth of each setting, as an index.</summary>
    public int[] DepthIndices { get; }

    /// <summary>Trees to grow.</summary>
    public int TreesMax { get; }

    /// <summary>Blocks of the trees to grow.</summary>
    public int Blocks => (TreesMax + Block - 1) / Block;

    /// <summary>Adds what one tree says of a spectrum at every depth.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="x">The spectrum.</param>
    /// <param name="sums">Depths × q sums.</param>
    public void Add(DecisionTree tree, ReadOnlySpan<double> x, Span<double> sums)
    {
        int q = tree.OutputCount;
        for (int d = 0; d < Depths.Length; d++)
        {
            ReadOnlySpan<double> values = tree.Values(tree.NodeOf(x, Depths[d]));
            for (int c = 0; c < q; c++)
            {
                sums[(d * q) + c] += values[c];
            }
        }
    }

    /// <summary>Predicts one spectrum with every setting.</summary>
    /// <param name="trees">All trees.</param>
    /// <param name="q">Values of a prediction.</param>
    /// <param name="x">The spectrum.</param>
    /// <param name="yHat">Settings × q values.</param>
    public void Predict(IReadOnlyList<DecisionTree> trees, int q, ReadOnlySpan<double> x, Span<double> yHat)
    {
        double[] before = new double[Depths.Length * q];
        double[] block = new double[before.Length];
        for (int t = 0; t < TreesMax; t++)
        {
            Add(trees[t], x, block);
            for (int s = 0; s < Trees.Length; s++)
            {
                if (Trees[s] != t + 1)
                {
                    continue;
                }

                for (int c = 0; c < q; c++)
                {
                    int at = (DepthIndices[s] * q) + c;
                    yHat[(s * q) + c] = (before[at] + block[at]) / Trees[s];
                }
            }

            if ((t + 1) % Block == 0)
            {
                for (int i = 0; i < block.Length; i++)
                {
                    before[i] += block[i];
                }

                Array.Clear(block);
            }
        }
    }
}
