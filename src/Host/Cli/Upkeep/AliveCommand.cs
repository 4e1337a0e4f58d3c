using System.CommandLine;
using System.Globalization;
using Pipeline.Host.Configuration;
using Pipeline.Host.Platform;

namespace Pipeline.Host.Cli.Upkeep;

/// <summary><c>pipeline alive</c>: whether the daemon of a data folder makes progress.</summary>
internal sealed class AliveCommand
{
    private readonly Option<string?> _data = new("--data")
    {
        Description = "The daemon's data folder; default: the setting Pipeline:Data, else pipeline-data.",
        HelpName = "DIR",
    };
    private readonly Option<string> _within = new("--within")
    {
        Description = "How old its last sign of life may be.",
        HelpName = "TIME",
        DefaultValueFactory = _ => "60 s",
    };

    /// <summary>The command.</summary>
    public Command Build(CommandContext context)
    {
        var command = new Command(
            "alive",
            """
            Says whether the daemon of a data folder makes progress: it gives a sign of life every 10 s while all its loops do.
            For health checks of containers. Exit code 0 if so, otherwise 76.
            """);
        command.Options.Add(_data);
        command.Options.Add(_within);
        command.SetAction(
            (parsed, _) => context.GuardAsync(
                () => RunAsync(parsed.GetValue(_data) ?? context.Configuration["Pipeline:Data"] ?? "pipeline-data", parsed.GetValue(_within)!, context)));
        return command;
    }

    private static async Task<int> RunAsync(string data, string within, CommandContext context)
    {
        if (!DurationText.TryParse(within, out TimeSpan limit) || limit < LifeSign.Period)
        {
            await context.Error.WriteLineAsync(
                $"--within: expected a duration of at least {LifeSign.Period.TotalSeconds:0} s such as '60 s', found '{within}'.");
            return ExitCode.Usage;
        }

        TimeSpan? age = LifeSign.Age(data, TimeProvider.System);
        string said = age is { } time
            ? string.Create(CultureInfo.InvariantCulture, $"The daemon of '{data}' gave its last sign of life {time.TotalSeconds:F0} s ago.")
            : $"No daemon has given a sign of life in '{data}'. Check --data, and whether the daemon runs.";
        if (age <= limit)
        {
            await context.Out.WriteLineAsync(said);
            return ExitCode.Done;
        }

        await context.Error.WriteLineAsync(age is null ? said : said + " It has ended or hangs: look into its log, and start it again.");
        return ExitCode.NotAlive;
    }
}
