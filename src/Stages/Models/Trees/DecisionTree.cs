using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees;

/// <summary>A binary tree of splits on single variables, with a value at every node.</summary>
/// <remarks>
/// Node 0 is the root, a child comes after its parent, the right child follows the left one. A spectrum goes left where
/// its value is at most the threshold; a missing value (NaN) goes to the side that the split names. Inner nodes keep
/// their values, too, so a tree cut off at a depth is read from the deeper one. Immutable, safe for several threads.
/// Memory 24 + 8q bytes per node.
/// </remarks>
internal sealed class DecisionTree
{
    private const int Leaf = -1;

    private readonly int[] _variables;
    private readonly double[] _thresholds;
    private readonly int[] _lefts;
    private readonly bool[] _missingGoLeft;
    private readonly Matrix _values;

    /// <summary>A tree over arrays of one element per node, which it owns from now on.</summary>
    /// <param name="variables">The variable of each split; -1 for a leaf.</param>
    /// <param name="thresholds">The largest value that goes left.</param>
    /// <param name="lefts">The left child; the right one follows it.</param>
    /// <param name="missingGoLeft">Where a missing value goes.</param>
    /// <param name="values">Nodes × q values.</param>
    public DecisionTree(int[] variables, double[] thresholds, int[] lefts, bool[] missingGoLeft, Matrix values)
    {
        _variables = variables;
        _thresholds = thresholds;
        _lefts = lefts;
        _missingGoLeft = missingGoLeft;
        _values = values;
    }

    /// <summary>Nodes, leaves included.</summary>
    public int NodeCount => _variables.Length;

    /// <summary>Values of a node, q.</summary>
    public int OutputCount => _values.Columns;

    /// <summary>The values of a node.</summary>
    public ReadOnlySpan<double> Values(int node) => _values.Row(node);

    /// <summary>The node in which a spectrum ends. Time: its depth.</summary>
    /// <param name="x">The values of the variables.</param>
    /// <param name="depthMax">Splits looked at, at most.</param>
    public int NodeOf(ReadOnlySpan<double> x, int depthMax = int.MaxValue)
    {
        int node = 0;
        for (int depth = 0; depth < depthMax && _variables[node] != Leaf; depth++)
        {
            double value = x[_variables[node]];
            bool goesLeft = double.IsNaN(value) ? _missingGoLeft[node] : value <= _thresholds[node];
            node = _lefts[node] + (goesLeft ? 0 : 1);
        }

        return node;
    }

    /// <summary>Many trees as arrays under names: nodes one after the other, with the number of nodes of each tree.</summary>
    public static ImmutableArray<NamedArray> Save(IReadOnlyList<DecisionTree> trees)
    {
        int nodes = trees.Sum(tree => tree.NodeCount);
        int outputs = trees.Count == 0 ? 1 : trees[0].OutputCount;
        var splits = new Matrix(nodes, 4);
        var values = new Matrix(nodes, outputs);
        int row = 0;
        foreach (DecisionTree tree in trees)
        {
            for (int node = 0; node < tree.NodeCount; node++, row++)
            {
                splits[row, 0] = tree._variables[node];
                splits[row, 1] = tree._thresholds[node];
                splits[row, 2] = tree._lefts[node];
                splits[row, 3] = tree._missingGoLeft[node] ? 1 : 0;
                tree.Values(node).CopyTo(values.Row(row));
            }
        }

        return
        [
            NamedArray.Of("tree_nodes", [.. trees.Select(tree => (double)tree.NodeCount)]),
            new("tree_splits", splits),
            new("tree_values", values),
        ];
    }

    /// <summary>The trees of saved arrays.</summary>
    /// <exception cref="Engine.StageException">An array is missing or damaged.</exception>
    public static DecisionTree[] Restore(ImmutableArray<NamedArray> learnt, int variables)
    {
        Matrix counts = SavedNumbers.Any(learnt, "tree_nodes");
        Matrix values = SavedNumbers.Any(learnt, "tree_values");
        Matrix splits = SavedNumbers.MatrixOf(learnt, "tree_splits", values.Rows, 4);
        var trees = new DecisionTree[counts.Values.Length];
        int row = 0;
        for (int t = 0; t < trees.Length; t++)
        {
            int nodes = (int)counts.Values[t];
            if (nodes < 1 || row + nodes > values.Rows)
            {
                throw Damaged($"tree {t + 1} has {nodes} nodes");
            }

            var tree = new DecisionTree(new int[nodes], new double[nodes], new int[nodes], new bool[nodes], new Matrix(nodes, values.Columns));
            for (int node = 0; node < nodes; node++, row++)
            {
                int variable = (int)splits[row, 0];
                int left = (int)splits[row, 2];
                bool isLeaf = variable == Leaf;
                if (!isLeaf && (variable < 0 || variable >= variables || left <= node || left + 1 >= nodes))
                {
                    throw Damaged($"node {node + 1} of tree {t + 1} splits variable {variable + 1} of {variables} and leads to node {left + 1} of {nodes}");
                }

                tree._variables[node] = variable;
                tree._thresholds[node] = splits[row, 1];
                tree._lefts[node] = left;
                tree._missingGoLeft[node] = splits[row, 3] != 0;
                values.Row(row).CopyTo(tree._values.Row(node));
            }

            trees[t] = tree;
        }

        return trees;
    }

    private static Engine.StageException Damaged(string what) => new(
        Engine.FailureKind.InvalidData, $"The saved model cannot be used: {what}. Take the folder from its source again.");
}
