using System.Collections.Concurrent;
using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

/// <summary>A search that is drained: units in work are finished and kept, no other is begun, and none is computed twice.</summary>
public sealed class CalibrationDrainTests
{
    private static readonly SpectralChunk Spectra = TestChunks.Make(n: 24, p: 20, seed: 7);
    private static readonly Study Study = FlowHarness.SmallStudy with { Subsets = ["full", "top(8)"] };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task RunAsync_Drained_KeepsWhatWasBegunAndBeginsNothingElse(int parallelism)
    {
        using var drain = new CancellationTokenSource();
        var ledger = new KeepingLedger { AtBegin = begun => begun == 4 ? drain.CancelAsync() : Task.CompletedTask };
        OperationCanceledException stopped = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => RunAsync(ledger, parallelism, drain.Token).WaitAsync(Patience));

        Assert.Equal(drain.Token, stopped.CancellationToken);
        Assert.InRange(ledger.Begun.Count, 4, 3 + parallelism);
        Assert.Equal(ledger.Begun.Keys.Order(), ledger.Kept.Keys.Order());
        Assert.True(ledger.IsFlushed);
    }

    [Fact]
    public async Task RunAsync_AfterADrain_ComputesTheOthersOnlyAndEndsWithTheSameBits()
    {
        string expected = FlowHarness.Bits((await FlowHarness.RunAsync(Spectra, Study)).Board);
        using var drain = new CancellationTokenSource();
        var ledger = new KeepingLedger { AtBegin = begun => begun == 4 ? drain.CancelAsync() : Task.CompletedTask };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(ledger, parallelism: 2, drain.Token).WaitAsync(Patience));

        Leaderboard board = await RunAsync(ledger, parallelism: 2, CancellationToken.None).WaitAsync(Patience);

        Assert.Equal(expected, FlowHarness.Bits(board));
        Assert.All(ledger.Begun.Values, count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task RunAsync_DrainedAtTheLastUnit_IsComplete()
    {
        using var drain = new CancellationTokenSource();
        var all = new KeepingLedger();
        string expected = FlowHarness.Bits(await RunAsync(all, parallelism: 1, CancellationToken.None));
        var ledger = new KeepingLedger { AtBegin = begun => begun == all.Begun.Count ? drain.CancelAsync() : Task.CompletedTask };
        Assert.Equal(expected, FlowHarness.Bits(await RunAsync(ledger, parallelism: 1, drain.Token).WaitAsync(Patience)));
    }

    [Fact]
    public async Task RunAsync_DrainedBeforeItBegins_BeginsNothing()
    {
        var ledger = new KeepingLedger();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => RunAsync(ledger, parallelism: 2, new CancellationToken(canceled: true)).WaitAsync(Patience));
        Assert.Empty(ledger.Begun);
    }

    private static async Task<Leaderboard> RunAsync(IUnitLedger ledger, int parallelism, CancellationToken drain)
    {
        BoundStudy bound = StudyBinding.Bind(Study, Spectra);
        StudyPlan plan = StudyPlanner.Plan(bound.Study, bound.Set.Manifest, Limits.Default);
        var board = new LeaderboardBuilder(plan, bound.Study.Predictions);
        var flow = new CalibrationFlow(
            plan,
            _ => ValueTask.FromResult(bound.Set),
            new ArtifactCache(Limits.Default, TimeProvider.System),
            new MemoryBudget(Limits.Default),
            Limits.Default,
            parallelism,
            board,
            ledger);
        await flow.RunAsync(CancellationToken.None, drain);
        return board.Finish();
    }

    /// <summary>A ledger that keeps outcomes and counts how often each unit was begun.</summary>
    private sealed class KeepingLedger : IUnitLedger
    {
        private int _begun;

        public ConcurrentDictionary<Fingerprint, int> Begun { get; } = new();

        public ConcurrentDictionary<Fingerprint, UnitOutcome> Kept { get; } = new();

        public Func<int, Task> AtBegin { get; init; } = _ => Task.CompletedTask;

        public bool IsFlushed { get; private set; }

        public UnitOutcome? Find(CalibrationUnit unit, Folds folds) => Kept.GetValueOrDefault(unit.Work.Key);

        public UnitTroubles TroublesOf(Fingerprint unit) => default;

        public async ValueTask BeginAsync(CalibrationUnit unit)
        {
            Begun.AddOrUpdate(unit.Work.Key, 1, (_, count) => count + 1);
            await AtBegin(Interlocked.Increment(ref _begun));
        }

        public ValueTask ChargeAsync(CalibrationUnit unit, FlowStoppedException why) => ValueTask.CompletedTask;

        public ValueTask CommitAsync(CalibrationUnit unit, UnitOutcome outcome, double seconds)
        {
            Kept[unit.Work.Key] = outcome;
            return ValueTask.CompletedTask;
        }

        public ValueTask FlushAsync()
        {
            IsFlushed = true;
            return ValueTask.CompletedTask;
        }
    }
}
