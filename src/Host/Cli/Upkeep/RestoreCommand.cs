using System.CommandLine;
using Pipeline.Engine;
using Pipeline.Engine.Storage;
using Pipeline.Host.Upkeep.Backups;

namespace Pipeline.Host.Cli.Upkeep;

/// <summary><c>pipeline restore</c>: a data folder from a backup, or a check of the backup.</summary>
internal sealed class RestoreCommand
{
    private readonly Argument<string> _backup = new("BACKUP") { Description = "The folder or .tar file that 'pipeline backup' has made." };
    private readonly Option<string?> _data = new("--data") { Description = "A new or empty folder that becomes the data folder.", HelpName = "DIR" };
    private readonly Option<bool> _verify = new("--verify")
    {
        Description = "Without --data: only compare every byte with the manifest. With it, the same is done anyway.",
    };

    /// <summary>The command.</summary>
    public Command Build(CommandContext context)
    {
        var command = new Command(
            "restore",
            """
            Makes a data folder of a backup, after every byte has been compared with the backup's manifest. Nothing is
            overwritten: the folder must be new or empty. Start the daemon on it by naming it as Pipeline:Data.

            Examples:
              pipeline restore /mnt/backup/monday --verify
              pipeline restore /mnt/backup/monday --data /var/lib/pipeline-restored
            """);
        command.Arguments.Add(_backup);
        command.Options.Add(_data);
        command.Options.Add(_verify);
        command.SetAction((parsed, cancellation) => context.GuardAsync(() => RunAsync(parsed, context, cancellation)));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellation)
    {
        // The library listens to Ctrl-C and SIGTERM once this method has first returned.
        await Task.Yield();
        string? data = parsed.GetValue(_data);
        if (data is null && !parsed.GetValue(_verify))
        {
            throw new StageException(
                FailureKind.InvalidRequest, "Name the folder that the backup shall become with --data DIR; or only check the backup with --verify.");
        }

        var storage = new LocalStorage();
        var backup = new BackupReader(parsed.GetValue(_backup)!, storage);
        BackupManifest manifest = data is null
            ? BackupVerifier.Verify(backup, cancellation)
            : BackupRestorer.Restore(backup, data, storage, cancellation);
        await context.Out.WriteLineAsync(data is null
            ? $"Every digest holds: {BackupText.Sum(manifest)}, by version {manifest.Program}, in {backup.Place}."
            : $"Restored {BackupText.Sum(manifest)}, into {Path.GetFullPath(data)}. Name it as Pipeline:Data and start the daemon.");
        if (!manifest.Damaged.IsEmpty)
        {
            BackupText.WriteDamaged(context.Error, manifest, "When the backup was made, this was missing or damaged in the data folder:");
        }

        return ExitCode.Done;
    }
}
