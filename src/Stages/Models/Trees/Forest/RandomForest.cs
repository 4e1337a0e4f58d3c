using Pipeline.Stages.Models.Trees.Forest.Splits;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Forest;

/// <summary>A random forest, or extremely randomised trees, of numbers or classes.</summary>
/// <remarks>
/// X is n × p, Y is n × q: responses, or an indicator of each class. A random forest grows each tree on n samples drawn
/// with replacement and splits at the best threshold of the variables drawn; extremely randomised trees learn from every
/// sample once and try one random threshold per variable. A split loses most of the sum of squares, which of indicators is
/// the Gini index; leaves hold one distinct sample at least; thresholds lie midway between neighbouring values. Predictions
/// are means over trees of the means, or shares of classes, in the leaf. Draws of samples follow the order of their
/// numbers and not that in which they came. A missing value (NaN) goes to the side that gains more; where a variable
/// had none, as one that was never seen, to the right. Time O(m log² m) for each tree and variable looked at, m = n or, drawn
/// with replacement, .632n; memory 4np bytes for orders and up to 2np for a tree. A constant variable is never split; constant
/// responses give a single node. Breiman (2001), Machine Learning 45, 5-32; Geurts, Ernst and Wehenkel (2006), Machine
/// Learning 63, 3-42; semantics as in scikit-learn, with other random numbers.
/// </remarks>
internal sealed class RandomForest : IModel
{
    private readonly ForestRules _rules;
    private readonly int _trees;
    private readonly int _depthMax;

    /// <summary>A specification.</summary>
    public RandomForest(ForestRules rules, int trees, int depthMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(trees);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(depthMax);
        (_rules, _trees, _depthMax) = (rules, trees, depthMax);
    }

    /// <inheritdoc/>
    public IFittedModel Fit(MatrixView x, MatrixView y)
    {
        GrownTree[] trees = Grow(x, y, _rules, _trees, _depthMax);
        double[] importance = new double[x.Columns];
        CopyImportance(trees, _trees, _depthMax, importance);
        return new FittedForest([.. trees.Select(tree => tree.Tree)], importance);
    }

    /// <summary>Grows the trees of one forest, one after the other.</summary>
    internal static GrownTree[] Grow(MatrixView x, MatrixView y, ForestRules rules, int trees, int depthMax)
    {
        var spectra = new TreeSpectra(x.ToMatrix(), y.ToMatrix());
        VariableOrders? orders = rules.DrawsCuts ? null : new VariableOrders(spectra, Pieces.InOrder);
        var grower = new TreeGrower(spectra, orders, rules);
        int[] all = [.. Enumerable.Range(0, spectra.Count)];
        return [.. Enumerable.Range(0, trees).Select(t => grower.Grow(all, t, depthMax))];
    }

    /// <summary>The mean over the first trees of each variable's part of what a tree gains, normalised to 1; 0 where no tree has a split.</summary>
    internal static void CopyImportance(GrownTree[] trees, int count, int depthMax, Span<double> importance)
    {
        importance.Clear();
        double[] scratch = new double[importance.Length];
        for (int t = 0; t < count; t++)
        {
            trees[t].AddImportance(depthMax, importance, scratch);
        }

        double sum = 0;
        foreach (double part in importance)
        {
            sum += part;
        }

        if (sum > 0)
        {
            foreach (ref double part in importance)
            {
                part /= sum;
            }
        }
    }
}
