using System.Collections.Immutable;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration.Judging;

/// <summary>Turns the cells of one candidate into a row without rank.</summary>
internal sealed class CandidateJudge
{
    private readonly CellTable _cells;
    private readonly Matrix _y;
    private readonly Folds _folds;
    private readonly SpectralAxis _axis;
    private readonly ReferenceSpread _spread;
    private readonly int[] _classes;

    /// <summary>A judge of one unit's candidates.</summary>
    /// <param name="cells">The unit's cells.</param>
    /// <param name="y">n × 1 responses, or n × C indicators of classes.</param>
    /// <param name="folds">The folds.</param>
    /// <param name="axis">The axis that the models saw.</param>
    public CandidateJudge(CellTable cells, Matrix y, Folds folds, SpectralAxis axis)
    {
        _cells = cells;
        _y = y;
        _folds = folds;
        _axis = axis;
        _spread = ReferenceSpread.Of(folds.OfHeldOut<double>(y.Values));
        _classes = y.Columns > 1 ? RowOrder.ClassesOf(y) : [];
    }

    /// <summary>The row of a candidate; one with a failed cell carries the reason and no metrics.</summary>
    /// <exception cref="InvalidOperationException">A cell is still open: the family is defective.</exception>
    public LeaderboardRow Judge(PlacedCandidate placed)
    {
        int index = _cells.IndexOf(placed.SubsetIndex, placed.SettingIndex);
        if (FailureOf(placed, index) is { } reason)
        {
            return LeaderboardRow.Failed(placed.Candidate, reason);
        }

        (RegressionMetrics pooled, FoldMetrics folds) = _classes.Length == 0 ? Metrics(index) : default;
        bool full = placed.Candidate.Subset is FullSpectrum;
        ImmutableArray<int> variables = full ? [.. Enumerable.Range(0, _axis.Count)] : _cells.Selection(index);
        return new LeaderboardRow(
            Rank: 0,
            placed.Candidate,
            WavelengthRanges.Label(_axis, variables.AsSpan()),
            variables.Length,
            full ? [] : WavelengthRanges.Ranges(_axis, variables.AsSpan(), _cells.TimesSelected(index), _folds.Count - _folds.FirstHeldOut),
            pooled,
            folds,
            WithinOneStandardError: false,
            Failure: null)
        {
            Classes = _classes.Length == 0 ? null : Score(index),
        };
    }

    /// <summary>Out-of-fold predictions of a candidate, q per sample; none where cells keep their sums.</summary>
    public ImmutableArray<double> Predictions(PlacedCandidate placed) => _cells.KeepsSums
        ? []
        : ImmutableArray.Create(_cells.Predictions(_cells.IndexOf(placed.SubsetIndex, placed.SettingIndex)));

    private ClassScore Score(int index)
    {
        ReadOnlySpan<double> probabilities = _cells.Predictions(index);
        return new ClassScore(
            ClassMetrics.Of(_classes, probabilities, _y.Columns), ClassFoldMetrics.Of(_classes, probabilities, _y.Columns, _folds));
    }

    private (RegressionMetrics Pooled, FoldMetrics Folds) Metrics(int index)
    {
        if (!_cells.KeepsSums)
        {
            ReadOnlySpan<double> yHat = _cells.Predictions(index);
            return (RegressionMetrics.Of(_spread, _folds.OfHeldOut<double>(_y.Values), _folds.OfHeldOut(yHat)), FoldMetrics.Of(_y.Values, yHat, _folds));
        }

        ReadOnlySpan<PredictionSums> sums = _cells.SumsOf(index);
        return (RegressionMetrics.Of(_spread, PredictionSums.Merge(sums)), FoldMetrics.Of(sums));
    }

    private string? FailureOf(PlacedCandidate placed, int index)
    {
        for (int k = _folds.FirstHeldOut; k < _cells.FoldCount; k++)
        {
            if (_cells.FailureOf(index, k) is { } reason)
            {
                return $"fold {k + 1}: {reason}";
            }

            if (_cells.IsOpen(index, k))
            {
                throw new InvalidOperationException(
                    $"The unit left a cell open: {placed.Candidate.Chain.Notation}, {placed.Candidate.Subset.Notation}, "
                    + $"{placed.Candidate.SettingText}, fold {k + 1}.");
            }
        }

        return _cells.SelectionFailureOf(index) is { } choice ? $"choice of variables on all samples: {choice}" : null;
    }
}
