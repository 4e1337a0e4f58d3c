using System.CommandLine;
using Pipeline.Engine;
using Pipeline.Engine.State;
using Pipeline.Host.State;

namespace Pipeline.Host.Cli.Explain;

/// <summary><c>pipeline explain KEY</c>: why a result exists, and how two keys differ.</summary>
internal sealed class ExplainCommand
{
    private readonly Argument<string> _key = new("KEY") { Description = "Key of a candidate, a unit or a run; its first 6 digits or more." };
    private readonly Argument<string?> _other = new("OTHER") { Description = "Another key, to show how the two differ.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _data = new("--data")
    {
        Description = "The daemon's data folder; default: the setting Pipeline:Data, else pipeline-data.",
        HelpName = "DIR",
    };
    private readonly Option<string?> _state = new("--state") { Description = "The folder that 'search --state' has written.", HelpName = "DIR" };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON on standard output instead of text." };

    /// <summary>The command.</summary>
    public Command Build(CommandContext context)
    {
        var command = new Command(
            "explain",
            """
            Says why a result exists: its row of the leaderboard with the choice of variables and how many folds agree with it,
            or why it has no rank; the fields of the study that made it; the data, samples, folds and seed it is from; every
            method with its version; what its computation shares with others; when and by which version of the program it was
            computed, in which run, how often that was tried, and the digest of the result. With two keys it says in which
            fields they differ. Only reads, so it may be asked while the daemon or a search runs.

            Examples:
              pipeline explain 3fa9c41b --data /var/lib/pipeline
              pipeline explain 3fa9c41b 77d0e2 --state work/      why two candidates are not the same work
              pipeline explain 3fa9c41b --state work/ --json | jq .computed

            Keys stand in the last column of leaderboard.csv, and in leaderboard.json. The table of the seed profile,
            results.csv, has none: that search keeps nothing, and the columns of a row are all that made it.
            """);
        command.Arguments.Add(_key);
        command.Arguments.Add(_other);
        command.Options.Add(_data);
        command.Options.Add(_state);
        command.Options.Add(_json);
        command.SetAction(parsed => context.GuardAsync(() => Task.FromResult(Run(parsed, context))));
        return command;
    }

    private int Run(ParseResult parsed, CommandContext context)
    {
        string? data = parsed.GetValue(_data);
        string? state = parsed.GetValue(_state);
        if (data is not null && state is not null)
        {
            throw new StageException(FailureKind.InvalidRequest, "--data and --state both name a folder; name the one that holds the result.");
        }

        string folder = data ?? state ?? context.Configuration["Pipeline:Data"] ?? "pipeline-data";
        bool json = parsed.GetValue(_json);
        using StateView view = StateView.Open(HostSchema.FileOf(folder));
        var search = new KeySearch(view, folder);
        FoundKey found = search.Find(parsed.GetValue(_key)!);
        if (parsed.GetValue(_other) is not { } other)
        {
            Write(context.Out, json ? ExplainJson.Of(found) : null, ExplainText.Lines(found));
            return ExitCode.Done;
        }

        FoundKey second = search.Find(other);
        KeyDifference difference = KeyDifference.Between(found, second, view);
        Write(context.Out, json ? ExplainJson.Of(found, second, difference) : null, ExplainText.Difference(found, second, difference));
        return ExitCode.Done;
    }

    private static void Write(TextWriter screen, string? json, IEnumerable<string> lines)
    {
        if (json is not null)
        {
            screen.Write(json);
            return;
        }

        foreach (string line in lines)
        {
            screen.WriteLine(line);
        }
    }
}
