using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Planning;
using Pipeline.Engine.Supervision;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Models;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Stages.Tests.Calibration;

/// <summary>Every fault at every block of a real search: the leaderboard is that of an undisturbed run.</summary>
public sealed class CalibrationFaultTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly SpectralChunk Spectra = TestChunks.Make(n: 24, p: 20, seed: 7);
    private static readonly Study Study = FlowHarness.SmallStudy with { Subsets = ["full", "top(8)"] };
    private static readonly Limits Limits = new() { StallGraceSecondsMax = 0.1 };
    private static readonly Lazy<Task<string>> Undisturbed =
        new(async () => FlowHarness.Bits((await FlowHarness.RunAsync(Spectra, Study)).Board));

    public static TheoryData<FaultKind, string, int> Table
    {
        get
        {
            // The cache is struck at its 1st to 6th look at its clock: in ingest, pretreat and split as they come.
            var table = new TheoryData<FaultKind, string, int>();
            foreach (FaultKind kind in Enum.GetValues<FaultKind>())
            {
                foreach (string place in new[] { "source", "ingest", "train", "aggregate" })
                {
                    table.Add(kind, place, 0);
                    table.Add(kind, place, 4);
                }

                for (int look = 0; look < 6; look++)
                {
                    table.Add(kind, "cache", look);
                }
            }

            return table;
        }
    }

    [Theory]
    [MemberData(nameof(Table))]
    public async Task RunAsync_FaultOnce_GivesTheUndisturbedLeaderboard(FaultKind kind, string place, int number)
    {
        using var fault = new FaultPoint(kind);
        var bench = new Bench(fault, place, number);
        Leaderboard board = await bench.RunAsync();
        Assert.Equal(1, fault.Strikes);
        if (kind == FaultKind.Stage && place is not ("source" or "aggregate"))
        {
            // An allowed failure is the outcome of the units that met it.
            Assert.Empty(bench.Rebuilds);
            Assert.Contains(board.Rows, row => row.Failure == "the disk is gone");
        }
        else
        {
            Assert.Equal(await Undisturbed.Value, FlowHarness.Bits(board));
            var why = Assert.IsType<FlowStoppedException>(Assert.Single(bench.Rebuilds).Why);
            Assert.True(place is "cache" || place == why.Block, why.Message);
            Assert.Equal(why.IsTicketToBlame ? 1 : 0, bench.Attempts.Values.Sum());
            output.WriteLine(
                $"{kind} in {why.Block}, {place} {number}: rebuilt after {bench.RebuiltAfter.TotalMilliseconds:F0} ms, "
                + $"{why.AbandonedBodies} left behind");

            // Well below the patience; how long it takes on a busy machine says nothing of the flow.
            Assert.InRange(bench.RebuiltAfter, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        }

        fault.Release();
        await bench.AssertAllIsBackAsync();
    }

    [Theory]
    [InlineData(FaultKind.WrongKind, "train")]
    [InlineData(FaultKind.Cancellation, "train")]
    [InlineData(FaultKind.HangHeeding, "train")]
    [InlineData(FaultKind.HangBlocking, "train")]
    [InlineData(FaultKind.WrongKind, "aggregate")]
    public async Task RunAsync_UnitThatAlwaysStopsTheFlow_IsListedAsFailedAndAllOthersFinish(FaultKind kind, string place)
    {
        using var fault = new FaultPoint(kind, times: Limits.UnitAttemptsMax);
        var bench = new Bench(fault, place, 4);
        Leaderboard board = await bench.RunAsync();

        CalibrationUnit poison = bench.UnitAt(4);
        KeyValuePair<Fingerprint, int> charged = Assert.Single(bench.Attempts);
        Assert.Equal((poison.Work.Key, Limits.UnitAttemptsMax), (charged.Key, charged.Value));
        LeaderboardRow[] failed = [.. board.Rows.Where(row => row.Failure?.Contains("error of the program", StringComparison.Ordinal) == true)];
        Assert.Equal(poison.Candidates.Select(placed => placed.Candidate.Key).Order(), failed.Select(row => row.Candidate.Key).Order());
        Leaderboard whole = (await FlowHarness.RunAsync(Spectra, Study)).Board;
        Assert.Equal(whole.Rows.Length, board.Rows.Length);
        Assert.Equal(whole.Rows.Count(row => row.Rank > 0) - failed.Length, board.Rows.Count(row => row.Rank > 0));
        fault.Release();
        await bench.AssertAllIsBackAsync();
    }

    [Fact]
    public async Task RunAsync_OutcomesCannotBeKept_ThrowsTheReasonAndBlamesNoUnit()
    {
        using var fault = new FaultPoint(FaultKind.Stage, times: int.MaxValue);
        var bench = new Bench(fault, "aggregate", 0);
        StageException thrown = await Assert.ThrowsAsync<StageException>(() => bench.RunAsync());
        Assert.Equal("the disk is gone", thrown.Message);
        Assert.Equal((Limits.RebuildsMax, 0), (bench.Rebuilds.Count, bench.Attempts.Count));
    }

    /// <summary>A real search with one fault in it.</summary>
    private sealed class Bench : IUnitLedger
    {
        private readonly FaultPoint _fault;
        private readonly string _place;
        private readonly int _number;
        private readonly ManualTimeProvider _clock = new();
        private readonly StudyPlan _plan;
        private readonly MemoryBudget _budget = new(Limits);
        private readonly LeaderboardBuilder _board;
        private readonly CalibrationFlow _flow;
        private int _samplesCalls;

        public Bench(FaultPoint fault, string place, int number)
        {
            (_fault, _place, _number) = (fault, place, number);
            BoundStudy bound = StudyBinding.Bind(Study, Spectra);
            StudyPlan plan = StudyPlanner.Plan(bound.Study, bound.Set.Manifest, Limits);
            Fingerprint struck = plan.Work.Units[number].Key;
            _plan = plan with
            {
                Units = plan.Units.SetItem(struck, plan.Units[struck] with
                {
                    Family = new FaultyFamily(plan.Units[struck].Family, place == "train" ? fault : new FaultPoint(default, 0)),
                }),
            };
            _board = new LeaderboardBuilder(_plan, bound.Study.Predictions);

            // Without a cache the samples are brought again whenever no unit uses them, which makes a second call likely.
            bool isIngest = place == "ingest";
            var cache = new ArtifactCache(
                isIngest ? Limits with { CacheBytesMax = 0 } : Limits, place == "cache" ? new FaultyClock(fault, number) : _clock);
            _flow = new CalibrationFlow(
                _plan,
                async stop =>
                {
                    if (isIngest && Interlocked.Increment(ref _samplesCalls) == 1)
                    {
                        await fault.PassAsync(stop);
                    }

                    return bound.Set;
                },
                cache,
                _budget,
                Limits,
                parallelism: 2,
                _board,
                this,
                _clock,
                Rebuilds.Add);
        }

        public List<Rebuild> Rebuilds { get; } = [];

        public ConcurrentDictionary<Fingerprint, int> Attempts { get; } = new();

        public TimeSpan RebuiltAfter { get; private set; }

        public CalibrationUnit UnitAt(int number) => _plan.Units[_plan.Work.Units[number].Key];

        public async Task<Leaderboard> RunAsync()
        {
            Task<PipelineSummary> run = _flow.RunAsync(CancellationToken.None);
            for (int strike = 1; _fault.IsHang && !run.IsCompleted; strike++)
            {
                await UntilAsync(() => run.IsCompleted || _fault.Strikes == strike);
                if (!run.IsCompleted)
                {
                    await ShowStallAsync(strike);
                }
            }

            PipelineSummary summary = await run.WaitAsync(TimeSpan.FromSeconds(60));
            Assert.All(summary.Steps, step => Assert.Equal((summary.Taken, summary.Taken), (step.In, step.Out)));
            return _board.Finish();
        }

        public async Task AssertAllIsBackAsync()
        {
            await UntilAsync(() => _flow.AbandonedBodies == 0 && _budget.ReservedBytes == 0);
            Assert.Equal((0, 0), (_budget.AbandonedBytes, _budget.WaitingCount));
        }

        public UnitOutcome? Find(CalibrationUnit unit, Folds folds) => null;

        public ValueTask BeginAsync(CalibrationUnit unit) => ValueTask.CompletedTask;

        public ValueTask FlushAsync() => ValueTask.CompletedTask;

        public UnitTroubles TroublesOf(Fingerprint unit)
        {
            if (Rebuilds.Count == 1 && RebuiltAfter == default)
            {
                RebuiltAfter = Stopwatch.GetElapsedTime(_fault.NoticeableAt);
            }

            if (_place == "source" && unit == _plan.Work.Units[_number].Key)
            {
                _fault.Pass(CancellationToken.None);
            }

            return new UnitTroubles(Attempts.GetValueOrDefault(unit), 0);
        }

        public ValueTask ChargeAsync(CalibrationUnit unit, FlowStoppedException why)
        {
            Attempts.AddOrUpdate(unit.Work.Key, 1, (_, attempts) => attempts + 1);
            return ValueTask.CompletedTask;
        }

        public ValueTask CommitAsync(CalibrationUnit unit, UnitOutcome outcome, double seconds) =>
            _place == "aggregate" && unit.Work.Key == _plan.Work.Units[_number].Key
                ? _fault.PassAsync(CancellationToken.None)
                : ValueTask.CompletedTask;

        private static async Task UntilAsync(Func<bool> condition)
        {
            var watch = Stopwatch.StartNew();
            while (!condition())
            {
                Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), "not reached within a minute");
                await Task.Delay(1);
            }
        }

        private Task ShowStallAsync(int strike)
        {
            long moved = -1;
            return _fault.ShowStallAsync(
                _clock,
                Patience + TimeSpan.FromSeconds(1),
                TimeSpan.FromSeconds(Limits.StallGraceSecondsMax),
                () =>
                {
                    long before = moved;
                    moved = _flow.Progress.Sum(step => step.In + step.Out);
                    return before == moved && _flow.Progress.Sum(step => step.Running) == (_place == "source" ? 0 : 1);
                },
                () => Rebuilds.Count >= strike).WaitAsync(TimeSpan.FromSeconds(60));
        }
    }

    /// <summary>A family with a fault in front of its computation.</summary>
    private sealed class FaultyFamily(ICandidateFamily family, FaultPoint fault) : ICandidateFamily
    {
        public string Name => family.Name;

        public int Version => family.Version;

        public ImmutableArray<ModelSetting> Settings => family.Settings;

        public string Describe(ModelSetting setting) => family.Describe(setting);

        public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
            family.SettingsFor(calibrationSamples, variables);

        public IModel Model(ModelSetting setting) => family.Model(setting);

        public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs) =>
            family.EstimateFit(calibrationSamples, heldOutSamples, variables, settings, outputs);

        public void CrossValidate(
            FoldedSpectra data,
            ImmutableArray<ISubset> subsets,
            ImmutableArray<ModelSetting> settings,
            CellTable cells,
            CancellationToken cancellation)
        {
            fault.Pass(cancellation);
            family.CrossValidate(data, subsets, settings, cells, cancellation);
        }
    }
}
