using System.Collections.Immutable;
using System.CommandLine;
using Pipeline.Engine;
using Pipeline.Engine.Cache.Disk;
using Pipeline.Host.Runs;

namespace Pipeline.Host.Cli.Upkeep;

/// <summary><c>pipeline cache</c>: what lies in the disk tier of the cache, clearing it, checking it.</summary>
internal sealed class CacheCommand
{
    private readonly Option<string?> _data = new("--data")
    {
        Description = "The daemon's data folder; default: the setting Pipeline:Data, else pipeline-data.",
        HelpName = "DIR",
        Recursive = true,
    };

    private readonly Option<string?> _kind = new("--kind") { Description = "Only intermediates of this kind.", HelpName = "KIND" };

    /// <summary>The command.</summary>
    public Command Build(CommandContext context)
    {
        var command = new Command(
            "cache",
            """
            Shows the intermediates that the daemon keeps on disk to save time. All of it may be deleted at any moment,
            with this command or without: that costs time and nothing else, even while the daemon runs.

            Examples:
              pipeline cache --data /var/lib/pipeline
              pipeline cache clear --kind pretreated
              pipeline cache verify
            """);
        command.Options.Add(_data);
        command.SetAction(parsed => context.GuardAsync(() => Task.FromResult(Show(Folder(parsed, context), context.Out))));

        var clear = new Command("clear", "Deletes intermediates; the daemon computes again what it needs.");
        clear.Options.Add(_kind);
        clear.SetAction((parsed, cancellation) => context.GuardAsync(
            () => Task.FromResult(Clear(Folder(parsed, context), parsed.GetValue(_kind), context, cancellation))));
        command.Subcommands.Add(clear);

        var verify = new Command("verify", "Reads every file, and deletes those whose checksum does not hold.");
        verify.SetAction((parsed, cancellation) => context.GuardAsync(
            () => Task.FromResult(Verify(Folder(parsed, context), context.Out, cancellation))));
        command.Subcommands.Add(verify);
        return command;
    }

    private string Folder(ParseResult parsed, CommandContext context)
    {
        string data = parsed.GetValue(_data) ?? context.Configuration["Pipeline:Data"] ?? "pipeline-data";
        if (!Directory.Exists(data))
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"There is no data folder '{Path.GetFullPath(data)}'. Name the one of the daemon with --data DIR.");
        }

        return RunMemory.CacheFolder(Path.GetFullPath(data));
    }

    private static int Show(string folder, TextWriter screen)
    {
        CacheText.Write(screen, folder, CacheFolder.Kinds(folder));
        return ExitCode.Done;
    }

    private static int Clear(string folder, string? kind, CommandContext context, CancellationToken cancellation)
    {
        if (kind is not null)
        {
            string[] kinds = [.. CacheFolder.Kinds(folder).Select(found => found.Kind)];
            if (!kinds.Contains(kind))
            {
                string there = kinds.Length == 0 ? "The cache is empty." : $"There is {string.Join(", ", kinds)}.";
                context.Error.WriteLine($"Nothing of kind '{kind}' lies in '{folder}'. {there}");
                return ExitCode.Usage;
            }
        }

        (int files, long bytes) = CacheFolder.Clear(folder, kind, cancellation);
        context.Out.WriteLine($"Deleted {CacheText.Files(files)}, {ByteSize.Format(bytes)}, from {folder}.");
        return ExitCode.Done;
    }

    private static int Verify(string folder, TextWriter screen, CancellationToken cancellation)
    {
        (int files, long bytes, ImmutableArray<string> damaged) = CacheFolder.Verify(folder, cancellation);
        CacheText.WriteVerified(screen, folder, files, bytes, damaged);
        return ExitCode.Done;
    }
}
