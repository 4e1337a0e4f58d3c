using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Pipeline.Host.Demo;
using Pipeline.Host.Runs;
using Pipeline.Host.Runs.Queue;
using Pipeline.Host.Service;
using Pipeline.Host.Service.Studies;
using Pipeline.Host.State;
using Xunit;

namespace Pipeline.Host.Tests.Service;

/// <summary>Runs of a daemon in this process: several at once, paused, cancelled, by the clock, with other studies.</summary>
public sealed class DaemonRunsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task RunAsync_TwoRunsAtOnce_GiveTheSameBytesAsOneAfterTheOther()
    {
        Dictionary<string, byte[]> alone = await BothAsync("alone", atOnce: 1);
        Dictionary<string, byte[]> together = await BothAsync("together", atOnce: 2);
        // As text, JSON and Arrow, of two studies.
        Assert.Equal(2 * 3, alone.Count);
        Assert.Equal(alone.Keys.Order(), together.Keys.Order());
        Assert.All(alone, pair => Assert.Equal(pair.Value, together[pair.Key]));
    }

    [Fact]
    public async Task RunAsync_Cancelled_FreesItsMemoryAndLeavesItsStudyAlone()
    {
        await using World world = await World.OpenAsync(_shell, "cancel");
        long id = await world.WorkingAsync();
        await world.Queue.CancelAsync(id);
        await UntilAsync(() => world.Queue.InHand.IsEmpty);
        Assert.Equal(RunPhase.Cancelled, world.Queue.Find(id)!.Phase);
        Assert.All(world.Daemon.Sight.Shares, share => Assert.Equal((share.Name, 0), (share.Name, share.Budget.ReservedBytes)));
        Assert.Equal(StudyRow.None, StudyRow.Read(world.Daemon.Sight.State, "y"));

        // The references that were there count as seen: the run does not come again by itself.
        await world.LookAsync();
        Assert.Null(world.Queue.Open("y"));
    }

    [Fact]
    public async Task RunAsync_PausedAndResumed_GoesOnWithWhatWasKept()
    {
        await using World world = await World.OpenAsync(_shell, "pause");
        long id = await world.WorkingAsync();
        await world.Queue.PauseAsync(id);
        await UntilAsync(() => world.Queue.InHand.IsEmpty);
        RunProgress word = world.Queue.ProgressOf(id)!;
        Assert.InRange(word.UnitsDone, 1, word.UnitsTotal - 1);
        Assert.All(world.Daemon.Sight.Shares, share => Assert.Equal((share.Name, 0), (share.Name, share.Budget.ReservedBytes)));
        long kept = world.Results();
        Assert.Equal(word.UnitsDone, kept);

        // Another start does not wake it.
        await world.LookAsync();
        Assert.Equal(RunPhase.Paused, world.Queue.Open("y")!.Phase);
        await world.Queue.ResumeAsync(id);
        await UntilAsync(() => world.Queue.ProgressOf(id) is { } now && now.UnitsDone > kept && world.Queue.IsInHand(id));
        await world.Queue.CancelAsync(id);
    }

    [Fact]
    public async Task RunAsync_SpectraArriveWhileARunIsPaused_ArePredicted()
    {
        DemoCase demo = DemoCase.Of(seed: 1, small: true, _shell.PathOf("paused"));
        var laboratory = new DemoLaboratory(demo);
        DaemonOptions options = demo.DaemonOptions(laboratory.Prepare());
        await LivingAsync(options, laboratory, null, async (_, running) =>
        {
            laboratory.DropArrow("all.arrow", demo.Measured(0, 60));
            laboratory.DropReferences("references.csv");
            await laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, running, default).WaitAsync(Patience);
        });

        // Asked for and paused before any loop could take it.
        long id = 0;
        async Task PauseAsync(RunQueue queue)
        {
            id = (await queue.AskAsync("protein", RunTrigger.Demand, 0, 0)).Run.Id;
            await queue.PauseAsync(id);
        }

        await LivingAsync(options, laboratory, PauseAsync, async (queue, running) =>
        {
            laboratory.DropArrow("more.arrow", demo.Measured(60, 30));
            var predicted = await laboratory.WaitAsync<DaemonEvent.SpectraPredicted>(one => one.Rows.Length == 30, running, default).WaitAsync(Patience);
            Assert.Equal(31, (await File.ReadAllLinesAsync(predicted.File)).Length);
            Assert.Equal(RunPhase.Paused, queue.Find(id)!.Phase);
        });
    }

    [Fact]
    public async Task ReplaceAsync_OtherCandidatesThenAnotherResponse_KeepWhatTheyFoundApart()
    {
        DemoCase demo = DemoCase.Of(seed: 1, small: true, _shell.PathOf("apart"));
        var laboratory = new DemoLaboratory(demo);
        DaemonOptions options = demo.DaemonOptions(laboratory.Prepare());
        using var stop = new CancellationTokenSource();
        await using Daemon daemon = await World.OpenAsync(options, laboratory.Tell);
        Task running = daemon.RunAsync(stop.Token);
        laboratory.DropArrow("all.arrow", demo.Measured(0, 90));
        laboratory.DropReferences("references.csv");
        var completed = await laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, running, default).WaitAsync(Patience);
        await laboratory.WaitAsync<DaemonEvent.SpectraPredicted>(_ => true, running, default).WaitAsync(Patience);
        await stop.CancelAsync();
        await running.WaitAsync(Patience);

        // Other candidates on the same samples: another folder, and the first leaderboard is what it was.
        StudySet studies = daemon.Sight.StudySet;
        byte[] leaderboard = await File.ReadAllBytesAsync(Path.Combine(completed.Folder, "leaderboard.csv"));
        string few = _shell.Write("few.json", """{ "response": "protein", "pretreatments": ["raw"], "models": ["ridge(1e-3)"], "folds": "random(4, seed 0)" }""");
        BoundStudyOptions other = options.Studies[0] with { StudyPath = few };
        await studies.ReplaceAsync([other]);
        BoundStudyRunner second = studies.Find("protein")!;
        await second.AskAsync(0);
        await second.RunAsync(await daemon.Sight.Queue.TakeAsync(0, default), laboratory.Tell, null, null, default, default);
        StudyRow row = second.Row;
        Assert.NotEqual(completed.Folder, Path.GetDirectoryName(Path.Combine(demo.Data, "studies", "protein", row.ModelFolder)));
        Assert.Equal(leaderboard, await File.ReadAllBytesAsync(Path.Combine(completed.Folder, "leaderboard.csv")));
        daemon.Sight.Queue.LetGo(daemon.Sight.Queue.InHand.Single());

        // Another response: the model and what it has predicted are not this one's.
        await second.AskAsync(0);
        RunInHand late = await daemon.Sight.Queue.TakeAsync(0, default);
        await studies.ReplaceAsync([other with { Response = "moisture", RunAfterReferences = 1000 }]);
        BoundStudyRunner third = studies.Find("protein")!;
        Assert.Equal(StudyRow.None, third.Row);
        Assert.Null(await third.ModelAsync(default));
        bool isInWork = false;

        // The run in hand, of protein, ends after the new study has looked.
        var progress = new Told(() =>
        {
            isInWork = true;
            third.LookAsync(DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc).Wait();
        });
        await second.RunAsync(late, laboratory.Tell, progress, null, default, default);
        Assert.True(isInWork);
        Assert.Equal(new StudyRow(null, 0, "", demo.DaemonOptions("").Studies[0].Dataset, "moisture"), StudyRow.Read(daemon.Sight.State, "protein"));
        Assert.Equal((null, true), await third.PredictAsync(default));
        Assert.False(File.Exists(Path.Combine(demo.Data, "studies", "protein", "predictions.csv")));
        Assert.Equal(RunPhase.Completed, daemon.Sight.Queue.Find(late.Run.Id)!.Phase);
    }

    [Fact]
    public async Task ApplyAsync_StudyIsGone_CancelsItsRunAndOthersStay()
    {
        await using World world = await World.OpenAsync(_shell, "replace");
        long id = await world.WorkingAsync();
        BoundStudyRunner before = world.Daemon.Sight.StudySet.Find("y")!;
        await world.ReplaceAsync([before.Options, before.Options with { Name = "other", RunAfterReferences = 1000 }]);
        Assert.Same(before, world.Daemon.Sight.StudySet.Find("y"));
        Assert.NotNull(world.Daemon.Sight.StudySet.Find("other"));
        await Assert.ThrowsAsync<StageException>(() => world.ReplaceAsync([before.Options with { Response = null, StudyPath = null }]));
        Assert.Same(before, world.Daemon.Sight.StudySet.Find("y"));
        await world.ReplaceAsync([]);
        await UntilAsync(() => world.Queue.InHand.IsEmpty);
        Assert.Equal(RunPhase.Cancelled, world.Queue.Find(id)!.Phase);
    }

    [Fact]
    public async Task LookAsync_ScheduleThatWasMissed_AsksOnce()
    {
        await using World world = await World.OpenAsync(_shell, "schedule", runs: false, schedule: "every 6 h");
        BoundStudyRunner study = world.Daemon.Sight.StudySet.Find("y")!;
        DateTimeOffset start = DateTimeOffset.UnixEpoch;
        Assert.Equal(start.AddHours(6), (await study.LookAsync(start, TimeZoneInfo.Utc)).Due);
        Assert.Null(world.Queue.Open("y"));
        Assert.Equal(start.AddHours(24), (await study.LookAsync(start.AddHours(20), TimeZoneInfo.Utc)).Due);
        QueuedRun asked = world.Queue.Open("y")!;
        Assert.Equal(RunTrigger.Schedule, asked.Trigger);
        await world.Queue.CancelAsync(asked.Id);
        await study.LookAsync(start.AddHours(21), TimeZoneInfo.Utc);
        Assert.Null(world.Queue.Open("y"));
        await study.LookAsync(start.AddHours(24), TimeZoneInfo.Utc);
        Assert.NotNull(world.Queue.Open("y"));
    }

    private async Task<Dictionary<string, byte[]>> BothAsync(string name, int atOnce)
    {
        DemoCase demo = DemoCase.Of(seed: 1, small: true, _shell.PathOf(name));
        var laboratory = new DemoLaboratory(demo);
        string study = laboratory.Prepare();
        DaemonOptions options = demo.DaemonOptions(study);
        options = options with { RunsAtOnce = atOnce, Studies = [options.Studies[0], options.Studies[0] with { Name = "second" }] };
        using var stop = new CancellationTokenSource();
        await using Daemon daemon = await World.OpenAsync(options, laboratory.Tell);
        Task running = daemon.RunAsync(stop.Token);
        laboratory.DropArrow("all.arrow", demo.Measured(0, 60));
        laboratory.DropReferences("references.csv");
        for (int i = 0; i < 2; i++)
        {
            await laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, running, default).WaitAsync(Patience);
        }

        await stop.CancelAsync();
        await running.WaitAsync(Patience);
        string folder = Path.Combine(demo.Data, "studies");
        return Directory.GetFiles(folder, "leaderboard.*", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetRelativePath(folder, file), File.ReadAllBytes);
    }

    private static async Task LivingAsync(DaemonOptions options, DemoLaboratory laboratory, Func<RunQueue, Task>? before, Func<RunQueue, Task, Task> script)
    {
        using var stop = new CancellationTokenSource();
        await using Daemon daemon = await World.OpenAsync(options, laboratory.Tell);
        await (before?.Invoke(daemon.Sight.Queue) ?? Task.CompletedTask);
        Task running = daemon.RunAsync(stop.Token);
        await script(daemon.Sight.Queue, running);
        await stop.CancelAsync();
        await running.WaitAsync(Patience);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var patience = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(patience.Elapsed < Patience, "it did not happen");
            await Task.Delay(10);
        }
    }

    private sealed class Told(Action said) : IProgress<RunProgress>
    {
        public void Report(RunProgress value) => said();
    }

    /// <summary>A daemon with a study of many small units.</summary>
    private sealed class World : IAsyncDisposable
    {
        private const int Samples = 150;
        private const int Variables = 200;

        private readonly CancellationTokenSource _stop = new();
        private Task _running = Task.CompletedTask;

        private World(Daemon daemon)
        {
            Daemon = daemon;
        }

        public Daemon Daemon { get; }

        public RunQueue Queue => Daemon.Sight.Queue;

        public static async Task<World> OpenAsync(CommandHarness shell, string name, bool runs = true, string? schedule = null)
        {
            Directory.CreateDirectory(shell.PathOf(name));
            string inbox = Directory.CreateDirectory(shell.PathOf($"{name}/inbox")).FullName;
            string study = shell.Write(
                $"{name}/study.json",
                """{ "pretreatments": ["raw", "snv", "msc", "sg(7,2,1)", "sg(9,2,1)", "sg(11,2,1)", "sg(15,2,1)", "snv + sg(7,2,1)"], "models": ["pls(20)", "ridge"], "nested": 0, "permutations": 0, "folds": "random(75, seed 0)" }""");
            if (runs)
            {
                shell.Write($"{name}/inbox/spectra.csv", Spectra());
            }

            var options = new DaemonOptions(
                shell.PathOf($"{name}/data"),
                [new FolderOptions("in", inbox, "d", "*", IsRecursive: false, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), "leave")],
                [new BoundStudyOptions("y", "d", study, "y", null, 10) { Schedule = schedule is null ? null : Schedule.Parse(schedule, out _) }]);
            var world = new World(await OpenAsync(options, null));
            world._running = runs ? world.Daemon.RunAsync(world._stop.Token) : Task.CompletedTask;
            return world;
        }

        public static Task<Daemon> OpenAsync(DaemonOptions options, Action<DaemonEvent>? tell) => Daemon.OpenAsync(
            options,
            PipelineOptions.Default with { Threads = 1 },
            new RunService(NullLogger<RunService>.Instance, TimeProvider.System),
            TimeProvider.System,
            NullLogger<Daemon>.Instance,
            tell);

        /// <summary>Puts other studies in the place of the present ones, as new settings do.</summary>
        public Task ReplaceAsync(ImmutableArray<BoundStudyOptions> studies) =>
            Daemon.ApplyAsync([], [], new DaemonOptions(Daemon.Sight.DataPath, [], studies), () => { });

        /// <summary>The number of the run, once some of its units are done.</summary>
        public async Task<long> WorkingAsync()
        {
            await UntilAsync(() => Queue.Open("y") is { } run && Queue.ProgressOf(run.Id) is { UnitsDone: > 0 });
            return Queue.Open("y")!.Id;
        }

        public long Results() => Daemon.Sight.State.Read(reader => reader.First("SELECT count(*) FROM result", row => row.Number(0), 0));

        public async Task LookAsync() => await Daemon.Sight.StudySet.Find("y")!.LookAsync(TimeProvider.System.GetUtcNow(), TimeZoneInfo.Utc);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running.WaitAsync(Patience);
            await Daemon.DisposeAsync();
            _stop.Dispose();
        }

        private static string Spectra()
        {
            var text = new StringBuilder("sample_id,y");
            for (int j = 0; j < Variables; j++)
            {
                text.Append(CultureInfo.InvariantCulture, $",{1000 + (2 * j)} nm");
            }

            text.Append('\n');
            for (int i = 0; i < Samples; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $"S{i:000},{10 + (i * 0.1):F2}");
                for (int j = 0; j < Variables; j++)
                {
                    text.Append(
                        CultureInfo.InvariantCulture,
                        $",{0.4 + (0.02 * i * Math.Exp(-Math.Pow((j - 80) / 30.0, 2))) + (0.01 * Math.Sin((i * 31) + (j * 17))):F5}");
                }

                text.Append('\n');
            }

            return text.ToString();
        }
    }
}
