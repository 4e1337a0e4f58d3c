using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Configuration;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging;

namespace Pipeline.Host.Runs;

/// <summary>The flows of one run: the study's search, then the searches beside it by which it is judged.</summary>
/// <remarks>
/// One after the other over one cache, budget, ledger and pool of cores; what an earlier run has finished of any of them is
/// taken over before the first one begins. Progress may be asked by any thread while they run.
/// </remarks>
internal sealed class RunFlows
{
    private readonly PreparedRun _prepared;
    private readonly Part[] _parts;
    private readonly TimeProvider _clock;

    // Written by RunAsync, read when it has ended.
    private readonly List<PhaseTime> _phases = [];

    private readonly WorkForecast _forecast;

    // Written by RunAsync, read for progress.
    private int _current;

    /// <summary>The flows of a prepared run.</summary>
    public RunFlows(
        PreparedRun prepared, PipelineOptions options, RunMemory memory, IUnitLedger? ledger, TimeProvider clock, Action<Rebuild> onRebuild)
    {
        _prepared = prepared;
        _clock = clock;
        CalibrationSet samples = prepared.Bound.Set;
        _forecast = new WorkForecast(prepared.Units, clock);
        _parts =
        [
            Of(prepared.Plan, () => samples, prepared.Bound.Study.Predictions),
            .. prepared.Judging.Searches.Select(search => Of(search.Plan, search.Samples, predictionsKept: 1)),
        ];

        Part Of(StudyPlan plan, Func<CalibrationSet> make, int predictionsKept)
        {
            var board = new LeaderboardBuilder(plan, predictionsKept);
            var flow = new CalibrationFlow(
                plan,
                _ => ValueTask.FromResult(make()),
                memory.Cache,
                memory.Budget,
                memory.Limits,
                options.Threads,
                board,
                ledger,
                clock,
                onRebuild,
                memory.Cores,
                _forecast);
            return new Part(plan, board, flow);
        }
    }

    /// <summary>The flow of the study's own search.</summary>
    public CalibrationFlow Main => _parts[0].Flow;

    /// <summary>Units of all searches whose outcome was known from an earlier run.</summary>
    public int RestoredUnits => _parts.Sum(part => part.Flow.RestoredUnits);

    /// <summary>How long each of the searches took; asked when they have ended.</summary>
    public IReadOnlyList<PhaseTime> Phases => _phases;

    /// <summary>Runs all searches to their end.</summary>
    /// <param name="onRestored">Told once how many units were known from an earlier run.</param>
    /// <param name="cancellation">Ends the run at once.</param>
    /// <param name="drain">Ends the run when the units in work are finished and kept.</param>
    /// <returns>What the blocks of the study's own search did.</returns>
    public async Task<PipelineSummary> RunAsync(Action<int>? onRestored, CancellationToken cancellation, CancellationToken drain)
    {
        // The caller may look on while much is restored.
        await Task.Yield();
        long start = _clock.GetTimestamp();
        foreach (Part part in _parts)
        {
            await part.Flow.RestoreAsync(cancellation);
        }

        start = EndPhase("restore", start);
        onRestored?.Invoke(RestoredUnits);
        PipelineSummary own = await Main.RunAsync(cancellation, drain);
        start = EndPhase("search", start);
        int nested = _prepared.Judging.Outer?.Searches.Length ?? 0;
        int shuffled = nested + (_prepared.Judging.Null is null ? 0 : 1);
        for (int i = 1; i < _parts.Length; i++)
        {
            Volatile.Write(ref _current, i);
            await _parts[i].Flow.RunAsync(cancellation, drain);
            if (i == nested)
            {
                start = EndPhase("nested estimate", start);
            }
            else if (i == shuffled)
            {
                start = EndPhase("permutation null", start);
            }
            else if (i == _parts.Length - 1)
            {
                start = EndPhase("repeats", start);
            }
        }

        return own;
    }

    /// <summary>Notes how long a phase took; where the next one begins.</summary>
    private long EndPhase(string name, long start)
    {
        long now = _clock.GetTimestamp();
        _phases.Add(new PhaseTime(name, _clock.GetElapsedTime(start, now).TotalSeconds));
        return now;
    }

    /// <summary>How far all searches together are.</summary>
    public RunProgress Progress(TimeSpan elapsed)
    {
        (int units, double seconds) = (0, 0.0);
        foreach (Part part in _parts)
        {
            (int done, double cpuSeconds) = part.Board.Done;
            units += done;
            seconds += cpuSeconds;
        }

        double total = _prepared.Work.CpuSeconds;
        return new RunProgress(
            units,
            _prepared.Work.Units.Length,
            total > 0 ? seconds / total : 0,
            elapsed,
            _parts[0].Board.BestSoFar,
            _parts[Volatile.Read(ref _current)].Flow.Progress)
        {
            Remaining = _forecast.Remaining(),
        };
    }

    /// <summary>The ranking with what the other searches say of it.</summary>
    public Leaderboard Conclude(CancellationToken cancellation)
    {
        Leaderboard board = _parts[0].Board.Finish();
        SearchJudgement judgement = _prepared.Judging.Conclude(
            board, [.. _parts.Skip(1).Select(part => part.Board.Finish())], _prepared.Bound.Set, _prepared.Plan, cancellation);
        return board with { Judgement = judgement };
    }

    private sealed record Part(StudyPlan Plan, LeaderboardBuilder Board, CalibrationFlow Flow);
}
