using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Forest;

/// <summary>The trees of a fitted forest.</summary>
/// <remarks>Immutable, safe for several threads. Memory 24 + 8q bytes per node.</remarks>
internal sealed class FittedForest : IFittedModel
{
    private const string ImportanceName = "importance";

    private readonly DecisionTree[] _trees;
    private readonly double[] _importance;

    /// <summary>A forest of trees as they were grown.</summary>
    public FittedForest(DecisionTree[] trees, double[] importance)
    {
        (_trees, _importance) = (trees, importance);
    }

    /// <inheritdoc/>
    public int VariableCount => _importance.Length;

    /// <inheritdoc/>
    public int ResponseCount => _trees[0].OutputCount;

    /// <inheritdoc/>
    public ImmutableArray<NamedArray> Learnt =>
        [.. DecisionTree.Save(_trees), NamedArray.Of(ImportanceName, (double[])_importance.Clone())];

    /// <summary>The mean of the leaves in which a spectrum ends. Time: trees × their depth.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        var reading = new ForestReading([(_trees.Length, int.MaxValue)]);
        for (int i = 0; i < x.Rows; i++)
        {
            reading.Predict(_trees, ResponseCount, x.Row(i), yHat.Row(i));
        }
    }

    /// <summary>The mean over trees of each variable's part of the decrease in the sum of squares (of classes, the Gini index); adds up to 1.</summary>
    public void CopyImportance(Span<double> importance) => _importance.CopyTo(importance);

    /// <summary>A forest from what it had learnt.</summary>
    public static FittedForest Restore(ImmutableArray<NamedArray> learnt, int variables) =>
        new(DecisionTree.Restore(learnt, variables), SavedNumbers.Of(learnt, ImportanceName, variables));
}
