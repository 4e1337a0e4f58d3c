namespace Pipeline.Stages.Models.Trees.Forest;

/// <summary>A tree with what each split gained and at which depth, so that smaller depths can be read from it.</summary>
/// <param name="Tree">The tree.</param>
/// <param name="Variables">The variable of each split, -1 for a leaf; the tree's own array.</param>
/// <param name="Gains">What the sum of squares lost by each split, 0 for a leaf.</param>
/// <param name="Depths">Splits above each node.</param>
internal sealed record GrownTree(DecisionTree Tree, int[] Variables, double[] Gains, int[] Depths)
{
    /// <summary>Adds the gain of each variable as a part of all gains, down to a depth; nothing where there is no split.</summary>
    /// <param name="depthMax">Splits above a node, at most.</param>
    /// <param name="importance">p sums.</param>
    /// <param name="scratch">p values.</param>
    public void AddImportance(int depthMax, Span<double> importance, Span<double> scratch)
    {
        scratch.Clear();
        double sum = 0;
        for (int node = 0; node < Variables.Length; node++)
        {
            if (Variables[node] >= 0 && Depths[node] < depthMax)
            {
                scratch[Variables[node]] += Gains[node];
                sum += Gains[node];
            }
        }

        if (sum <= 0)
        {
            return;
        }

        for (int j = 0; j < scratch.Length; j++)
        {
            importance[j] += scratch[j] / sum;
        }
    }
}
