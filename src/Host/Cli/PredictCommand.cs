using System.CommandLine;
using Pipeline.Engine;
using Pipeline.Host.Prediction;
using Pipeline.Stages.Prediction;

namespace Pipeline.Host.Cli;

/// <summary><c>pipeline predict DATA --model DIR</c>: values, intervals and flags for new spectra.</summary>
internal sealed class PredictCommand
{
    private readonly ReadingOptions _reading = new();
    private readonly Argument<string> _data = new("DATA") { Description = "Wide table of spectra, as for 'search'; columns of references are optional." };
    private readonly Option<string?> _model = new("--model", "-m")
    {
        Description = "Folder of a saved model, such as pipeline-results/corn-moisture/model.",
        HelpName = "DIR",
    };
    private readonly Option<string?> _out = new("--out", "-o")
    {
        Description = "Table to write. Default: pipeline-results/<file>-<model>.csv.",
        HelpName = "FILE.csv",
    };
    private readonly Option<bool> _json = new("--json") { Description = "Print all predictions as JSON on standard output instead of text." };
    private readonly Option<double> _alpha = new("--alpha")
    {
        Description = "Share of samples that may lie outside their interval.",
        HelpName = "0.1",
        DefaultValueFactory = _ => ConformalInterval.AlphaDefault,
    };

    /// <summary>The command.</summary>
    public Command Build(CommandContext context)
    {
        var command = new Command(
            "predict",
            """
            Predicts new spectra by a model that 'search' has saved, with an interval for each value and a flag.

            The spectra must have every position of the calibration's axis, in the same unit and within 0.01 step; more
            positions are left out. Nothing is interpolated.

            Each line gets:
              value          the prediction
              lower, upper   the interval: of samples like the calibration's, a share 1 - alpha lies inside
              t2             how far the sample lies from the calibration's middle, in amounts of what it knows
              q              how much of the spectrum the calibration cannot describe
              leverage       how few calibration samples are like this one
              flag           ok; warn (above a 95 % limit, 3A/n, or outside the calibrated range); reject (above a 99 % limit)
              reasons        what is wrong, in words
            A model of classes gives, in place of value and interval:
              class          the likeliest class
              p_NAME         the probability of each class

            A rejected value is shown, but it is not a result. Of good samples nominally 5 in a hundred exceed each 95 %
            limit and 1 each 99 % limit; more with many components, because q is learnt from calibration spectra.

            Where the file has references under the response's name, RMSEP, bias and the coverage of the intervals are told.

            Examples:
              pipeline predict new.csv --model pipeline-results/corn-moisture/model
              pipeline predict new.csv -m model --alpha 0.05 --out values.csv
              pipeline predict new.csv -m model --json | jq '.samples[] | select(.flag == "reject")'

            """
            + "Exit codes:\n  " + string.Join("\n  ", ExitCode.Explanations));
        command.Arguments.Add(_data);
        foreach (Option option in (Option[])[_model, _out, _json, _alpha, _reading.Id, .. _reading.Form])
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, _) => context.GuardAsync(() => Task.FromResult(Run(parsed, context))));
        return command;
    }

    private int Run(ParseResult parsed, CommandContext context)
    {
        bool json = parsed.GetValue(_json);
        RefuseToOverwrite(parsed.GetValue(_data)!, parsed.GetValue(_out));
        PredictResult result = context.Runs.Predict(Request(parsed), context.Options);
        TextWriter screen = json ? context.Error : context.Out;
        if (json)
        {
            context.Out.Write(PredictedJson.Of(result));
        }

        foreach (string warning in result.Report.Warnings)
        {
            screen.WriteLine($"Note: {warning}");
        }

        foreach (string line in PredictedText.Summary(result))
        {
            screen.WriteLine(line);
        }

        string path = parsed.GetValue(_out)
            ?? Path.Combine("pipeline-results", $"{Path.GetFileNameWithoutExtension(result.Request.DataPath)}-{SearchCommand.Safe(result.ModelName)}.csv");
        PredictedText.WriteCsv(result, path);
        screen.WriteLine($"Predictions: {path}");
        return ExitCode.Done;
    }

    private static void RefuseToOverwrite(string data, string? table)
    {
        StringComparison asFiles = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        if (table is { Length: > 0 } && data.Length > 0 && string.Equals(FileOf(data), FileOf(table), asFiles))
        {
            throw new StageException(
                FailureKind.InvalidRequest, $"--out '{table}' is the file of spectra itself, which would be lost. Choose another file with --out.");
        }
    }

    private static string FileOf(string path) =>
        (File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null) ?? Path.GetFullPath(path);

    private PredictRequest Request(ParseResult parsed) => new()
    {
        DataPath = parsed.GetValue(_data)!,
        ModelPath = parsed.GetValue(_model) ?? throw new StageException(
            FailureKind.InvalidRequest,
            "No model is named. 'pipeline search' saves one as 'model' in its results; name that folder with --model."),
        Alpha = parsed.GetValue(_alpha),
        Reading = _reading.Of(parsed),
    };
}
