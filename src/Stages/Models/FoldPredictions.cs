using System.Collections.Immutable;

namespace Pipeline.Stages.Models;

/// <summary>Where a family writes what it predicts for several settings in several folds.</summary>
/// <remarks>Settings are named by their index in the list that the family was asked for. One thread.</remarks>
public sealed class FoldPredictions
{
    private readonly CellTable _cells;
    private readonly ImmutableArray<int> _candidates;

    /// <summary>Predictions that become cells of a table.</summary>
    /// <param name="cells">The table.</param>
    /// <param name="candidates">The candidate of each setting.</param>
    public FoldPredictions(CellTable cells, ImmutableArray<int> candidates)
    {
        _cells = cells;
        _candidates = candidates;
    }

    /// <summary>Values predicted per sample, q.</summary>
    public int OutputCount => _cells.OutputCount;

    /// <summary>Keeps the predictions of a fold's held-out samples, in their order, the q values of a sample side by side.</summary>
    public void Complete(int setting, int fold, ReadOnlySpan<double> yHat) => _cells.Complete(_candidates[setting], fold, yHat);

    /// <summary>Says why a setting has no predictions in a fold.</summary>
    public void Fail(int setting, int fold, string reason) => _cells.Fail(_candidates[setting], fold, reason);

    /// <summary>Whether a setting has neither predictions nor a reason in a fold.</summary>
    public bool IsOpen(int setting, int fold) => _cells.IsOpen(_candidates[setting], fold);
}
