using Pipeline.Engine;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Models;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

public class LeaderboardBuilderTests
{
    private static readonly Study Study = FlowHarness.SmallStudy with
    {
        Pretreatments = ["raw", "snv"],
        Models = ["pls(3)"],
        Subsets = ["full"],
    };

    private readonly CalibrationSet _set;
    private readonly StudyPlan _plan;
    private readonly Folds _folds;

    public LeaderboardBuilderTests()
    {
        BoundStudy bound = StudyBinding.Bind(Study, TestChunks.Make(n: 20, p: 12, seed: 5));
        _set = bound.Set;
        _plan = StudyPlanner.Plan(Study, _set.Manifest, Limits.Default);
        _folds = _plan.Folds;
    }

    [Fact]
    public void Finish_UnitMissing_IsRefused()
    {
        var board = new LeaderboardBuilder(_plan, 5);
        Add(board, Unit("raw"), error: 0.1);
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => board.Finish());
        Assert.Contains("1 of 2", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, board.Done.Units);
    }

    [Fact]
    public void Add_UnitTwice_IsRefused()
    {
        var board = new LeaderboardBuilder(_plan, 5);
        Add(board, Unit("raw"), error: 0.1);
        Assert.Throws<InvalidOperationException>(() => Add(board, Unit("raw"), error: 0.1));
    }

    [Fact]
    public void Add_CellLeftOpen_IsRefused()
    {
        var board = new LeaderboardBuilder(_plan, 5);
        CalibrationUnit unit = Unit("raw");
        CellTable cells = Cells(unit, error: 0.1, skip: (1, 2));
        Assert.Throws<InvalidOperationException>(() => board.Add(unit, cells, _set.Y, _set.Manifest.Axis));
    }

    [Fact]
    public void Finish_EqualErrors_AreOrderedByKeyWhateverTheOrderOfArrival()
    {
        var forwards = new LeaderboardBuilder(_plan, 5);
        Add(forwards, Unit("raw"), error: 0.25);
        Add(forwards, Unit("snv"), error: 0.25);
        var backwards = new LeaderboardBuilder(_plan, 5);
        Add(backwards, Unit("snv"), error: 0.25);
        Add(backwards, Unit("raw"), error: 0.25);
        Leaderboard first = forwards.Finish();
        Assert.Equal(FlowHarness.Bits(first), FlowHarness.Bits(backwards.Finish()));
        Assert.Equal(first.Rows.Select(row => row.Candidate.Key).Order(), first.Rows.Select(row => row.Candidate.Key));
    }

    [Fact]
    public void Finish_FailedCell_ListsItsCandidateUnrankedWithTheReason()
    {
        var board = new LeaderboardBuilder(_plan, 5);
        CalibrationUnit unit = Unit("raw");
        CellTable cells = Cells(unit, error: 0.1, skip: (2, 0));
        cells.Fail(2, 0, "no luck");
        board.Add(unit, cells, _set.Y, _set.Manifest.Axis);
        board.Fail(Unit("snv"), new Failure(FailureKind.Numerical, "all gone"));
        Leaderboard leaderboard = board.Finish();
        Assert.Equal(6, leaderboard.Rows.Length);
        Assert.Equal(["fold 1: no luck"], leaderboard.Rows.Where(row => row.Rank == 0 && row.Candidate.Chain.Notation == "raw").Select(row => row.Failure));
        Assert.Equal(3, leaderboard.Rows.Count(row => row.Failure == "all gone"));
        Assert.Equal([1, 2], leaderboard.Rows.Take(2).Select(row => row.Rank));
    }

    [Fact]
    public void Finish_OneStandardError_MarksAndChoosesTheSimplest()
    {
        // 1 LV errs by ±0.101, 2 LV by ±0.1, 3 LV by ±0.1 with other signs: all within one standard error only if the
        // squared residuals vary; here they do not, so the limit is the best RMSE itself and 2 LV wins.
        var board = new LeaderboardBuilder(_plan, 5);
        CalibrationUnit unit = Unit("raw");
        board.Add(unit, Cells(unit, [0.101, 0.1, 0.1]), _set.Y, _set.Manifest.Axis);
        board.Fail(Unit("snv"), new Failure(FailureKind.Numerical, "left out"));
        Leaderboard leaderboard = board.Finish();
        Assert.Equal(0.1, leaderboard.OneStandardErrorLimit, 12);
        Assert.False(leaderboard.Rows.Single(row => row.Rank > 0 && row.Candidate.SettingText == "1 LV").WithinOneStandardError);
    }

    private CalibrationUnit Unit(string chain) => _plan.Units.Values.Single(unit => unit.Chain.Notation == chain);

    private void Add(LeaderboardBuilder board, CalibrationUnit unit, double error) =>
        board.Add(unit, Cells(unit, error), _set.Y, _set.Manifest.Axis);

    private CellTable Cells(CalibrationUnit unit, double error, (int Candidate, int Fold)? skip = null) =>
        Cells(unit, [error, error, error], skip);

    private CellTable Cells(CalibrationUnit unit, double[] errors, (int Candidate, int Fold)? skip = null)
    {
        var cells = new CellTable(_folds, unit.Subsets.Length, unit.Settings.Length);
        for (int candidate = 0; candidate < cells.CandidateCount; candidate++)
        {
            for (int k = 0; k < _folds.Count; k++)
            {
                if (skip != (candidate, k))
                {
                    double error = errors[candidate];
                    cells.Complete(candidate, k, [.. _folds.HeldOut(k).ToArray().Select(i => _set.Y[i, 0] + (i % 2 == 0 ? error : -error))]);
                }
            }
        }

        return cells;
    }
}
