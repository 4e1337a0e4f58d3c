using System.Text.Json;
using Pipeline.Host.Results;
using Pipeline.Stages.Prediction;

namespace Pipeline.Host.Prediction;

/// <summary>Predicted spectra as JSON, for programs.</summary>
internal static class PredictedJson
{
    /// <summary>Raised by one whenever a field changes its name or meaning.</summary>
    private const int FormatVersion = 1;

    /// <summary>The model, its limits, and every spectrum in the order of the file.</summary>
    public static string Of(PredictResult result) => JsonText.Of(json => Document(json, result));

    private static void Document(Utf8JsonWriter json, PredictResult result)
    {
        bool isOfClasses = !result.Model.Classes.IsEmpty;
        json.WriteNumber("formatVersion", FormatVersion);
        json.WriteObject("model", () => Model(json, result));
        if (isOfClasses)
        {
            json.WriteTexts("classes", result.Model.Classes);
        }
        else
        {
            json.WriteNumber("alpha", result.Request.Alpha);
            json.WriteFinite("halfWidth", result.HalfWidth);
        }

        json.WriteObject("limits", () => Limits(json, result.Model.Scores.Limits));
        json.WriteObject("counts", () =>
        {
            json.WriteNumber("ok", PredictedText.Count(result, Verdict.Ok));
            json.WriteNumber("warn", PredictedText.Count(result, Verdict.Warn));
            json.WriteNumber("reject", PredictedText.Count(result, Verdict.Reject));
        });
        json.WriteObject("reference", Reference(json, result));
        json.WriteObjects("samples", result.Rows, row => Sample(json, row, isOfClasses));
    }

    private static void Model(Utf8JsonWriter json, PredictResult result)
    {
        ModelDescription about = result.Model.Description;
        json.WriteString("name", result.ModelName);
        json.WriteString("response", about.Response);
        json.WriteString("key", about.CandidateKey);
        json.WriteString("samplesKey", about.SamplesKey);
        json.WriteString("program", about.Program);
    }

    private static void Limits(Utf8JsonWriter json, ScoreLimits limits)
    {
        json.WriteFinite("t2Warn", limits.T2Warn);
        json.WriteFinite("t2Reject", limits.T2Reject);
        json.WriteFinite("qWarn", limits.QWarn);
        json.WriteFinite("qReject", limits.QReject);
        json.WriteFinite("leverageWarn", limits.LeverageWarn);
    }

    /// <summary>What writes how well references in the file are met; null where it has none.</summary>
    private static Action? Reference(Utf8JsonWriter json, PredictResult result) => result switch
    {
        { ClassCheck: { } classes } => () => MetricsJson.CountedClasses(json, classes),
        { Check: { } numbers } => () => NumberReference(json, numbers),
        _ => null,
    };

    private static void NumberReference(Utf8JsonWriter json, ReferenceCheck check)
    {
        json.WriteNumber("samples", check.Metrics.Count);
        json.WriteFinite("rmsep", check.Metrics.Rmse);
        json.WriteFinite("bias", check.Metrics.Bias);
        json.WriteFinite("sep", check.Metrics.Sep);
        json.WriteFinite("r2", check.Metrics.RSquared);
        json.WriteNumber("covered", check.Covered);
        json.WriteNumber("ok", check.OkCount);
        json.WriteNumber("okCovered", check.OkCovered);
    }

    private static void Sample(Utf8JsonWriter json, PredictionRow row, bool isOfClasses)
    {
        json.WriteString("id", row.Id);
        if (isOfClasses)
        {
            json.WriteString("class", row.Class);
            json.WriteNumbers("probabilities", row.Probabilities.AsSpan());
        }
        else
        {
            json.WriteFinite("value", row.Value);
            json.WriteFinite("lower", row.Lower);
            json.WriteFinite("upper", row.Upper);
        }

        json.WriteFinite("t2", row.Distance.T2);
        json.WriteFinite("q", row.Distance.Q);
        json.WriteFinite("leverage", row.Distance.Leverage);
        json.WriteString("flag", PredictedText.Flag(row.Flag));
        json.WriteTexts("reasons", row.Reasons.Select(reason => reason.Text));
    }
}
