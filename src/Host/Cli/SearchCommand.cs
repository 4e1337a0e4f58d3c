using System.CommandLine;
using Pipeline.Engine;
using Pipeline.Host.Cli.Screen;
using Pipeline.Host.Configuration;
using Pipeline.Host.Prediction;
using Pipeline.Host.Results;
using Pipeline.Host.Runs;
using Pipeline.Stages;

namespace Pipeline.Host.Cli;

/// <summary><c>pipeline search DATA --response NAME</c>: one study on a file.</summary>
internal sealed class SearchCommand
{
    private readonly SearchOptions _search = new();
    private readonly Option<string?> _out = new("--out", "-o")
    {
        Description = "Folder for the results. Default: pipeline-results/<file>-<response>.",
        HelpName = "DIR",
    };
    private readonly Option<int> _rows = new("--rows") { Description = "Rows of the ranking to show.", HelpName = "N", DefaultValueFactory = _ => 15 };
    private readonly Option<string> _model = new("--model")
    {
        Description = "Which model is saved for 'predict': best (the first of the ranking) or simplest (as good within one standard error).",
        HelpName = "best|simplest",
        DefaultValueFactory = _ => "best",
    };
    private readonly Option<string?> _state = new("--state")
    {
        Description = "Folder that keeps finished units, so that a search that is interrupted goes on where it was.",
        HelpName = "DIR",
    };
    private readonly Option<bool> _json = new("--json") { Description = "Print leaderboard.json on standard output instead of text." };

    /// <summary>The command.</summary>
    public Command Build(CommandContext context)
    {
        var command = new Command(
            "search",
            """
            Searches pretreatments x variables x models for one response by cross-validation and ranks them.

            Nothing is learnt from held-out samples: variables are chosen, spectra centred and references fitted inside
            each fold. The same file, study and seed give the same leaderboard, whatever the order of its lines and the
            number of threads.

            Examples:
              pipeline search corn.csv --response moisture
              pipeline search grain.csv -r protein --group sample --study study.json --out results/
              pipeline search tecator.csv -r fat --split tecator.meta.csv --calibration train,monitor --test test
              pipeline search corn.csv -r oil --holdout 'kennard-stone(25 %)'
              pipeline search grain.csv -r variety              a column of text: classes, ranked by balanced accuracy
              pipeline search corn.csv -r oil --json | jq '.candidates[0]'
              pipeline search corn.csv -r oil --state work/     interrupted, even by a power cut: run it again

            With --state, 'pipeline explain KEY --state DIR' says why any result exists.

            Pretreatments, joined by '+':
            """
            + string.Concat(Catalog.Pretreatments.Select(entry => $"\n  {entry.Example,-28} {entry.Description}"))
            + "\n\nFolds, field 'folds' of the study:\n"
            + string.Concat(Catalog.Splitters.Select(entry => $"\n  {entry.Example,-23} {entry.Description}"))
            + "\n\nTest samples, --holdout or field 'holdout' of the study:\n"
            + string.Concat(Catalog.HoldOuts.Select(entry => $"\n  {entry.Example,-23} {entry.Description}"))
            + """


            Results: report.html (what was found, with plots, for the browser), leaderboard.csv, .arrow and .json (every
            candidate), predictions.csv and .arrow (held-out predictions of the best 20; the study's field 'predictions' says
            of how many), test-predictions.csv and .arrow (with --split or --holdout), holdout-sets.csv (with --holdout: which samples
            test), provenance.json (digests of the inputs, study, folds, versions, times, cache), model/ (the best candidate
            refitted on all calibration samples, for 'pipeline predict').

            """
            + "Exit codes:\n  " + string.Join("\n  ", ExitCode.Explanations));
        _search.AddTo(command);
        command.Options.Add(_out);
        command.Options.Add(_rows);
        command.Options.Add(_model);
        command.Options.Add(_state);
        command.Options.Add(_json);
        command.SetAction((parsed, cancellation) => context.GuardAsync(() => RunAsync(parsed, context, cancellation)));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellation)
    {
        PipelineOptions options = _search.Options(parsed, context.Options);
        bool json = parsed.GetValue(_json);
        SearchRequest request = _search.Request(parsed, parsed.GetValue(_out));
        int rows = parsed.GetValue(_rows);
        if (rows < 1)
        {
            throw new StageException(FailureKind.InvalidRequest, $"--rows: expected 1 or more, found {rows}.");
        }

        if (request.Study.IsOriginal)
        {
            if (json || parsed.GetValue(_state) is not null || request.Study.Group is not null)
            {
                throw new StageException(
                    FailureKind.InvalidRequest,
                    "The seed profile knows no --json, no --state and no group: its table is results.csv, it runs in one go, and the "
                        + "original took every row for a sample. Leave them out.");
            }

            return FinishOriginal(context, request with { OutputPath = request.OutputPath ?? $"{DefaultFolder(request)}-seed" }, options, rows, cancellation);
        }

        ModelChoice choice = Choice(parsed.GetValue(_model)!);
        PreparedRun prepared = await context.Runs.PrepareAsync(
            request with { OutputPath = request.OutputPath ?? DefaultFolder(request) }, options, cancellation);
        PlanText.Write(json ? context.Error : context.Out, prepared);
        var display = new ProgressDisplay(context.Error, context.ErrorWidth);
        if (parsed.GetValue(_state) is not { } folder)
        {
            // Said here, where it is known that nothing was kept.
            try
            {
                return Finish(context, await context.Runs.SearchAsync(prepared, options, display, cancellation), rows, json, choice);
            }
            catch (OperationCanceledException)
            {
                await context.Error.WriteLineAsync(
                    "Interrupted. Nothing is half-written; the same command starts over. With --state DIR it would go on where it was.");
                return ExitCode.Interrupted;
            }
        }

        await using KeptSearch kept = await context.Runs.KeepAsync(prepared, options, folder);

        // What is finished is kept by then, or becomes durable when the folder is let go.
        try
        {
            RunResult result = await context.Runs.SearchAsync(
                prepared, options, kept.Memory, display, kept.Ledger, restored => SayKept(context.Error, restored, prepared), cancellation);
            int code = Finish(context, result, rows, json, choice);
            await kept.CompleteAsync(result.Prepared.Request.OutputPath!);
            return code;
        }
        catch (OperationCanceledException)
        {
            await context.Error.WriteLineAsync($"Interrupted. Finished units are kept in {folder}: run the same command again, and it goes on from there.");
            return ExitCode.Interrupted;
        }
    }

    /// <summary>Searches by the seed profile, shows the table and writes it.</summary>
    private static int FinishOriginal(CommandContext context, SearchRequest request, PipelineOptions options, int rows, CancellationToken cancellation)
    {
        if (request.SplitPath is not null || request.Study.Holdout is not null)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"{(request.SplitPath is null ? "A hold-out" : "--split")} has no meaning in the seed profile, which judges by "
                    + "cross-validation alone. Leave one of them out.");
        }

        OriginalRun run = OriginalRun.Run(request, options, Tell(context.Error), cancellation);
        context.Out.WriteLine(OriginalText.Warning);
        context.Out.WriteLine();
        context.Out.WriteLine(OriginalText.Table(run, rows));
        context.Out.WriteLine(OriginalText.Closing(run));
        ResultFiles.Write(run, request.OutputPath!);
        context.Out.WriteLine($"Results: {request.OutputPath}");
        return run.Rows.Any(row => row.Failure is null) ? ExitCode.Done : ExitCode.NothingRanked;
    }

    /// <summary>Says every tenth of the work, once, from whichever thread.</summary>
    private static Action<double> Tell(TextWriter screen)
    {
        int said = 0;
        var gate = new Lock();
        return share =>
        {
            lock (gate)
            {
                int tenth = (int)(10 * share);
                if (tenth > said)
                {
                    said = tenth;
                    screen.WriteLine($"{10 * tenth} % done");
                }
            }
        };
    }

    private static void SayKept(TextWriter screen, int restored, PreparedRun prepared)
    {
        if (restored > 0)
        {
            screen.WriteLine($"{restored} of {prepared.Work.Units.Length} units are kept from an earlier run.");
        }
    }

    /// <summary>Shows the result, then writes its files: whatever happens to the folder, the ranking is not lost.</summary>
    internal static int Finish(
        CommandContext context, RunResult result, int rows, bool json, ModelChoice choice = ModelChoice.Winner)
    {
        if (json)
        {
            context.Out.Write(ResultJson.Leaderboard(result));
        }
        else
        {
            context.Out.WriteLine();
            context.Out.WriteLine(LeaderboardText.Table(result.Leaderboard, rows));
            foreach (string line in LeaderboardText.Reading(result))
            {
                context.Out.WriteLine(line);
            }
        }

        string folder = result.Prepared.Request.OutputPath!;
        ResultFiles.Write(result, folder);
        TextWriter screen = json ? context.Error : context.Out;
        screen.WriteLine($"Results: {folder} (report.html is the one to read)");
        screen.WriteLine(context.Runs.SaveModel(result, choice, Path.Combine(folder, "model")));
        return result.Leaderboard.Winner is null ? ExitCode.NothingRanked : ExitCode.Done;
    }

    private static ModelChoice Choice(string text) => text switch
    {
        "best" => ModelChoice.Winner,
        "simplest" => ModelChoice.Simplest,
        _ => throw new StageException(FailureKind.InvalidRequest, $"--model: expected best or simplest, found '{text}'."),
    };

    private static string DefaultFolder(SearchRequest request) =>
        Path.Combine("pipeline-results", $"{Path.GetFileNameWithoutExtension(request.DataPath)}-{Safe(request.Study.Response ?? "study")}");

    /// <summary>A name that any file system takes.</summary>
    internal static string Safe(string name) => string.Concat(name.Select(one => char.IsLetterOrDigit(one) || one is '-' or '_' or '.' ? one : '_'));
}
