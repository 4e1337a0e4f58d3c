using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Prediction;
using Pipeline.Host.State;
using Pipeline.Stages.Prediction;

namespace Pipeline.Host.Service.Studies;

/// <summary>The folder of a bound study: a folder for each run, named by its key, with results and model; beside them the predictions.</summary>
internal sealed class StudyFolder
{
    private readonly StudyContext _context;
    private readonly string _name;

    /// <summary>The folder of a study, below the data folder; made where it is missing.</summary>
    /// <param name="name">The study.</param>
    /// <param name="context">What it works with.</param>
    public StudyFolder(string name, StudyContext context)
    {
        _name = name;
        _context = context;
        FullPath = Path.Combine(context.DataPath, "studies", name);
        context.Storage.CreateFolder(FullPath);
    }

    /// <summary>Where it lies.</summary>
    public string FullPath { get; }

    /// <summary>The predictions of samples without reference.</summary>
    public string PredictionsPath => Path.Combine(FullPath, "predictions.csv");

    /// <summary>The folder of a run. Samples and plan: a run of other candidates on the same samples leaves the earlier one's results alone.</summary>
    public string Of(Fingerprint run) => Path.Combine(FullPath, run.ToShortString());

    /// <summary>The present model of a response and the name of its run.</summary>
    /// <exception cref="StageException">It cannot be read, or it is of another response.</exception>
    public (SavedModel Model, string Run) Load(StudyRow row, string response)
    {
        string folder = Path.Combine(FullPath, row.ModelFolder);
        SavedModel model = ModelFolder.Load(folder, _context.Storage);

        // Laboratories write one name in several ways.
        return string.Equals(model.Description.Response, response, StringComparison.OrdinalIgnoreCase)
            ? (model, Path.GetFileName(Path.GetDirectoryName(folder)!))
            : throw new StageException(
                FailureKind.InvalidRequest,
                $"The model of study '{_name}' predicts '{model.Description.Response}', and the study is about '{response}'. "
                + $"The next run makes another; ask for it: POST /v1/studies/{_name}/runs.");
    }

    /// <summary>Removes the folders of runs that the state has dropped; the one with the present model stays in any case.</summary>
    /// <param name="nameLength">Characters of a run's folder.</param>
    public void RemoveOlder(int nameLength)
    {
        List<string> kept = _context.State.Read(reader => reader.Query(
            "SELECT detail FROM run WHERE study = $1 AND state = $2 UNION SELECT folder FROM queue WHERE study = $1",
            row => row.Text(0), _name, (long)RunState.Completed));
        HashSet<string> names =
            [.. kept.Select(detail => Path.GetFileName(detail)), Path.GetDirectoryName(StudyRow.Read(_context.State, _name).ModelFolder) ?? ""];
        foreach (StoredEntry old in _context.Storage.List(FullPath).Where(entry => entry.IsFolder && IsOld(Path.GetFileName(entry.Path))))
        {
            // Costs space until the next run, and nothing else.
            try
            {
                _context.Storage.DeleteFolder(old.Path);
            }
            catch (StageException refused) when (refused.Kind == FailureKind.Storage)
            {
                return;
            }
        }

        // Only what bears the name of a run: other folders are somebody else's.
        bool IsOld(string name) => name.Length == nameLength && name.All(char.IsAsciiHexDigitLower) && !names.Contains(name);
    }
}
