using Pipeline.Engine;
using Pipeline.Engine.Storage;
using Pipeline.Host.Runs;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Prediction;

namespace Pipeline.Host.Prediction;

/// <summary>Makes and saves the model of a finished search.</summary>
internal static class ModelSaving
{
    /// <summary>Saves one of the chosen candidates and says what was saved, or why nothing was.</summary>
    /// <param name="result">The finished search.</param>
    /// <param name="choice">Which candidate.</param>
    /// <param name="folder">The folder that becomes the model.</param>
    /// <param name="storage">Where the folder lies; the disks of this machine where none is given.</param>
    /// <exception cref="StageException">The folder cannot be written.</exception>
    public static string Save(RunResult result, ModelChoice choice, string folder, IStorage? storage = null)
    {
        Leaderboard board = result.Leaderboard;
        if ((choice == ModelChoice.Simplest ? board.Simplest : board.Winner) is not { } row)
        {
            ModelFolder.Remove(folder, storage);
            return "No model is saved: no candidate has a rank.";
        }

        SavedModel model;

        // The ranking is written already; a candidate that cannot be refitted leaves no model, and the reason is said. An earlier
        // model stays until then, for whoever predicts meanwhile.
        try
        {
            CalibrationSet samples = result.Prepared.Bound.Set;
            string program = typeof(ModelSaving).Assembly.GetName().Version?.ToString(3) ?? "unknown";
            if (samples.OnDisk is null)
            {
                ChosenCandidate chosen = result.Chosen.First(one => one.Row.Rank == row.Rank);
                CandidateRefit refit = chosen.Refit ?? throw new StageException(FailureKind.Numerical, chosen.Failure!);
                double[] outOfFold = row.Rank <= board.Predictions.Length
                    ? [.. board.Predictions[row.Rank - 1]]
                    : FittedCandidate.PredictOutOfFold(row.Candidate, samples, result.Prepared.Plan.Folds);
                model = SavedModel.Of(row, samples, outOfFold, result.Prepared.Bound.Study, program, refit);
            }
            else
            {
                model = OnDisk(result, row, program);
            }
        }
        catch (StageException failure)
        {
            ModelFolder.Remove(folder, storage);
            return $"No model is saved: rank {row.Rank} cannot be refitted on all calibration samples. {failure.Message}";
        }

        ModelFolder.Save(model, folder, storage);
        string use = $"Use it: pipeline predict NEW.csv --model {folder}";
        if (!model.Classes.IsEmpty)
        {
            return $"Model: {folder} (rank {row.Rank}, {CandidateText.Describe(row)}; {model.Classes.Length} classes). {use}";
        }

        double half = model.HalfWidth(ConformalInterval.AlphaDefault);
        string interval = double.IsFinite(half)
            ? $"90 % intervals ± {Figure.Of(half)}"
            : $"no intervals: {model.Description.GroupCount} independent calibration samples, at least "
                + $"{ConformalInterval.GroupsMin(ConformalInterval.AlphaDefault)} are needed";
        return $"Model: {folder} (rank {row.Rank}, {CandidateText.Describe(row)}; {interval}). {use}";
    }

    /// <summary>The model of spectra that stay on the disk: what a further pass would bring must be there already.</summary>
    private static SavedModel OnDisk(RunResult result, LeaderboardRow row, string program)
    {
        ChosenCandidate chosen = result.Chosen.First(one => one.Row.Rank == row.Rank);
        if (chosen.OnDisk is not { } refit)
        {
            throw new StageException(FailureKind.Numerical, chosen.Failure!);
        }

        if (row.Rank > result.Leaderboard.Predictions.Length)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"Its held-out predictions were not kept, and the spectra stay on the disk. Ask for \"predictions\": {row.Rank} in the study.");
        }

        return SavedModel.Of(
            row, result.Prepared.Bound.Set, result.Leaderboard.Predictions[row.Rank - 1].AsSpan(), result.Prepared.Bound.Study, program, refit);
    }
}
