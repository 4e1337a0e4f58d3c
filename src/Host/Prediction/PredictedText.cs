using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Pipeline.Engine;
using Pipeline.Engine.Storage;
using Pipeline.Host.Results;
using Pipeline.Host.Wording;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Prediction;

namespace Pipeline.Host.Prediction;

/// <summary>Predicted spectra as a table and as a summary for the screen.</summary>
internal static class PredictedText
{
    /// <summary>Begins the name of a column that holds the probabilities of a class.</summary>
    internal const string ProbabilityPrefix = "p_";

    /// <summary>The table: one line per spectrum, in the order of the file; ends of an infinite interval are empty.</summary>
    public static string Csv(PredictResult result) => Csv(result.Rows, result.ModelName, result.Model.Classes);

    /// <summary>The table of some rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="modelName">The model's name.</param>
    /// <param name="classes">The model's classes; empty for numbers.</param>
    public static string Csv(ImmutableArray<PredictionRow> rows, string modelName, ImmutableArray<string> classes)
    {
        if (!classes.IsEmpty)
        {
            return ClassCsv(rows, modelName, classes);
        }

        var text = new StringBuilder("sample_id,value,lower,upper,t2,q,leverage,flag,reasons,model\n");
        foreach (PredictionRow row in rows)
        {
            text.AppendJoin(
                ',',
                CsvText.Of(row.Id),
                CsvText.Of(row.Value),
                CsvText.Of(row.Lower),
                CsvText.Of(row.Upper),
                CsvText.Of(row.Distance.T2),
                CsvText.Of(row.Distance.Q),
                CsvText.Of(row.Distance.Leverage),
                Flag(row.Flag),
                CsvText.Of(Reasons(row)),
                CsvText.Of(modelName)).Append('\n');
        }

        return text.ToString();
    }

    private static string ClassCsv(ImmutableArray<PredictionRow> rows, string modelName, ImmutableArray<string> classes)
    {
        var text = new StringBuilder("sample_id,class,")
            .AppendJoin(',', classes.Select(name => CsvText.Of(ProbabilityPrefix + name)))
            .Append(",t2,q,leverage,flag,reasons,model\n");
        foreach (PredictionRow row in rows)
        {
            text.AppendJoin(
                ',',
                [
                    CsvText.Of(row.Id),
                    CsvText.Of(row.Class!),
                    .. row.Probabilities.Select(CsvText.Of),
                    CsvText.Of(row.Distance.T2),
                    CsvText.Of(row.Distance.Q),
                    CsvText.Of(row.Distance.Leverage),
                    Flag(row.Flag),
                    CsvText.Of(Reasons(row)),
                    CsvText.Of(modelName),
                ]).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Writes the table so that a reader never sees half of it, and a power cut loses none of it.</summary>
    /// <param name="result">The predictions.</param>
    /// <param name="path">The file; its folder is made.</param>
    /// <param name="storage">Where the file lies; the disks of this machine where none is given.</param>
    public static void WriteCsv(PredictResult result, string path, IStorage? storage = null)
    {
        // A file that cannot be written is the user's to mend.
        try
        {
            IStorage disk = storage ?? new LocalStorage();
            string target = Path.GetFullPath(path);
            disk.CreateFolder(Path.GetDirectoryName(target)!);
            byte[] bytes = Encoding.UTF8.GetBytes(Csv(result));
            disk.Write(target, stream => stream.Write(bytes));
        }
        catch (Exception error) when (error is StageException { Kind: FailureKind.Storage } or ArgumentException or IOException)
        {
            throw new StageException(
                FailureKind.Storage, $"Predictions cannot be written to '{path}': {error.Message} Choose another file with --out.", error);
        }
    }

    /// <summary>What a person wants to know first.</summary>
    public static IEnumerable<string> Summary(PredictResult result)
    {
        ModelDescription about = result.Model.Description;
        if (!result.Model.Classes.IsEmpty)
        {
            foreach (string line in ClassSummary(result))
            {
                yield return line;
            }

            yield break;
        }

        yield return $"Model: {about.Response} by {about.Pretreatment}, {about.Variables}, {about.Model} {about.Setting}; "
            + $"{about.SampleCount} calibration samples from {Figure.Of(about.ResponseMin!.Value)} to "
            + $"{Figure.Of(about.ResponseMax!.Value)}, RMSECV {Figure.Of(about.Rmsecv ?? double.NaN)}.";
        yield return double.IsFinite(result.HalfWidth)
            ? $"Intervals: value ± {Figure.Of(result.HalfWidth)} for {Percent(1 - result.Request.Alpha)} of samples like the calibration's."
            : $"Intervals: none. For {Percent(1 - result.Request.Alpha)} the calibration needs at least "
                + $"{ConformalInterval.GroupsMin(result.Request.Alpha)} independent samples, it has {about.GroupCount}.";
        yield return $"{result.Rows.Length} spectra: {Count(result, Verdict.Ok)} ok, {Count(result, Verdict.Warn)} warn, "
            + $"{Count(result, Verdict.Reject)} reject.";
        foreach (string line in Why(result))
        {
            yield return line;
        }

        if (result.Check is not { } check)
        {
            yield break;
        }

        RegressionMetrics metrics = check.Metrics;
        yield return $"Against the {metrics.Count} references in the file: RMSEP {Figure.Of(metrics.Rmse)}, bias {Figure.Beside(metrics.Bias, metrics.Rmse)} "
            + $"(predicted - reference), SEP {Figure.Beside(metrics.Sep, metrics.Rmse)}, R² {metrics.RSquared.ToString("F4", CultureInfo.InvariantCulture)}.";
        string ok = check.OkCount > 0 ? $"; among those flagged ok {check.OkCovered} of {check.OkCount} "
            + $"({Percent(check.OkCovered / (double)check.OkCount)})" : "";
        yield return $"Intervals hold {check.Covered} of {metrics.Count} references ({Percent(check.Covered / (double)metrics.Count)}), "
            + $"promised {Percent(1 - result.Request.Alpha)}{ok}.";
    }

    private static IEnumerable<string> ClassSummary(PredictResult result)
    {
        ModelDescription about = result.Model.Description;
        yield return $"Model: {about.Response} by {about.Pretreatment}, {about.Variables}, {about.Model} {about.Setting}; "
            + $"{about.SampleCount} calibration samples of {result.Model.Classes.Length} classes, balanced accuracy "
            + $"{ClassText.Share(about.BalancedAccuracy ?? double.NaN)} on held-out ones.";
        yield return "Classes: " + string.Join(", ", result.Model.Classes
            .Select(name => (name, Count: result.Rows.Count(row => row.Class == name)))
            .Where(one => one.Count > 0)
            .OrderByDescending(one => one.Count)
            .Select(one => $"{one.name} ({one.Count})")) + ".";
        yield return $"{result.Rows.Length} spectra: {Count(result, Verdict.Ok)} ok, {Count(result, Verdict.Warn)} warn, "
            + $"{Count(result, Verdict.Reject)} reject.";
        foreach (string line in Why(result))
        {
            yield return line;
        }

        if (result.ClassCheck is { } check)
        {
            yield return $"Against the {check.Count} classes in the file: balanced accuracy {ClassText.Share(check.BalancedAccuracy)}, "
                + $"accuracy {ClassText.Share(check.Accuracy)}, log loss {ClassText.Share(check.LogLoss)}.";
        }
    }

    /// <summary>One line for each check, with the sample that fails it most gravely named first in the file.</summary>
    private static IEnumerable<string> Why(PredictResult result)
    {
        var failed = result.Rows.SelectMany(row => row.Reasons.Select(reason => (row.Id, Reason: reason)));
        foreach (var check in
            failed.GroupBy(one => (one.Reason.Check, one.Reason.Flag)).OrderByDescending(group => group.Key.Flag)
                .ThenBy(group => group.Key.Check, StringComparer.Ordinal))
        {
            (string id, Reason reason) = check.First();
            yield return $"  {Flag(check.Key.Flag)}, {check.Key.Check}: {check.Count()} such as {id}: {reason.Text}.";
        }
    }

    private static string Reasons(PredictionRow row) => string.Join("; ", row.Reasons.Select(reason => reason.Text));

    /// <summary>How many spectra have a flag.</summary>
    internal static int Count(PredictResult result, Verdict flag) => result.Rows.Count(row => row.Flag == flag);

    /// <summary>The word for a flag.</summary>
    internal static string Flag(Verdict flag) => flag switch
    {
        Verdict.Ok => "ok",
        Verdict.Warn => "warn",
        _ => "reject",
    };

    private static string Percent(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
