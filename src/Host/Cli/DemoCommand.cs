using System.CommandLine;
using Microsoft.Extensions.Logging;
using Pipeline.Host.Cli.Screen;
using Pipeline.Host.Datasets;
using Pipeline.Host.Demo;
using Pipeline.Host.Service;
using Pipeline.Host.Wording;

namespace Pipeline.Host.Cli;

/// <summary><c>pipeline demo</c>: the main job on a simulated instrument, where the truth is known.</summary>
internal sealed class DemoCommand
{
    private const int RowsShown = 10;

    private readonly Option<string> _out = new("--out", "-o")
    {
        Description = "Folder for spectra and results; its inbox and data are made anew.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Path.Combine("pipeline-results", "demo"),
    };
    private readonly Option<int> _seed = new("--seed") { Description = "Seed of the simulation.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<bool> _small = new("--small") { Description = "Fewer samples and candidates: a few seconds." };

    /// <summary>The command.</summary>
    public Command Build(CommandContext context)
    {
        var command = new Command(
            "demo",
            """
            A simulated near-infrared instrument drops files into a folder that a real daemon watches: spectra as Arrow and
            text, two bad files and one half-written. The laboratory's protein values come later and start a search; its
            model predicts new spectra, and everything is compared with the truth. Under a minute, in one folder.
            """);
        command.Options.Add(_out);
        command.Options.Add(_seed);
        command.Options.Add(_small);
        command.SetAction((parsed, cancellation) => context.GuardAsync(() => RunAsync(parsed, context, cancellation)));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellation)
    {
        DemoCase demo = DemoCase.Of((ulong)parsed.GetValue(_seed), parsed.GetValue(_small), parsed.GetValue(_out)!);
        var laboratory = new DemoLaboratory(demo);
        string study = laboratory.Prepare();
        Write(context.Out, DemoText.Instrument(demo));

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using Daemon daemon = await Daemon.OpenAsync(
            demo.DaemonOptions(study),
            context.Options,
            context.Runs,
            TimeProvider.System,
            context.Logs.CreateLogger<Daemon>(),
            laboratory.Tell,
            new ProgressDisplay(context.Error, context.ErrorWidth));
        Task running = daemon.RunAsync(stop.Token);
        DaemonEvent.StudyCompleted completed;
        DaemonEvent.SpectraPredicted? predicted;

        // However the story ends, the daemon has ended before its folders are let go.
        try
        {
            await MeasureAsync(demo, laboratory, running, context.Out, cancellation);
            completed = await CalibrateAsync(laboratory, running, context.Out, cancellation);
            predicted = completed.Result.Leaderboard.Winner is null
                ? null
                : await PredictAsync(demo, laboratory, running, cancellation);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAny(running);
        }

        await running;
        if (predicted is null)
        {
            return ExitCode.NothingRanked;
        }

        Write(context.Out, DemoText.Predictions(demo, predicted));
        Write(context.Out, DemoText.Truth(demo, completed.Result));
        return ExitCode.Done;
    }

    /// <summary>The instrument drops its files: two good ones, two bad ones, one that is finished only later.</summary>
    private static async Task MeasureAsync(
        DemoCase demo, DemoLaboratory laboratory, Task running, TextWriter screen, CancellationToken cancellation)
    {
        int third = demo.CalibrationRows / 3;
        int rest = demo.CalibrationRows - (2 * third);
        laboratory.DropArrow("monday.arrow", demo.Measured(0, third));
        laboratory.DropText("tuesday.csv", demo.Measured(third, third));
        laboratory.DropCutArrow("tuesday-again.arrow", demo.Measured(third, 4));
        laboratory.DropSpoiltText("typed-over.csv", demo.Measured(0, 4));
        laboratory.DropHalf("wednesday.csv", demo.Measured(2 * third, rest));
        string slow = laboratory.PathOf("wednesday.csv");
        await laboratory.WaitAsync<DaemonEvent.SourceIngested>(
            one => one.Outcome.Path == slow && one.Outcome.Kind == IngestKind.Quarantined, running, cancellation);
        laboratory.DropText("wednesday.csv", demo.Measured(2 * third, rest));
        await laboratory.WaitAsync<DaemonEvent.SourceIngested>(
            one => one.Outcome.Path == slow && one.Outcome.Kind == IngestKind.Spectra, running, cancellation);
        Write(screen, DemoText.Files(laboratory));
    }

    /// <summary>The references arrive and start the study.</summary>
    private static async Task<DaemonEvent.StudyCompleted> CalibrateAsync(
        DemoLaboratory laboratory, Task running, TextWriter screen, CancellationToken cancellation)
    {
        screen.WriteLine("The laboratory's reference values arrive (references.csv) and start the study:");
        laboratory.DropReferences("references.csv");
        var completed = await laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, running, cancellation);
        screen.WriteLine();
        screen.WriteLine(LeaderboardText.Table(completed.Result.Leaderboard, RowsShown));
        Write(screen, LeaderboardText.Reading(completed.Result));
        screen.WriteLine($"Results and model: {completed.Folder} (report.html is the one to read)");
        screen.WriteLine();
        screen.WriteLine(
            $"One ticket per piece of work through five blocks; cache hits {Figure.Count(completed.Result.Cache.Hits)}, misses "
                + $"{Figure.Count(completed.Result.Cache.Misses)}:");
        screen.WriteLine(LeaderboardText.Blocks(completed.Result));
        return completed;
    }

    /// <summary>New spectra arrive without references and are predicted.</summary>
    private static Task<DaemonEvent.SpectraPredicted> PredictAsync(
        DemoCase demo, DemoLaboratory laboratory, Task running, CancellationToken cancellation)
    {
        int count = demo.Spectra.Chunk.SampleCount - demo.CalibrationRows;
        laboratory.DropArrow("thursday.arrow", demo.Measured(demo.CalibrationRows, count));
        return laboratory.WaitAsync<DaemonEvent.SpectraPredicted>(one => one.Rows.Length == count, running, cancellation);
    }

    private static void Write(TextWriter screen, IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            screen.WriteLine(line);
        }
    }
}
