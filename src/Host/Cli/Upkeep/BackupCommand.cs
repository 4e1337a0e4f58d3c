using System.CommandLine;
using Pipeline.Engine;
using Pipeline.Engine.Storage;
using Pipeline.Host.Upkeep.Backups;

namespace Pipeline.Host.Cli.Upkeep;

/// <summary><c>pipeline backup</c>: a copy of the daemon's data, also while it runs.</summary>
internal sealed class BackupCommand
{
    private readonly Argument<string> _target = new("TARGET") { Description = "A new or empty folder, or a new file whose name ends in .tar." };
    private readonly Option<string?> _data = new("--data")
    {
        Description = "The daemon's data folder; default: the setting Pipeline:Data, else pipeline-data.",
        HelpName = "DIR",
    };

    /// <summary>The command.</summary>
    public Command Build(CommandContext context)
    {
        var command = new Command(
            "backup",
            """
            Copies what the daemon keeps: its state as it stands at one moment, and every source, chunk, model and result that
            this state names, each with its digest. The daemon may run; it is not slowed but by the reading. The cache
            stays behind, for it only saves time, and so do the settings and study files, which lie outside the data folder.

            Examples:
              pipeline backup /mnt/backup/monday --data /var/lib/pipeline
              pipeline backup /mnt/backup/monday.tar
              pipeline restore /mnt/backup/monday --verify
            """);
        command.Arguments.Add(_target);
        command.Options.Add(_data);
        command.SetAction((parsed, cancellation) => context.GuardAsync(() => RunAsync(parsed, context, cancellation)));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellation)
    {
        // The library listens to Ctrl-C and SIGTERM once this method has first returned.
        await Task.Yield();
        string data = parsed.GetValue(_data) ?? context.Configuration["Pipeline:Data"] ?? "pipeline-data";
        BackupReport report = BackupMaker.Make(data, parsed.GetValue(_target)!, new LocalStorage(), TimeProvider.System, cancellation);
        BackupText.Write(context.Out, report);
        if (report.Manifest.Damaged.IsEmpty)
        {
            return ExitCode.Done;
        }

        BackupText.WriteDamaged(context.Error, report.Manifest, "The backup is complete, but this was missing or damaged in the data folder already:");
        await context.Error.WriteLineAsync("Restore it from an earlier backup or from the original files, and have the disk looked at.");
        return ExitCode.Of(FailureKind.InvalidData);
    }
}
