using System.CommandLine;
using System.CommandLine.Parsing;
using Pipeline.Host.Cli.Explain;
using Pipeline.Host.Cli.Upkeep;

namespace Pipeline.Host.Cli;

/// <summary>The root of all commands.</summary>
internal static class CommandLine
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    /// <summary>Parses and runs a command line.</summary>
    public static async Task<int> RunAsync(string[] args, CommandContext context)
    {
        var root = new RootCommand(
            """
            Pipeline: calibrates laboratory spectrometers, honestly and fast.

            Start here:
              pipeline demo                                 the whole job on simulated spectra, under a minute
              pipeline search spectra.csv --response NAME   one study on your own file
              pipeline plan spectra.csv --response NAME     what that would do and cost
              pipeline predict new.csv --model DIR          values for new spectra from a saved model
              pipeline serve                                the daemon: watched folders, searches, predictions
              pipeline explain KEY                          why a result exists: data, versions, folds, when, how often
              pipeline cache                                what the daemon keeps to save time; clear it, check it
              pipeline quarantine                           what could not join a dataset, and why; try it again
              pipeline doctor                               what is wrong with settings, data and machine, and how to mend it
              pipeline backup TARGET                        a copy of the daemon's data, also while it runs; restore brings it back
              pipeline alive                                whether the daemon makes progress, for health checks
            """);
        root.Subcommands.Add(new DemoCommand().Build(context));
        root.Subcommands.Add(new SearchCommand().Build(context));
        root.Subcommands.Add(new ServeCommand().Build(context));
        root.Subcommands.Add(new PlanCommand().Build(context));
        root.Subcommands.Add(new PredictCommand().Build(context));
        root.Subcommands.Add(new ExplainCommand().Build(context));
        root.Subcommands.Add(new CacheCommand().Build(context));
        root.Subcommands.Add(new QuarantineCommand().Build(context));
        root.Subcommands.Add(new DoctorCommand().Build(context));
        root.Subcommands.Add(new BackupCommand().Build(context));
        root.Subcommands.Add(new RestoreCommand().Build(context));
        root.Subcommands.Add(new AliveCommand().Build(context));

        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (ParseError error in parsed.Errors)
            {
                await context.Error.WriteLineAsync(error.Message);
            }

            await context.Error.WriteLineAsync("See: pipeline --help");
            return ExitCode.Usage;
        }

        var invocation = new InvocationConfiguration
        {
            Output = context.Out,
            Error = context.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = parsed.CommandResult.Command.Name == ServeCommand.Name ? ServeCommand.StopMax : DrainTime,
        };
        return await parsed.InvokeAsync(invocation);
    }
}
