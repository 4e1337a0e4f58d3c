using System.Text.Json;
using Pipeline.Host.Results;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Prediction;

namespace Pipeline.Host.Prediction;

/// <summary><c>model.json</c> of a saved model, as <see cref="ModelFolder"/> reads it.</summary>
internal static class ModelJson
{
    private const int LineFormatVersion = 1;

    /// <summary>What a model says of itself, and of each of its arrays the shape and the digest.</summary>
    public static byte[] Of(SavedModel model) => JsonText.Bytes(json =>
    {
        json.WriteNumber("formatVersion", model.IsLine ? LineFormatVersion : ModelFolder.FormatVersion);
        json.WriteObject("model", () => Description(json, model.Description));
        json.WriteObjects("arrays", model.Arrays, array => Entry(json, array));
    });

    /// <summary>Every field in the order of <see cref="ModelDescription"/>.</summary>
    internal static void Description(Utf8JsonWriter json, ModelDescription model)
    {
        json.WriteString("response", model.Response);
        if (model.Classes is { } classes)
        {
            json.WriteTexts("classes", classes);
        }

        json.WriteNumber("responseMin", model.ResponseMin);
        json.WriteNumber("responseMax", model.ResponseMax);
        json.WriteString("axisUnit", model.AxisUnit);
        json.WriteString("pretreatment", model.Pretreatment);
        json.WriteNumber("pretreatmentVersion", model.PretreatmentVersion);
        json.WriteString("subset", model.Subset);
        json.WriteString("variables", model.Variables);
        json.WriteString("model", model.Model);
        json.WriteString("setting", model.Setting);
        json.WriteNumber("intercept", model.Intercept);
        json.WriteNumber("sampleCount", model.SampleCount);
        json.WriteNumber("groupCount", model.GroupCount);
        json.WriteNumber("rmsec", model.Rmsec);
        json.WriteNumber("rmsecv", model.Rmsecv);
        WriteKnown(json, "balancedAccuracyOfCalibration", model.BalancedAccuracyOfCalibration);
        WriteKnown(json, "balancedAccuracy", model.BalancedAccuracy);
        WriteKnown(json, "accuracy", model.Accuracy);
        WriteKnown(json, "logLoss", model.LogLoss);
        json.WriteNumber("alpha", model.Alpha);
        json.WriteNumber("halfWidth", model.HalfWidth);
        json.WriteNumber("scoreCount", model.ScoreCount);
        json.WriteNumber("t2Warn", model.T2Warn);
        json.WriteNumber("t2Reject", model.T2Reject);
        json.WriteNumber("qWarn", model.QWarn);
        json.WriteNumber("qReject", model.QReject);
        json.WriteNumber("leverageWarn", model.LeverageWarn);
        json.WriteString("candidateKey", model.CandidateKey);
        json.WriteString("samplesKey", model.SamplesKey);
        json.WriteString("study", model.Study);
        json.WriteString("program", model.Program);
    }

    /// <summary>A number that a model of numbers has no field for.</summary>
    private static void WriteKnown(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
    }

    private static void Entry(Utf8JsonWriter json, NamedArray array)
    {
        json.WriteString("name", array.Name);
        json.WriteStartArray("shape");
        json.WriteNumberValue(array.Values.Rows);
        json.WriteNumberValue(array.Values.Columns);
        json.WriteEndArray();
        json.WriteString("sha256", ModelArrays.Digest(array.Values.Values).ToString());
    }
}
