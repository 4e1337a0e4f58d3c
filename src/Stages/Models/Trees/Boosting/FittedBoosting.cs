using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Boosting;

/// <summary>A fitted boosted model.</summary>
/// <remarks>Immutable, safe for several threads. Memory 33 bytes for each node of its trees.</remarks>
public sealed class FittedBoosting : IFittedModel
{
    private const string BaselineName = "baseline";
    private const string ImportanceName = "importance";
    private const string ClassesName = "classes_seen";

    private readonly BoostedTrees _trees;

    internal FittedBoosting(BoostedTrees trees)
    {
        _trees = trees;
    }

    /// <summary>Number of trees: one for each round, or one for each class that calibration saw where these are more than two.</summary>
    public int TreeCount => _trees.Trees.Length;

    /// <inheritdoc/>
    public int VariableCount => _trees.Importance.Columns;

    /// <inheritdoc/>
    public int ResponseCount => _trees.Response.OutputCount;

    /// <summary>The trees, what is predicted before the first of them, shares of the gain, and for classes which of them were seen.</summary>
    public ImmutableArray<NamedArray> Learnt
    {
        get
        {
            double[] seen = new double[_trees.Response.OutputCount];
            foreach (int one in _trees.Response.Seen)
            {
                seen[one] = 1;
            }

            return
            [
                .. DecisionTree.Save(_trees.Trees),
                NamedArray.Of(BaselineName, [.. _trees.Baseline]),
                NamedArray.Of(ImportanceName, _trees.Importance.Values.ToArray()),
                NamedArray.Of(ClassesName, seen),
            ];
        }
    }

    /// <summary>Predicts spectra, of which values may be missing (NaN). Time: the depths of all trees for each.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, VariableCount, nameof(x));
        for (int i = 0; i < x.Rows; i++)
        {
            _trees.Predict(x.Row(i), yHat.Row(i));
        }
    }

    /// <summary>What the splits on each variable have gained of the loss, as shares that add up to 1; zeros where nothing was split.</summary>
    public void CopyImportance(Span<double> importance) => _trees.Importance.Values.CopyTo(importance);

    /// <summary>The model of saved numbers.</summary>
    /// <exception cref="Engine.StageException">An array is missing or damaged.</exception>
    internal static FittedBoosting Restore(ImmutableArray<NamedArray> learnt, int variables)
    {
        DecisionTree[] trees = DecisionTree.Restore(learnt, variables);
        double[] baseline = SavedNumbers.Any(learnt, BaselineName).Values.ToArray();
        double[] seen = SavedNumbers.Any(learnt, ClassesName).Values.ToArray();
        var response = new BoostingResponse(
            seen.Length, [.. Enumerable.Range(0, seen.Length).Where(one => seen[one] != 0)]);
        int expected = response.Seen.Length > 2 ? response.Seen.Length : 1;
        if (baseline.Length != expected || trees.Length % expected != 0 || seen.Length > BoostingResponse.ClassesMax
            || response.Seen.IsEmpty != (seen.Length == 1) || response.Seen.Length == 1)
        {
            throw new Engine.StageException(
                Engine.FailureKind.InvalidData,
                $"The saved model cannot be used: {trees.Length} trees, {baseline.Length} baselines and {response.Seen.Length} of {seen.Length} "
                + "classes do not go together. Take the folder from its source again.");
        }

        double[] importance = SavedNumbers.Of(learnt, ImportanceName, variables);
        return new FittedBoosting(
            new BoostedTrees(response, baseline, trees, [trees.Length / expected], new Matrix(1, variables, importance)));
    }
}
