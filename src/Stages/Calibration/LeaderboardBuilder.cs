using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration;

/// <summary>Collects the judged candidates of all units and ranks them when none is missing.</summary>
/// <remarks>
/// Invariant: a unit is added once; a second time, or a unit that is not in the plan, throws.
/// The result depends on the set of units only, not on the order in which they arrive.
/// Memory: one row per candidate, and n q predictions for each of the best <c>predictionsKept</c> so far.
/// All members take <c>_gate</c>; the progress of a run may be read while units arrive.
/// </remarks>
public sealed class LeaderboardBuilder
{
    private readonly Lock _gate = new();
    private readonly StudyPlan _plan;
    private readonly int _predictionsKept;
    private readonly RowOrder _order;

    // Guarded by _gate.
    private readonly HashSet<Fingerprint> _units = [];
    private readonly List<LeaderboardRow> _ranked = [];
    private readonly List<LeaderboardRow> _failed = [];
    private readonly SortedSet<LeaderboardRow> _best;
    private readonly Dictionary<Fingerprint, ImmutableArray<double>> _predictions = [];
    private double _cpuSecondsDone;
    private Matrix? _y;

    /// <summary>A board for the candidates of a plan.</summary>
    public LeaderboardBuilder(StudyPlan plan, int predictionsKept)
    {
        _plan = plan;
        _order = new RowOrder(plan.Metric);
        _best = new(_order);
        // The winner's residuals are needed for the one-standard-error limit, asked for or not.
        _predictionsKept = Math.Max(1, predictionsKept);
    }

    /// <summary>Units accounted for so far, and the predicted processor time that they stand for.</summary>
    public (int Units, double CpuSeconds) Done
    {
        get
        {
            lock (_gate)
            {
                return (_units.Count, _cpuSecondsDone);
            }
        }
    }

    /// <summary>The best row so far, or null.</summary>
    public LeaderboardRow? BestSoFar
    {
        get
        {
            lock (_gate)
            {
                return _best.Min;
            }
        }
    }

    /// <summary>The best candidates, best first, of which no predictions are kept; asked when all units are accounted for.</summary>
    /// <remarks>
    /// From the disk, cells bring no predictions; and a composite score is known when all candidates are, so that its best may
    /// not have been among those of lowest error, whose predictions were kept.
    /// </remarks>
    public ImmutableArray<Candidate> BestWithoutPredictions
    {
        get
        {
            lock (_gate)
            {
                // The row of lowest error is needed for the limit of one standard error, whatever ranks.
                return
                [
                    .. Ranked().Take(_predictionsKept).Concat(_best.Take(1))
                        .Select(row => row.Candidate)
                        .DistinctBy(candidate => candidate.Key)
                        .Where(candidate => !_predictions.TryGetValue(candidate.Key, out ImmutableArray<double> kept) || kept.IsEmpty),
                ];
            }
        }
    }

    /// <summary>Whether a unit has its outcome.</summary>
    public bool IsAccountedFor(CalibrationUnit unit)
    {
        lock (_gate)
        {
            return _units.Contains(unit.Work.Key);
        }
    }

    /// <summary>Judges all candidates of a finished unit.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="cells">Its cells, none of them open.</param>
    /// <param name="y">n × q responses, the same for all units.</param>
    /// <param name="axis">The axis that the unit's models saw.</param>
    public void Add(CalibrationUnit unit, CellTable cells, Matrix y, SpectralAxis axis)
    {
        // Judged before anything is noted: a unit that cannot be judged leaves no trace and may be tried again.
        var judge = new CandidateJudge(cells, y, _plan.Folds, axis);
        (PlacedCandidate, LeaderboardRow)[] judged = [.. unit.Candidates.Select(placed => (placed, judge.Judge(placed)))];
        lock (_gate)
        {
            AccountFor(unit);
            _y = y;
            foreach ((PlacedCandidate placed, LeaderboardRow row) in judged)
            {
                (row.Failure is null ? _ranked : _failed).Add(row);
                if (row.Failure is null && IsAmongTheBest(row))
                {
                    Keep(row, judge.Predictions(placed));
                }
            }
        }
    }

    /// <summary>Adds the predictions of some of the best candidates.</summary>
    /// <param name="candidates">Candidates among the best.</param>
    /// <param name="predictions">Their predictions, samples in the order of ids; taken over.</param>
    public void Predict(ImmutableArray<Candidate> candidates, double[][] predictions)
    {
        lock (_gate)
        {
            for (int c = 0; c < candidates.Length; c++)
            {
                _predictions[candidates[c].Key] = ImmutableCollectionsMarshal.AsImmutableArray(predictions[c]);
            }
        }
    }

    /// <summary>Lists all candidates of a unit that has no result, with its reason.</summary>
    public void Fail(CalibrationUnit unit, Failure failure)
    {
        lock (_gate)
        {
            AccountFor(unit);
            _failed.AddRange(unit.Candidates.Select(placed => LeaderboardRow.Failed(placed.Candidate, failure.Message)));
        }
    }

    /// <summary>The final ranking.</summary>
    /// <exception cref="InvalidOperationException">A unit of the plan is missing: an incomplete ranking is refused.</exception>
    public Leaderboard Finish()
    {
        lock (_gate)
        {
            if (_units.Count != _plan.Units.Count)
            {
                throw new InvalidOperationException(
                    $"The ranking is refused: {_plan.Units.Count - _units.Count} of {_plan.Units.Count} units are missing.");
            }

            return Rank();
        }
    }

    private bool IsAmongTheBest(LeaderboardRow row)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        return _best.Count < _predictionsKept || _order.Compare(row, _best.Max) < 0;
    }

    private void Keep(LeaderboardRow row, ImmutableArray<double> predictions)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        _best.Add(row);
        _predictions.Add(row.Candidate.Key, predictions);
        if (_best.Count > _predictionsKept)
        {
            LeaderboardRow last = _best.Max!;
            _best.Remove(last);
            _predictions.Remove(last.Candidate.Key);
        }
    }

    private void AccountFor(CalibrationUnit unit)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if (!_plan.Units.ContainsKey(unit.Work.Key))
        {
            throw new InvalidOperationException($"Unit {unit.Work.Key.ToShortString()} is not in the plan.");
        }

        if (!_units.Add(unit.Work.Key))
        {
            throw new InvalidOperationException($"Unit {unit.Work.Key.ToShortString()} is added twice.");
        }

        _cpuSecondsDone += unit.Work.Estimate.CpuSeconds;
    }

    /// <summary>The candidates with metrics, best first.</summary>
    private IEnumerable<LeaderboardRow> Ranked()
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        IEnumerable<LeaderboardRow> ranked = _ranked.Order(_order);
        return _plan.Composite is { } composite ? composite.Rank([.. ranked], _plan.Manifest.Axis.Count) : ranked;
    }

    private Leaderboard Rank()
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        double limit = _best.Min is { } best
            ? _order.Limit(best, Judged(_y!), _plan.Folds.OfHeldOut(_predictions[best.Candidate.Key].AsSpan()), JudgedGroups())
            : double.NaN;
        LeaderboardRow[] ranked = [.. Ranked().Select((row, i) => row with { Rank = i + 1, WithinOneStandardError = _order.ErrorOf(row) <= limit })];
        ImmutableArray<double>[] predictions =
        [
            .. ranked.Take(_predictionsKept)
                .Select(row => _predictions.GetValueOrDefault(row.Candidate.Key, []))
                .TakeWhile(one => !one.IsEmpty),
        ];
        Judge(ranked, predictions);
        ImmutableArray<LeaderboardRow> rows = [.. ranked, .. _failed.OrderBy(row => row.Candidate.Key)];
        return new Leaderboard(rows, limit, Simplest(rows), [.. predictions]) { Metric = _plan.Metric, Composite = _plan.Composite };
    }

    /// <summary>Says of the best rows how sure their figures are.</summary>
    private void Judge(LeaderboardRow[] ranked, ImmutableArray<double>[] predictions)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        int count = Math.Min(predictions.Length, RowResampling.RowsMax);
        if (_plan.Replicates == 0 || _plan.Metric is not null || count == 0)
        {
            return;
        }

        RankingLine line = _plan.Composite is { } composite
            ? composite.LineOf([.. _ranked.Order(_order)], ranked.Take(count), _plan.Manifest.Axis.Count)
            : RankingLine.Rmse;
        ImmutableArray<RowJudgement> judged = RowResampling.Judge(
            Judged(_y!).Values, [.. predictions.Take(count).Select(one => Judged(one))], JudgedGroups(), _plan.FoldsKey, _plan.Replicates, line);
        for (int r = 0; r < count; r++)
        {
            ranked[r] = ranked[r] with { Judgement = judged[r] };
        }
    }

    /// <summary>The rows of samples that are held out in some fold.</summary>
    private Matrix Judged(Matrix y)
    {
        if (!_plan.Folds.IsForward)
        {
            return y;
        }

        ReadOnlySpan<double> kept = _plan.Folds.OfHeldOut<double>(y.Values);
        return new Matrix(kept.Length / y.Columns, y.Columns, kept.ToArray());
    }

    private SampleGroups JudgedGroups() => _plan.Folds.IsForward
        ? _plan.Manifest.Groups.Of(_plan.Folds.OfHeldOut<int>([.. Enumerable.Range(0, _plan.Folds.SampleCount)]))
        : _plan.Manifest.Groups;

    private ImmutableArray<T> Judged<T>(ImmutableArray<T> values) => _plan.Folds.IsForward ? [.. _plan.Folds.OfHeldOut(values.AsSpan())] : values;

    /// <summary>The one-standard-error choice: as the winner, but with the simplest setting within the limit.</summary>
    private static LeaderboardRow? Simplest(ImmutableArray<LeaderboardRow> rows)
    {
        if (rows is not [{ Rank: 1, Candidate: var winner }, ..])
        {
            return null;
        }

        return rows
            .Where(row => row.WithinOneStandardError
                && row.Candidate.Chain.Notation == winner.Chain.Notation
                && row.Candidate.Subset.Notation == winner.Subset.Notation
                && row.Candidate.Family.Name == winner.Family.Name)
            .MinBy(row => row.Candidate.Family.Settings.IndexOf(row.Candidate.Setting));
    }
}
