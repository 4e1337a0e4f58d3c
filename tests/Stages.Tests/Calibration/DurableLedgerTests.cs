using Microsoft.Data.Sqlite;
using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

/// <summary>A search that is cut off goes on with what it had, to the same bits.</summary>
public sealed class DurableLedgerTests : IDisposable
{
    private static readonly SpectralChunk Spectra = TestChunks.Make(n: 24, p: 20, seed: 7);
    private static readonly BoundStudy Bound = StudyBinding.Bind(FlowHarness.SmallStudy, Spectra);
    private static readonly StudyPlan Plan = StudyPlanner.Plan(Bound.Study, Bound.Set.Manifest, Limits.Default);

    private readonly string _folder = Directory.CreateTempSubdirectory("ledger").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public async Task Run_CutOffAgainAndAgain_EndsWithTheUndisturbedBoardAndComputesNothingTwice(int unitsPerLife, bool isTiny)
    {
        string expected = FlowHarness.Bits((await FlowHarness.RunAsync(Spectra)).Board);
        Limits limits = isTiny ? Limits.Default with { ResultRowBytesMax = 64, PendingResultBytesMax = 64, CommitChangesMax = 2 } : Limits.Default;
        int computed = 0;
        Leaderboard? board = null;
        int lives = 0;
        while (board is null)
        {
            Assert.True(++lives <= Plan.Units.Count + 1, "no life made progress");
            await using StateDatabase state = Open(limits);
            (board, int trained) = await LiveAsync(state, limits, unitsPerLife);
            computed += trained;
        }

        Assert.Equal(expected, FlowHarness.Bits(board));
        Assert.Equal(Plan.Units.Count, computed);
        Assert.InRange(lives, 2, Plan.Units.Count + 1);
    }

    [Fact]
    public async Task Run_DamagedResult_IsComputedAgain()
    {
        Limits limits = Limits.Default with { ResultRowBytesMax = 64 };
        string expected;
        await using (StateDatabase state = Open(limits))
        {
            expected = FlowHarness.Bits((await LiveAsync(state, limits, int.MaxValue)).Board!);
        }

        string[] files = Directory.GetFiles(Path.Combine(_folder, "results"), "*", SearchOption.AllDirectories);
        Assert.Equal(Plan.Units.Count, files.Length);
        File.Delete(files[0]);
        byte[] bytes = await File.ReadAllBytesAsync(files[1]);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(files[1], bytes);
        await using StateDatabase again = Open(limits);
        (Leaderboard? board, int trained) = await LiveAsync(again, limits, int.MaxValue);
        Assert.Equal(2, trained);
        Assert.Equal(expected, FlowHarness.Bits(board!));
    }

    [Fact]
    public async Task Run_UnitsThatWereAtWorkWhenProcessesEnded_RunAloneAndAreGivenUpInTheEnd()
    {
        Fingerprint suspect = Plan.Work.Units[0].Key;
        Fingerprint hopeless = Plan.Work.Units[1].Key;
        await using StateDatabase state = Open(Limits.Default);
        await BeginAsync(state, Limits.Default);
        await state.CommitAsync(transaction =>
        {
            transaction.Execute("INSERT INTO unit (run, key, state, deaths, epoch) SELECT id, $1, 0, 3, 1 FROM run", suspect);
            transaction.Execute("INSERT INTO unit (run, key, state, deaths, epoch) SELECT id, $1, 0, 6, 1 FROM run", hopeless);
        });
        var order = new List<Fingerprint>();
        int atOnce = 0;
        int besideSuspect = 0;
        (Leaderboard? board, _) = await LiveAsync(state, Limits.Default, int.MaxValue, unit =>
        {
            int now = Interlocked.Increment(ref atOnce);
            if (unit == suspect)
            {
                besideSuspect = now - 1;
            }

            lock (order)
            {
                order.Add(unit);
            }

            return () => Interlocked.Decrement(ref atOnce);
        });
        Assert.Equal(suspect, order[^1]);
        Assert.Equal(0, besideSuspect);
        Assert.DoesNotContain(hopeless, order);
        LeaderboardRow[] failed = [.. board!.Rows.Where(row => row.Failure?.Contains("6 times", StringComparison.Ordinal) == true)];
        Assert.Equal(Plan.Units[hopeless].Candidates.Length, failed.Length);
    }

    [Theory]
    [InlineData(CommitPoint.BeforeCommit)]
    [InlineData(CommitPoint.AfterCommit)]
    internal async Task Run_CommitThatTheDiskRefuses_DoesNotSayThatItIsComplete(CommitPoint where)
    {
        // The second commit of the run strikes several units at once; nobody may believe that they are kept.
        string expected = FlowHarness.Bits((await FlowHarness.RunAsync(Spectra)).Board);
        Limits limits = Limits.Default with { CommitChangesMax = 4 };
        await using StateDatabase state = Open(limits);
        int commits = 0;
        state.Probe = point =>
        {
            if (point == where && ++commits == 3)
            {
                throw new SqliteException("injected", 10);
            }
        };
        await Assert.ThrowsAsync<StageException>(() => LiveAsync(state, limits, int.MaxValue));
        (Leaderboard? board, int trained) = await LiveAsync(state, limits, int.MaxValue);
        Assert.Equal(expected, FlowHarness.Bits(board!));
        Assert.InRange(trained, where == CommitPoint.AfterCommit ? 0 : 1, Plan.Units.Count - 1);
        (_, int again) = await LiveAsync(state, limits, int.MaxValue);
        Assert.Equal(0, again);
    }

    [Fact]
    public async Task Commit_FailureOfTheMachine_IsNotRemembered()
    {
        await using StateDatabase state = Open(Limits.Default);
        DurableLedger ledger = await BeginAsync(state, Limits.Default);
        CalibrationUnit[] units = [.. Plan.Work.Units.Take(2).Select(work => Plan.Units[work.Key])];
        await ledger.CommitAsync(units[0], new UnitOutcome(null, new Failure(FailureKind.Storage, "the disk is gone")), 0);
        await ledger.CommitAsync(units[1], new UnitOutcome(null, new Failure(FailureKind.Numerical, "no variance")), 0);
        await ledger.FlushAsync();
        Assert.Null(ledger.Find(units[0], Plan.Folds));
        Assert.Equal("no variance", ledger.Find(units[1], Plan.Folds)!.Failure!.Message);
    }

    private StateDatabase Open(Limits limits) => StateDatabase.Open(
        Path.Combine(_folder, "state.db"), [StateSchema.Engine], new LocalStorage(), limits, TimeProvider.System);

    private static async Task<DurableLedger> BeginAsync(StateDatabase state, Limits limits)
    {
        var results = new ResultStore(state, new LocalStorage(), limits);
        RunLedger run = await RunLedger.BeginAsync(state, results, "study", Plan.Work.Key, Plan.Units.Count, "", limits);
        return new DurableLedger(run, !state.WasClosedCleanly, limits);
    }

    /// <summary>One life of a process: computes units until it has had its share, and ends in the middle of things.</summary>
    private static async Task<(Leaderboard? Board, int Trained)> LiveAsync(
        StateDatabase state, Limits limits, int unitsMax, Func<Fingerprint, Action>? watch = null)
    {
        var ledger = new CountingLedger(await BeginAsync(state, limits), unitsMax, watch);
        var board = new LeaderboardBuilder(Plan, Bound.Study.Predictions);
        var flow = new CalibrationFlow(
            Plan, _ => ValueTask.FromResult(Bound.Set), new ArtifactCache(limits, TimeProvider.System), new MemoryBudget(limits), limits, 1, board, ledger);
        try
        {
            await flow.RunAsync(ledger.End.Token);
            return (board.Finish(), ledger.Committed);
        }
        catch (OperationCanceledException)
        {
            await ledger.FlushAsync();
            return (null, ledger.Committed);
        }
    }

    /// <summary>Counts what is computed, and ends the life after a number of units.</summary>
    private sealed class CountingLedger(DurableLedger inner, int unitsMax, Func<Fingerprint, Action>? watch) : IUnitLedger
    {
        private readonly Dictionary<Fingerprint, Action> _ends = [];

        public CancellationTokenSource End { get; } = new();

        public int Committed { get; private set; }

        public UnitOutcome? Find(CalibrationUnit unit, Folds folds) => inner.Find(unit, folds);

        public UnitTroubles TroublesOf(Fingerprint unit) => inner.TroublesOf(unit);

        public ValueTask BeginAsync(CalibrationUnit unit)
        {
            if (watch?.Invoke(unit.Work.Key) is { } end)
            {
                lock (_ends)
                {
                    _ends[unit.Work.Key] = end;
                }
            }

            return inner.BeginAsync(unit);
        }

        public ValueTask ChargeAsync(CalibrationUnit unit, FlowStoppedException why) => inner.ChargeAsync(unit, why);

        public async ValueTask CommitAsync(CalibrationUnit unit, UnitOutcome outcome, double seconds)
        {
            lock (_ends)
            {
                if (_ends.Remove(unit.Work.Key, out Action? end))
                {
                    end();
                }
            }

            await inner.CommitAsync(unit, outcome, seconds);
            if (++Committed == unitsMax)
            {
                await End.CancelAsync();
            }
        }

        public ValueTask FlushAsync() => inner.FlushAsync();
    }
}
