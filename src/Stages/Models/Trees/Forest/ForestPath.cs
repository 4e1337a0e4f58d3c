using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Forest;

/// <summary>One grown forest that answers every number of trees and every depth.</summary>
internal sealed class ForestPath : ISettingPath
{
    private readonly GrownTree[] _trees;
    private readonly DecisionTree[] _predicting;
    private readonly ForestReading _reading;

    /// <summary>A path over the largest forest that is asked for.</summary>
    public ForestPath(GrownTree[] trees, ForestReading reading)
    {
        (_trees, _reading) = (trees, reading);
        _predicting = [.. trees.Select(tree => tree.Tree)];
    }

    /// <inheritdoc/>
    public string? FailureOf(int settingIndex) => null;

    /// <inheritdoc/>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        for (int i = 0; i < x.Rows; i++)
        {
            _reading.Predict(_predicting, _predicting[0].OutputCount, x.Row(i), yHat.Row(i));
        }
    }

    /// <inheritdoc/>
    public void CopyImportance(int settingIndex, Span<double> importance) => RandomForest.CopyImportance(
        _trees, _reading.Trees[settingIndex], _reading.Depths[_reading.DepthIndices[settingIndex]], importance);
}
