using System.CommandLine;
using Pipeline.Host.Cli.Screen;
using Pipeline.Host.Configuration;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Cli;

/// <summary><c>pipeline plan</c>: what a search would do, or the schema of a study; runs nothing.</summary>
internal sealed class PlanCommand
{
    private readonly SearchOptions _search = new();
    private readonly Option<bool> _schema = new("--schema") { Description = "Print the JSON schema of a study." };
    private readonly Option<bool> _defaults = new("--defaults") { Description = "Print the default study, to start one's own from." };

    /// <summary>The command.</summary>
    public Command Build(CommandContext context)
    {
        var command = new Command(
            "plan",
            """
            Shows what a search would do and what it would cost, and runs nothing.

            Examples:
              pipeline plan corn.csv --response moisture
              pipeline plan --defaults > study.json
              pipeline plan --schema
            """);
        _search.AddTo(command);
        command.Options.Add(_schema);
        command.Options.Add(_defaults);
        command.SetAction((parsed, cancellation) => context.GuardAsync(() => RunAsync(parsed, context, cancellation)));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellation)
    {
        if (parsed.GetValue(_schema))
        {
            context.Out.WriteLine(StudyFile.Schema());
            return ExitCode.Done;
        }

        if (parsed.GetValue(_defaults))
        {
            context.Out.WriteLine(StudyFile.Write(new Study()));
            return ExitCode.Done;
        }

        if (!_search.HasData(parsed))
        {
            await context.Error.WriteLineAsync("Nothing to plan. Name a data file, or ask for --schema or --defaults; see pipeline plan --help.");
            return ExitCode.Usage;
        }

        PipelineOptions options = _search.Options(parsed, context.Options);
        PlanText.Write(context.Out, await context.Runs.PrepareAsync(_search.Request(parsed, outputPath: null), options, cancellation));
        return ExitCode.Done;
    }
}
