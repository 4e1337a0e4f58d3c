using System.Collections.Immutable;
using System.CommandLine;
using Pipeline.Engine.Storage;
using Pipeline.Host.Upkeep.Checks;

namespace Pipeline.Host.Cli.Upkeep;

/// <summary><c>pipeline doctor</c>: what is wrong with settings, data and machine, and how to mend it.</summary>
internal sealed class DoctorCommand
{
    private readonly Option<string?> _settings = new("--settings") { Description = "The daemon's settings, as for serve.", HelpName = "settings.json" };
    private readonly Option<string?> _data = new("--data") { Description = "The daemon's data folder, in place of what the settings say.", HelpName = "DIR" };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON on standard output instead of text." };

    /// <summary>The command.</summary>
    public Command Build(CommandContext context)
    {
        var command = new Command(
            "doctor",
            """
            Runs all checks: settings, data folder, watched folders, studies, models, state, cache, machine. Says of each what was
            found and how to mend it. It takes no lock and writes nothing (but it deletes damaged intermediates of the
            cache), so the daemon may run meanwhile. Run it as the daemon's user, or it cannot see what that one may do.

            Answers 0 where nothing is wrong or there are warnings only, 2 where settings or machine must be mended, 3 where
            data are damaged.

            Examples:
              pipeline doctor --settings settings.json
              pipeline doctor --data /var/lib/pipeline --json | jq '.findings[] | select(.level != "ok")'
            """);
        command.Options.Add(_settings);
        command.Options.Add(_data);
        command.Options.Add(_json);
        command.SetAction((parsed, cancellation) => context.GuardAsync(() => RunAsync(parsed, context, cancellation)));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellation)
    {
        // The library listens to Ctrl-C and SIGTERM once this method has first returned.
        await Task.Yield();
        string? settings = parsed.GetValue(_settings);
        ImmutableArray<Finding> findings = Checkup.Run(
            context.Configuration, settings is null ? null : Path.GetFullPath(settings), parsed.GetValue(_data), new LocalStorage(),
            MachineFacts.Read(TimeProvider.System), cancellation);
        if (parsed.GetValue(_json))
        {
            await context.Out.WriteAsync(FindingsText.Json(findings));
        }
        else
        {
            FindingsText.Write(context.Out, findings);
        }

        return findings.Max(finding => finding.Level) switch
        {
            FindingLevel.Damage => ExitCode.Data,
            FindingLevel.Problem => ExitCode.Usage,
            _ => ExitCode.Done,
        };
    }
}
