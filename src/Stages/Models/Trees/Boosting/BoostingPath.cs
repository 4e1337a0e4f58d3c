using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Boosting;

/// <summary>All numbers of rounds, read off one run.</summary>
internal sealed class BoostingPath : ISettingPath
{
    private readonly BoostedTrees _trees;
    private readonly int[] _prefixes;

    /// <summary>The answers of a run.</summary>
    /// <param name="trees">The trees.</param>
    /// <param name="prefixes">The prefix that each setting is, by its place.</param>
    public BoostingPath(BoostedTrees trees, int[] prefixes)
    {
        _trees = trees;
        _prefixes = prefixes;
    }

    /// <inheritdoc/>
    public string? FailureOf(int settingIndex) => null;

    /// <inheritdoc/>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        int q = _trees.Response.OutputCount;
        double[] outputs = new double[_trees.Prefixes.Length * q];
        for (int i = 0; i < x.Rows; i++)
        {
            _trees.Predict(x.Row(i), outputs);
            for (int s = 0; s < _prefixes.Length; s++)
            {
                outputs.AsSpan(_prefixes[s] * q, q).CopyTo(yHat.Row(i)[(s * q)..]);
            }
        }
    }

    /// <inheritdoc/>
    public void CopyImportance(int settingIndex, Span<double> importance) =>
        _trees.Importance.Row(_prefixes[settingIndex]).CopyTo(importance);
}
