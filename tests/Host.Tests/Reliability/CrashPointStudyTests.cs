using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Configuration;
using Pipeline.Host.Datasets;
using Pipeline.Host.Runs;
using Pipeline.Host.Runs.Queue;
using Pipeline.Host.Service;
using Pipeline.Host.Service.Studies;
using Pipeline.Host.State;
using Pipeline.Stages.Spectra.Readers;
using Pipeline.Support;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>A bound study with the power cut before, and with a failure of, every step of file or database.</summary>
public sealed class CrashPointStudyTests(ITestOutputHelper output)
{
    [Fact]
    public Task Update_CrashAtSomeSteps_EndsInTheSameResults() =>
        CrashAsync(new CrashPoints(output) { SurvivorsMax = 1, ResumesAfterKill = true, Stride = 41 });

    [Theory]
    [InlineData(1)]
    [Trait("speed", "slow")]
    public Task Update_CrashAtEveryStep_EndsInTheSameResults(int seed) =>
        CrashAsync(new CrashPoints(output) { SurvivorsMax = 4, ResumesAfterKill = true, Seed = seed });

    [Fact]
    public Task Update_SomeStepsFail_IsToldAndMadeUpFor() => FailAsync(stride: 61);

    [Fact]
    [Trait("speed", "slow")]
    public Task Update_EveryStepFails_IsToldAndMadeUpFor() => FailAsync(stride: 1);

    private static async Task CrashAsync(CrashPoints crashes)
    {
        string expected = await UndisturbedAsync();
        CrashCount count = await crashes.RunAsync(() => new StudyWorld(expected));
        Assert.InRange(count.Points, 3, 1000);
    }

    private async Task FailAsync(int stride)
    {
        string expected = await UndisturbedAsync();
        Assert.InRange(await CrashPointWorld.FailEverywhereAsync(() => new StudyWorld(expected), output, stride, seed: 1), 2, 2000);
    }

    private static async Task<string> UndisturbedAsync()
    {
        using var world = new StudyWorld("");
        var disk = new SimulatedDisk();
        await world.PrepareAsync(disk);
        await world.ScenarioAsync(disk);
        Assert.Empty(world.Told);
        string state = await world.FinalStateAsync(disk);
        Assert.Contains("leaderboard.csv", state, StringComparison.Ordinal);
        Assert.Contains("/model/", state, StringComparison.Ordinal);
        Assert.Contains("studies/s/predictions.csv", state, StringComparison.Ordinal);
        return state;
    }

    /// <summary>A dataset with references for most samples, and a study of two units, with four of its nested estimate, over it.</summary>
    private sealed class StudyWorld : CrashPointWorld
    {
        private const int KnownCount = 16;
        private readonly string _expected;
        private readonly string _study = Path.GetTempFileName();

        public StudyWorld(string expected)
        {
            _expected = expected;
            File.WriteAllText(
                _study,
                """
                { "response": "protein", "pretreatments": ["raw"], "models": ["ridge(1e-3)", "pls(2)"], "folds": "random(4, seed 0)", "nested": 2, "permutations": 0 }
                """);
        }

        public override Task PrepareAsync(SimulatedDisk disk) => WithStateAsync(disk, async state =>
        {
            using DatasetStore store = await OpenAsync(disk, state);
            StagedSource staged = store.Stage(new MemoryStream(Encoding.UTF8.GetBytes(Table())), "a.csv", 1 << 20);
            IngestOutcome outcome = await store.IngestAsync(staged, mayLose: true, DateTimeOffset.UnixEpoch);
            Assert.Equal(IngestKind.Spectra, outcome.Kind);
        });

        public override async Task CheckAsync(SimulatedDisk disk, CrashSite site)
        {
            if (site.IsFinished)
            {
                // What has come to its end is there before anybody repairs anything, but for leftovers of the first life.
                Assert.True(disk.FolderExists($"{DataFolder}/studies/s"));
                Assert.Equal(KnownCount, await RowAsync(disk));
            }

            await ScenarioAsync(disk);
            AssertSame(_expected, await FinalStateAsync(disk));
        }

        public override async Task<string> FinalStateAsync(SimulatedDisk disk)
        {
            Assert.Equal(KnownCount, await RowAsync(disk));
            foreach (string run in Tree(disk, $"{DataFolder}/studies").Where(line => line.EndsWith("provenance.json", StringComparison.Ordinal)))
            {
                using var whole = JsonDocument.Parse(StoredFiles.Bytes(disk, run));
            }


            // A unit whose row was refused leaves a file for the next start to remove; all that counts is that none is half-written.
            Assert.All(
                Tree(disk, Path.GetDirectoryName(StatePath)!),
                line => Assert.EndsWith(Path.GetFileName(line.Split(' ')[0]), line, StringComparison.Ordinal));
            return string.Join('\n', Tree(disk, DataFolder));
        }

        protected override async Task LiveAsync(SimulatedDisk disk, StateDatabase state)
        {
            var results = new ResultStore(state, disk, LimitsOfTheWorld);
            results.RemoveOrphans();
            LeftOvers.Remove(disk, $"{DataFolder}/studies", depth: 3);
            using DatasetStore store = await OpenAsync(disk, state);
            var process = new PipelineOptions { MemoryBytes = 256L << 20, Threads = 1 };
            await using var memory = RunMemory.Within(LimitsOfTheWorld, 1, TimeProvider.System);
            var context = new StudyContext(
                DataFolder, store, state, results, disk, new RunService(new Hearing(Told), TimeProvider.System), process, memory,
                memory.Budget, new RunQueue(state, LimitsOfTheWorld), NullLogger.Instance);
            var study = new BoundStudyRunner(new BoundStudyOptions("s", "corn", _study, null, null, 1), context);
            List<DaemonEvent?> events = [(await study.LookAsync(TimeProvider.System.GetUtcNow(), TimeZoneInfo.Utc)).Happened];
            if (context.Queue.Open("s") is not null)
            {
                await study.RunAsync(await context.Queue.TakeAsync(0, default), events.Add, progress: null, heartbeat: null, default, default);
            }

            events.Add((await study.PredictAsync(default)).Happened);
            Assert.All(events, happened => Assert.False(happened is DaemonEvent.StudyRefused, happened?.ToString()));
        }

        protected override void Dispose(bool isDisposing)
        {
            File.Delete(_study);
            base.Dispose(isDisposing);
        }

        private async Task<int> RowAsync(SimulatedDisk disk)
        {
            int known = 0;
            await WithStateAsync(disk, state =>
            {
                known = StudyRow.Read(state, "s").KnownCount;
                return Task.CompletedTask;
            });
            return known;
        }

        private static Task<DatasetStore> OpenAsync(SimulatedDisk disk, StateDatabase state) =>
            DatasetStore.OpenAsync(DataFolder, "corn", state, disk, new ArrowChunkCodec(), SpectraFormatsReaders.Every);

        private static string Table()
        {
            var text = new StringBuilder("sample_id,protein,1100 nm,1110 nm,1120 nm,1130 nm,1140 nm\n");
            for (int i = 0; i < KnownCount + 4; i++)
            {
                string protein = i < KnownCount ? (10 + (i * 0.25)).ToString(CultureInfo.InvariantCulture) : "";
                text.Append(CultureInfo.InvariantCulture, $"S{i:0000},{protein}");
                for (int j = 0; j < 5; j++)
                {
                    text.Append(
                        CultureInfo.InvariantCulture,
                        $",{0.4 + (0.02 * i * Math.Exp(-Math.Pow(j - 2, 2))) + (0.01 * Math.Sin((i * 31) + (j * 17))):F6}");
                }

                text.Append('\n');
            }

            return text.ToString();
        }
    }
    /// <summary>A log of what a person should look at; a flow that was built anew tells there why.</summary>
    private sealed class Hearing(List<string> told) : ILogger<RunService>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                lock (told)
                {
                    told.Add(formatter(state, exception));
                }
            }
        }
    }
}
