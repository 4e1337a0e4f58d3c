using System.Globalization;
using Pipeline.Engine.Dataflow;
using Pipeline.Host.Results;
using Pipeline.Host.Runs;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Metrics;

namespace Pipeline.Host.Cli.Screen;

/// <summary>A finished search as text for the screen.</summary>
public static class LeaderboardText
{
    private const int VariablesWidthMax = 44;

    /// <summary>The best rows as a table.</summary>
    public static string Table(Leaderboard leaderboard, int rowsMax)
    {
        if (leaderboard.Metric is not null)
        {
            return ClassTable(leaderboard, rowsMax);
        }

        var table = new ScreenTable(
            ">Rank", "Pretreatment", "Variables", ">n var", "Model", "Setting", ">RMSECV", ">R²", ">Bias", ">SEP", ">RPD", "1 SE");
        foreach (LeaderboardRow row in leaderboard.Rows.Where(row => row.Rank > 0).Take(rowsMax))
        {
            table.Add(
                row.Rank.ToString(CultureInfo.InvariantCulture),
                row.Candidate.Chain.Notation,
                Shorten(row.Variables),
                row.VariableCount.ToString(CultureInfo.InvariantCulture),
                row.Candidate.Family.Name,
                row.Candidate.SettingText,
                Figure.Of(row.Metrics.Rmse),
                JudgementText.RSquared(row.Metrics.RSquared),
                Figure.Beside(row.Metrics.Bias, row.Metrics.Rmse),
                Figure.Beside(row.Metrics.Sep, row.Metrics.Rmse),
                row.Metrics.Rpd.ToString("F2", CultureInfo.InvariantCulture),
                row.WithinOneStandardError ? "yes" : "");
        }

        return table.ToString();
    }

    private static string ClassTable(Leaderboard leaderboard, int rowsMax)
    {
        var table = new ScreenTable(
            ">Rank", "Pretreatment", "Variables", ">n var", "Model", "Setting", ">Bal. acc.", ">Accuracy", ">Macro F1", ">ROC AUC", ">Log loss", "1 SE");
        foreach (LeaderboardRow row in leaderboard.Rows.Where(row => row.Rank > 0).Take(rowsMax))
        {
            ClassMetrics metrics = row.Classes!.Pooled;
            table.Add(
                row.Rank.ToString(CultureInfo.InvariantCulture),
                row.Candidate.Chain.Notation,
                Shorten(row.Variables),
                row.VariableCount.ToString(CultureInfo.InvariantCulture),
                row.Candidate.Family.Name,
                row.Candidate.SettingText,
                ClassText.Share(metrics.BalancedAccuracy),
                ClassText.Share(metrics.Accuracy),
                ClassText.Share(metrics.MacroF1),
                ClassText.Share(metrics.RocAuc),
                ClassText.Share(metrics.LogLoss),
                row.WithinOneStandardError ? "yes" : "");
        }

        return table.ToString();
    }

    /// <summary>What every block of the flow took in and passed on, and the most bytes it was given.</summary>
    public static string Blocks(RunResult result)
    {
        var table = new ScreenTable("Block", ">In", ">Out", ">Failures");
        foreach (StepProgress block in result.Summary.Steps)
        {
            table.Add(block.Name, Figure.Count(block.In), Figure.Count(block.Out), Figure.Count(block.Failures));
        }

        return table.ToString();
    }

    /// <summary>What the ranking says, what it does not say, and what to do next.</summary>
    public static IEnumerable<string> Reading(RunResult result)
    {
        Leaderboard board = result.Leaderboard;
        if (board.Winner is not { } winner)
        {
            yield return "No candidate could be ranked. The first reason: " + board.Rows[0].Failure;
            yield break;
        }

        int unranked = board.Rows.Count(row => row.Rank == 0);
        if (board.Metric is null)
        {
            yield return "RMSECV, Bias and SEP in units of the response; bias = predicted - reference; RPD = sd / SEP; LV = components;";
            yield return "λ·tr = penalty relative to the variation of the spectra; 1 SE = within one standard error of the best.";
        }
        else
        {
            yield return "Bal. acc. = mean over classes of the share predicted right; ROC AUC = one class against the rest; LV = components;";
            yield return "γ = shrinkage; C = inverse penalty; 1 SE = within one standard error of the best.";
        }

        yield return "";
        yield return $"{Figure.Count(board.Rows.Length)} candidates, folds {result.Prepared.Plan.FoldScheme}, "
            + $"{(unranked == 0 ? "all ranked" : $"{Figure.Count(unranked)} without rank (such as more components than the spectra support; reasons in leaderboard.csv)")}, "
            + string.Create(CultureInfo.InvariantCulture, $"{result.Elapsed.TotalSeconds:0.0} s.");
        yield return $"Best: {CandidateText.Describe(winner)}: {ClassText.Ranking(winner, board.Metric)}.";
        foreach (string line in
            ResultJson.ConfusionOf(result, winner) is { } confusion ? ConfusionText.Lines(confusion, result.Prepared.Plan.Manifest.Classes) : [])
        {
            yield return line;
        }

        if (CandidateText.AtTheEdge(winner))
        {
            yield return $"The best setting is the last of its grid ({winner.Candidate.SettingText}); allow more in the study to see whether it goes on.";
        }

        if (board.Simplest is { } simplest && simplest.Rank != winner.Rank)
        {
            yield return $"As good within one standard error ({Figure.Of(board.OneStandardErrorLimit)}) with the same pretreatment, "
                + "variables and model, but simpler: "
                + $"rank {simplest.Rank}, {simplest.Candidate.SettingText}, {ClassText.Ranking(simplest, board.Metric)}.";
        }

        foreach (string line in result.Chosen.SelectMany(chosen => Outcome(chosen, result.Prepared.Test)))
        {
            yield return line;
        }

        foreach (string line in JudgementText.Lines(board))
        {
            yield return line;
        }

        if (result.Prepared.Test is null && board.Judgement.Nested is null)
        {
            yield return $"The best of {Figure.Count(board.Rows.Length)} looks better than it is. Keep samples aside with --holdout, or name them with "
                + "--split, to see the error on new ones.";
        }
    }

    private static IEnumerable<string> Outcome(ChosenCandidate chosen, TestSet? set)
    {
        if (chosen.Failure is { } reason)
        {
            yield return $"Rank {chosen.Row.Rank} refitted on all calibration samples: {reason}";
            yield break;
        }

        if (chosen.ClassCalibration is { } classes)
        {
            yield return OfClasses(chosen, classes);
            yield break;
        }

        string calibration = $"Rank {chosen.Row.Rank} refitted on all calibration samples: RMSEC {Figure.Of(chosen.Calibration!.Value.Rmse)}";
        if (chosen.Test is not { } test)
        {
            yield return calibration + ".";
            yield break;
        }

        yield return $"{calibration}; on {test.All.Count} test samples RMSEP {Figure.Of(test.All.Rmse)}, R² {JudgementText.RSquared(test.All.RSquared)}, "
            + $"bias {Figure.Beside(test.All.Bias, test.All.Rmse)}.";
        if (set!.Known.Length > 0)
        {
            string without = test.Unknown is { } unknown ? $"without them ({unknown.Count} samples) {Figure.Of(unknown.Rmse)}" : "no other test sample is left";
            yield return $"  {set.Known.Length} test samples repeat a calibration sample (such as {set.Known[0].Test} = {set.Known[0].Calibration}), "
                + $"so that RMSEP is too good; {without}.";
        }
    }

    private static string OfClasses(ChosenCandidate chosen, ClassMetrics calibration)
    {
        string text = $"Rank {chosen.Row.Rank} refitted on all calibration samples: balanced accuracy there {ClassText.Share(calibration.BalancedAccuracy)}";
        if (chosen.ClassTest is not { } test)
        {
            return text + ".";
        }

        string unknown = test.Unknown is { } honest && honest.Count < test.All.Count
            ? $"; without those that repeat a calibration sample ({honest.Count} samples) {ClassText.Share(honest.BalancedAccuracy)}"
            : test.Unknown is null ? "; all of them repeat a calibration sample, so that is too good" : "";
        return $"{text}; on {test.All.Count} test samples balanced accuracy {ClassText.Share(test.All.BalancedAccuracy)}, "
            + $"accuracy {ClassText.Share(test.All.Accuracy)}, log loss {ClassText.Share(test.All.LogLoss)}{unknown}.";
    }

    private static string Shorten(string variables) =>
        variables.Length <= VariablesWidthMax ? variables : variables[..(VariablesWidthMax - 2)] + " …";
}
