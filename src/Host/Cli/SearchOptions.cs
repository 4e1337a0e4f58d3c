using System.CommandLine;
using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Cli;

/// <summary>The arguments that say what to search: shared by <c>search</c> and <c>plan</c>.</summary>
internal sealed class SearchOptions
{
    private readonly ReadingOptions _reading = new();
    private readonly Argument<string?> _data = new("DATA")
    {
        Description = "Wide table of spectra: one line per sample; columns with a number as header are the spectrum, the others ids, responses and labels.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _response = new("--response", "-r") { Description = "Column to calibrate; one of text is classes.", HelpName = "NAME" };
    private readonly Option<string?> _task = new("--task")
    {
        Description = "What the response is, where a column of numbers is classes: numbers or classes.",
        HelpName = "numbers|classes",
    };
    private readonly Option<string?> _study = new("--study")
    {
        Description = "Study in JSON: what to try and how to judge. Its schema: pipeline plan --schema.",
        HelpName = "study.json",
    };
    private readonly Option<string?> _group = new("--group")
    {
        Description = "Column of samples that belong together (replicates); never split over folds.",
        HelpName = "NAME",
    };
    private readonly Option<string?> _split = new("--split")
    {
        Description = "Table 'sample_id,set' that keeps test samples out of the search.",
        HelpName = "sets.csv",
    };
    private readonly Option<string?> _calibration = new("--calibration")
    {
        Description = "Sets of --split to calibrate on. Default: train,calibration.",
        HelpName = "A,B",
    };
    private readonly Option<string?> _test = new("--test") { Description = "Sets of --split to test on. Default: test.", HelpName = "A,B" };
    private readonly Option<string?> _holdout = new("--holdout")
    {
        Description = "Choose test samples before the search: 'kennard-stone(25 %)', spxy, duplex or 'random(25 %, seed 0)'.",
        HelpName = "SCHEME",
    };
    private readonly Option<string?> _memory = new("--memory")
    {
        Description = "Memory for everything large, such as '2 GiB'. Default: half of the machine.",
        HelpName = "SIZE",
    };
    private readonly Option<string?> _threads = new("--threads")
    {
        Description = "Units computed at the same time. Default: all cores. Never changes a result.",
        HelpName = "N",
    };

    /// <summary>Adds the arguments to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(_data);
        Option[] options =
            [_response, _task, _study, _reading.Id, _group, .. _reading.Form, _split, _calibration, _test, _holdout, _memory, _threads];
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>True where a data file is named.</summary>
    public bool HasData(ParseResult parsed) => parsed.GetValue(_data) is not null;

    /// <summary>What was asked for.</summary>
    /// <exception cref="StageException">A file or value cannot be used.</exception>
    public SearchRequest Request(ParseResult parsed, string? outputPath)
    {
        string data = parsed.GetValue(_data)
            ?? throw Refusal("No data file is named. Example: pipeline search spectra.csv --response protein");
        Study study = parsed.GetValue(_study) is { } path ? ReadStudy(path) : new Study();
        study = study with
        {
            Response = parsed.GetValue(_response) ?? study.Response,
            Task = parsed.GetValue(_task) ?? study.Task,
            Group = parsed.GetValue(_group) ?? study.Group,
            Holdout = parsed.GetValue(_holdout) ?? study.Holdout,
        };
        var request = new SearchRequest
        {
            DataPath = data,
            Study = study,
            Reading = _reading.Of(parsed),
            SplitPath = parsed.GetValue(_split),
            OutputPath = outputPath,
        };
        if (request.SplitPath is null && (parsed.GetValue(_calibration) ?? parsed.GetValue(_test)) is not null)
        {
            throw Refusal("--calibration and --test name sets of --split, which is missing. Name the table of sets with --split.");
        }

        return request with
        {
            CalibrationSets = Names(parsed.GetValue(_calibration)) ?? request.CalibrationSets,
            TestSets = Names(parsed.GetValue(_test)) ?? request.TestSets,
        };
    }

    /// <summary>The options of the process, with those of the command line on top.</summary>
    public PipelineOptions Options(ParseResult parsed, PipelineOptions configured) =>
        configured.With(parsed.GetValue(_memory), parsed.GetValue(_threads), "--memory", "--threads");

    private static Study ReadStudy(string path)
    {
        using FileStream stream = SpectraFiles.Open(path);
        return StudyFile.Read(stream, Path.GetFileName(path));
    }

    private static string[]? Names(string? list) =>
        list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static StageException Refusal(string message) => new(FailureKind.InvalidRequest, message);
}
