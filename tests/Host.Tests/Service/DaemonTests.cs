using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Engine;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Configuration;
using Pipeline.Host.Datasets;
using Pipeline.Host.Demo;
using Pipeline.Host.Runs;
using Pipeline.Host.Service;
using Pipeline.Host.State;
using Xunit;

namespace Pipeline.Host.Tests.Service;

/// <summary>The daemon in this process, over real folders, with the demonstration's small laboratory.</summary>
public sealed class DaemonTests : IDisposable
{
    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(60);

    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task RunAsync_SpectraThenReferencesThenSpectra_SearchesAndPredicts()
    {
        DemoCase demo = Demo("a");
        var laboratory = new DemoLaboratory(demo);
        string study = laboratory.Prepare();
        await RunAsync(demo, study, laboratory, async running =>
        {
            laboratory.DropArrow("first.arrow", demo.Measured(0, 30));
            laboratory.DropText("second.csv", demo.Measured(30, 30));
            laboratory.DropReferences("references.csv");
            await laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, running, CancellationToken.None);
            laboratory.DropArrow("third.arrow", demo.Measured(60, 30));
            var predicted = await laboratory.WaitAsync<DaemonEvent.SpectraPredicted>(_ => true, running, CancellationToken.None);
            Assert.Equal(30, predicted.Rows.Length);
            Assert.Equal(31, (await File.ReadAllLinesAsync(predicted.File)).Length);
        });
        Assert.Single(laboratory.Seen.OfType<DaemonEvent.StudyCompleted>());
    }

    /// <summary>Classes come as text in a table of their own, after the spectra; the daemon searches and predicts classes.</summary>
    [Fact]
    public async Task RunAsync_ClassesInALateTable_SearchesAndPredictsClasses()
    {
        DemoCase demo = Demo("classes");
        var laboratory = new DemoLaboratory(demo);
        laboratory.Prepare();
        string study = _shell.Write(
            "classes.json", """{ "response": "quality", "group": "group", "pretreatments": ["snv"], "models": ["plsda(6)", "lda"], "subsets": ["full"], "folds": "stratified(4, seed 0)" }""");
        await RunAsync(demo, study, laboratory, async running =>
        {
            laboratory.DropArrow("first.arrow", demo.Measured(0, 60));
            string[] lines = demo.References().TrimEnd('\n').Split('\n');
            int protein = Array.IndexOf(lines[0].Split(','), "protein");
            string[][] rows = [.. lines.Skip(1).Select(line => line.Split(','))];
            double[] values = [.. rows.Select(row => double.Parse(row[protein], CultureInfo.InvariantCulture))];
            double middle = values.Order().ElementAt(values.Length / 2);
            await File.WriteAllLinesAsync(
                laboratory.PathOf("quality.csv"),
                ["sample_id,quality", .. rows.Select((row, i) => $"{row[0]},{(values[i] < middle ? "low" : "high")}")]);
            var completed = await laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, running, CancellationToken.None);
            Assert.Contains(
                "balanced_accuracy",
                (await File.ReadAllLinesAsync(Path.Combine(completed.Folder, "leaderboard.csv")))[0],
                StringComparison.Ordinal);
            laboratory.DropArrow("third.arrow", demo.Measured(60, 30));
            var predicted = await laboratory.WaitAsync<DaemonEvent.SpectraPredicted>(_ => true, running, CancellationToken.None);
            string[] predictions = await File.ReadAllLinesAsync(predicted.File);
            Assert.StartsWith("sample_id,class,p_high,p_low,", predictions[0], StringComparison.Ordinal);
            Assert.Equal(31, predictions.Length);
            Assert.All(predictions.Skip(1), line => Assert.Contains(line.Split(',')[1], (string[])["low", "high"]));
        });
    }

    [Fact]
    public async Task RunAsync_AfterACompleteRun_ANewDaemonDoesNotRepeatIt()
    {
        DemoCase demo = Demo("b");
        string first = await LeaderboardAsync(demo);
        DateTime written = File.GetLastWriteTimeUtc(first);
        var laboratory = new DemoLaboratory(demo);
        await RunAsync(demo, Path.Combine(demo.Folder, "study.json"), laboratory, async running =>
        {
            // Something that is waited for and that comes after the studies were looked at.
            laboratory.DropArrow("more.arrow", demo.Measured(60, 30));
            await laboratory.WaitAsync<DaemonEvent.SpectraPredicted>(_ => true, running, CancellationToken.None);
        });
        Assert.Empty(laboratory.Seen.OfType<DaemonEvent.StudyCompleted>());
        Assert.Equal(written, File.GetLastWriteTimeUtc(first));
    }

    [Fact]
    public async Task RunAsync_StateLostBeforeItWasWritten_RunsAgainToTheSameBytes()
    {
        // A kill after the results and before the state leaves exactly this behind.
        DemoCase demo = Demo("c");
        string leaderboard = await LeaderboardAsync(demo);
        byte[] before = await File.ReadAllBytesAsync(leaderboard);
        await using (StateDatabase state = StateDatabase.Open(
            Path.Combine(demo.Data, "state.db"), [StateSchema.Engine, HostSchema.Tables], new LocalStorage(), Limits.Default, TimeProvider.System))
        {
            await state.CommitAsync(transaction => transaction.Execute("DELETE FROM study"));
        }

        File.Delete(leaderboard);
        var laboratory = new DemoLaboratory(demo);
        await RunAsync(demo, Path.Combine(demo.Folder, "study.json"), laboratory, async running =>
            await laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, running, CancellationToken.None));
        Assert.Equal(before, await File.ReadAllBytesAsync(leaderboard));
    }

    [Fact]
    public async Task RunAsync_FilesInAnotherOrder_GiveTheSameLeaderboard()
    {
        DemoCase demo = Demo("d");
        byte[] expected = await File.ReadAllBytesAsync(await LeaderboardAsync(demo));
        DemoCase other = Demo("e");
        var laboratory = new DemoLaboratory(other);
        string study = laboratory.Prepare();
        string found = "";
        await RunAsync(other, study, laboratory, async running =>
        {
            laboratory.DropReferences("references.csv");
            await laboratory.WaitAsync<DaemonEvent.SourceIngested>(one => one.Outcome.Kind == IngestKind.References, running, CancellationToken.None);
            laboratory.DropText("b.csv", other.Measured(17, 43));
            laboratory.DropText("a.csv", other.Measured(0, 17));
            found = (await laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, running, CancellationToken.None)).Folder;
        });
        Assert.Equal(expected, await File.ReadAllBytesAsync(Path.Combine(found, "leaderboard.csv")));
    }

    [Fact]
    public async Task RunAsync_StudyThatCannotRun_IsSaidAndTheDaemonGoesOn()
    {
        DemoCase demo = Demo("f");
        var laboratory = new DemoLaboratory(demo);
        laboratory.Prepare();
        string study = _shell.Write("impossible.json", """{ "response": "protein", "folds": "random(500)" }""");
        await RunAsync(demo, study, laboratory, async running =>
        {
            laboratory.DropArrow("first.arrow", demo.Measured(0, 60));
            laboratory.DropReferences("references.csv");
            var refused = await laboratory.WaitAsync<DaemonEvent.StudyRefused>(_ => true, running, CancellationToken.None);
            Assert.Contains("random(500", refused.Message, StringComparison.Ordinal);
            laboratory.DropArrow("second.arrow", demo.Measured(60, 30));
            await laboratory.WaitAsync<DaemonEvent.SourceIngested>(one => one.Outcome.NewSamples == 30, running, CancellationToken.None);
        });
    }

    [Fact]
    public async Task RunAsync_ModelIsGone_IsSaidAndTheDaemonGoesOn()
    {
        DemoCase demo = Demo("h");
        string leaderboard = await LeaderboardAsync(demo);
        Directory.Delete(Path.Combine(Path.GetDirectoryName(leaderboard)!, "model"), recursive: true);
        var laboratory = new DemoLaboratory(demo);
        await RunAsync(demo, Path.Combine(demo.Folder, "study.json"), laboratory, async running =>
        {
            laboratory.DropArrow("second.arrow", demo.Measured(60, 10));
            var refused = await laboratory.WaitAsync<DaemonEvent.StudyRefused>(_ => true, running, CancellationToken.None);
            Assert.Contains("model", refused.Message, StringComparison.Ordinal);
            laboratory.DropArrow("third.arrow", demo.Measured(70, 20));
            await laboratory.WaitAsync<DaemonEvent.SourceIngested>(one => one.Outcome.NewSamples == 20, running, CancellationToken.None);
        });
    }

    [Fact]
    public async Task RunAsync_DataFolderMoved_FindsItsModel()
    {
        DemoCase before = Demo("i");
        await LeaderboardAsync(before);
        DemoCase after = Demo("moved");
        Directory.Move(before.Folder, after.Folder);
        var laboratory = new DemoLaboratory(after);
        await RunAsync(after, Path.Combine(after.Folder, "study.json"), laboratory, async running =>
        {
            laboratory.DropArrow("second.arrow", after.Measured(60, 30));
            await laboratory.WaitAsync<DaemonEvent.SpectraPredicted>(one => one.Rows.Length == 30, running, CancellationToken.None);
        });
        Assert.Empty(laboratory.Seen.OfType<DaemonEvent.StudyCompleted>());
    }

    [Fact]
    public async Task RunAsync_ResponseSpeltInAnotherCase_IsTheSameResponse()
    {
        DemoCase demo = Demo("j");
        var laboratory = new DemoLaboratory(demo);
        string study = laboratory.Prepare();
        await RunAsync(demo, study, laboratory, async running =>
        {
            laboratory.DropArrow("first.arrow", demo.Measured(0, 60));
            await File.WriteAllTextAsync(
                laboratory.PathOf("references.csv"), demo.References().Replace("protein", "Protein", StringComparison.Ordinal));
            await laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, running, CancellationToken.None);
        });
    }

    [Fact]
    public async Task RunAsync_ResponseThatTheDatasetLacks_IsSaidOnce()
    {
        DemoCase demo = Demo("k");
        var laboratory = new DemoLaboratory(demo);
        laboratory.Prepare();
        string study = _shell.Write("misspelt.json", """{ "response": "protien" }""");
        await RunAsync(demo, study, laboratory, async running =>
        {
            laboratory.DropArrow("first.arrow", demo.Measured(0, 60));
            laboratory.DropReferences("references.csv");
            var refused = await laboratory.WaitAsync<DaemonEvent.StudyRefused>(_ => true, running, CancellationToken.None);
            Assert.Contains("no response 'protien'; it has", refused.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task RunAsync_MoreRunsThanAreKept_RemovesTheFoldersOfTheOldest()
    {
        DemoCase demo = Demo("many");
        var laboratory = new DemoLaboratory(demo);
        string study = laboratory.Prepare();
        string[] header = demo.References().Split('\n')[..1];
        string[] references = [.. demo.References().Split('\n')[1..].Where(line => line.Length > 0)];
        List<string> folders = [];
        await RunAsync(
            demo,
            study,
            laboratory,
            async running =>
            {
                laboratory.DropArrow("all.arrow", demo.Measured(0, 60));
                for (int run = 0; run < 4; run++)
                {
                    await File.WriteAllLinesAsync(laboratory.PathOf($"references-{run}.csv"), [.. header, .. references.Skip(15 * run).Take(15)]);
                    folders.Add((await laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, running, CancellationToken.None)).Folder);
                }
            },
            options: PipelineOptions.Default with { Base = Limits.Default with { RunsKeptMax = 2 } },
            runAfterReferences: 15);
        Assert.Equal(4, folders.Distinct().Count());
        Assert.Equal([false, false, true, true], folders.Select(Directory.Exists));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_LoopThatFailsOrHangs_IsBuiltAnewWithinTwoSecondsAndLosesNothing(bool hangs)
    {
        // A defect in whoever looks on strikes the folder's loop at the first file and the studies' loop at the first result.
        DemoCase demo = Demo(hangs ? "hangs" : "fails");
        var laboratory = new DemoLaboratory(demo);
        string study = laboratory.Prepare();
        using var held = new ManualResetEventSlim();
        bool hasStruckFolder = false;
        bool hasStruckStudy = false;
        var struck = new Stopwatch();
        void Strike(DaemonEvent happened, ref bool hasStruck)
        {
            if (hasStruck)
            {
                return;
            }

            hasStruck = true;
            struck.Restart();
            if (hangs)
            {
                held.Wait();
            }
            else
            {
                throw new InvalidOperationException($"a defect at {happened.GetType().Name}");
            }
        }

        TimeSpan slowest = TimeSpan.Zero;
        await RunAsync(
            demo,
            study,
            laboratory,
            async running =>
            {
                laboratory.DropArrow("first.arrow", demo.Measured(0, 30));
                await UntilAsync(() => hasStruckFolder);
                laboratory.DropText("second.csv", demo.Measured(30, 30));
                await laboratory.WaitAsync<DaemonEvent.SourceIngested>(
                    one => one.Outcome.Path.EndsWith("second.csv", StringComparison.Ordinal), running, CancellationToken.None);
                slowest = struck.Elapsed;
                laboratory.DropReferences("references.csv");
                await UntilAsync(() => hasStruckStudy);
                laboratory.DropArrow("third.arrow", demo.Measured(60, 30));
                var predicted = await laboratory.WaitAsync<DaemonEvent.SpectraPredicted>(one => one.Rows.Length == 30, running, CancellationToken.None);
                Assert.Equal(31, (await File.ReadAllLinesAsync(predicted.File)).Length);
                held.Set();
            },
            happened =>
            {
                if (happened is DaemonEvent.SourceIngested)
                {
                    Strike(happened, ref hasStruckFolder);
                }
                else if (happened is DaemonEvent.StudyCompleted)
                {
                    Strike(happened, ref hasStruckStudy);
                }

                laboratory.Tell(happened);
            },
            PipelineOptions.Default with
            {
                MemoryBytes = 64 << 20,
                Base = Limits.Default with { StallSecondsMin = 0.5, StallGraceSecondsMax = 0.1 },
            });

        // The quiet period and the scan of the second file are in it, and for a hang the patience.
        Assert.InRange(slowest.TotalSeconds, 0, hangs ? 8 : 4);
    }

    [Fact]
    public async Task Open_DataFolderInUse_SaysSo()
    {
        DemoCase demo = Demo("g");
        string study = new DemoLaboratory(demo).Prepare();
        await using Daemon first = await OpenAsync(demo, study, null);
        StageException refused = await Assert.ThrowsAsync<StageException>(() => OpenAsync(demo, study, null));
        Assert.Contains("another process", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_StudyThatCannotBeRead_FreesTheDataFolder()
    {
        DemoCase demo = Demo("h");
        string good = new DemoLaboratory(demo).Prepare();
        string bad = _shell.Write("bad.json", """{ "models": ["plss(3)"], "response": "protein" }""");
        await Assert.ThrowsAsync<StageException>(() => OpenAsync(demo, bad, null));
        await using Daemon daemon = await OpenAsync(demo, good, null);
    }

    private DemoCase Demo(string folder) => DemoCase.Of(seed: 1, small: true, _shell.PathOf(folder));

    private static async Task<string> LeaderboardAsync(DemoCase demo)
    {
        var laboratory = new DemoLaboratory(demo);
        string study = laboratory.Prepare();
        string folder = "";
        await RunAsync(demo, study, laboratory, async running =>
        {
            laboratory.DropArrow("all.arrow", demo.Measured(0, 60));
            laboratory.DropReferences("references.csv");
            folder = (await laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, running, CancellationToken.None)).Folder;
        });
        return Path.Combine(folder, "leaderboard.csv");
    }

    private static async Task RunAsync(
        DemoCase demo,
        string study,
        DemoLaboratory laboratory,
        Func<Task, Task> script,
        Action<DaemonEvent>? tell = null,
        PipelineOptions? options = null,
        int? runAfterReferences = null)
    {
        using var stop = new CancellationTokenSource();
        await using Daemon daemon = await OpenAsync(demo, study, tell ?? laboratory.Tell, options, runAfterReferences);
        Task running = daemon.RunAsync(stop.Token);
        await script(running).WaitAsync(PatienceMax);
        await stop.CancelAsync();
        await running.WaitAsync(PatienceMax);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var patience = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(patience.Elapsed < PatienceMax, "it did not happen");
            await Task.Delay(10);
        }
    }

    private static Task<Daemon> OpenAsync(DemoCase demo, string study, Action<DaemonEvent>? tell, PipelineOptions? options = null, int? runAfterReferences = null) => Daemon.OpenAsync(
        With(demo.DaemonOptions(study), runAfterReferences),
        options ?? PipelineOptions.Default,
        new RunService(NullLogger<RunService>.Instance, TimeProvider.System),
        TimeProvider.System,
        NullLogger<Daemon>.Instance,
        tell);

    private static DaemonOptions With(DaemonOptions options, int? runAfterReferences) => runAfterReferences is not { } count
        ? options
        : options with { Studies = [.. options.Studies.Select(study => study with { RunAfterReferences = count })] };
}
