using System.CommandLine;
using Pipeline.Host.Demo;
using Pipeline.Host.Runs;

namespace Pipeline.Host.Cli;

/// <summary><c>pipeline demo</c>: the main job on a simulated instrument, where the truth is known.</summary>
internal sealed class DemoCommand
{
    private const int RowsShown = 10;

    private readonly Option<string> _out = new("--out", "-o") { Description = "Folder for spectra and results.", HelpName = "DIR", DefaultValueFactory = _ => Path.Combine("pipeline-results", "demo") };
    private readonly Option<int> _seed = new("--seed") { Description = "Seed of the simulation.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<bool> _small = new("--small") { Description = "Fewer samples and candidates: a few seconds." };

    /// <summary>The command.</summary>
    public Command Build(CommandContext context)
    {
        var command = new Command(
            "demo",
            """
            Simulates a near-infrared instrument that measures wheat, searches a calibration for protein in its spectra,
            and compares what was found with the truth. Takes under a minute; writes into one folder.
            """);
        command.Options.Add(_out);
        command.Options.Add(_seed);
        command.Options.Add(_small);
        command.SetAction((parsed, cancellation) => context.GuardAsync(() => RunAsync(parsed, context, cancellation)));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellation)
    {
        TextWriter screen = context.Out;
        DemoCase data = DemoCase.Make((ulong)parsed.GetValue(_seed), parsed.GetValue(_small), parsed.GetValue(_out)!);
        foreach (string line in DemoText.Instrument(data))
        {
            screen.WriteLine(line);
        }

        screen.WriteLine();
        PreparedRun prepared = context.Runs.Prepare(data.Request, context.Options);
        PlanText.Write(screen, prepared);
        var display = new ProgressDisplay(context.Error, context.ErrorWidth);
        RunResult result = await context.Runs.SearchAsync(prepared, context.Options, display, cancellation);
        int code = SearchCommand.Finish(context, result, RowsShown, json: false);

        screen.WriteLine();
        screen.WriteLine($"How it went: one ticket per piece of work through five blocks; cache hits {Figure.Count(result.Cache.Hits)}, misses {Figure.Count(result.Cache.Misses)}.");
        screen.WriteLine(LeaderboardText.Blocks(result));
        foreach (string line in DemoText.Truth(data, result))
        {
            screen.WriteLine(line);
        }

        return code;
    }
}
