using System.Text.Json;
using Pipeline.Engine.Identity;
using Pipeline.Host.Results;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Runs;

/// <summary>What a run is about, as its row in the state keeps it for those who ask later.</summary>
/// <param name="Response">The response.</param>
/// <param name="Data">Where the data came from: a file, or a dataset of the daemon.</param>
/// <param name="DataDigest">SHA-256 of the file, or what names the state of the dataset.</param>
/// <param name="Samples">Key of the samples: spectra, references and groups.</param>
/// <param name="Spectra">Key of the spectra alone.</param>
/// <param name="SampleCount">How many samples.</param>
/// <param name="VariableCount">How many variables.</param>
/// <param name="GroupCount">How many groups of samples that belong together.</param>
/// <param name="FoldScheme">The fold scheme with its seed.</param>
/// <param name="FoldCount">How many folds.</param>
/// <param name="Folds">Key of the folds.</param>
public sealed record RunAbout(
    string Response,
    string Data,
    string DataDigest,
    string Samples,
    string Spectra,
    int SampleCount,
    int VariableCount,
    int GroupCount,
    string FoldScheme,
    int FoldCount,
    string Folds)
{
    /// <summary>The classes of the response; null for numbers, and for runs of earlier versions.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Of searches beside the study's own, what each is, by the key of its samples; null where there are none.</summary>
    public IReadOnlyDictionary<string, string>? Judging { get; init; }

    /// <summary>The whole study; null for runs of earlier versions.</summary>
    public JsonElement? Study { get; init; }

    private static readonly JsonSerializerOptions Reading = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>What a planned search is about.</summary>
    public static RunAbout Of(PreparedRun prepared)
    {
        ArgumentNullException.ThrowIfNull(prepared);
        CalibrationManifest samples = prepared.Plan.Manifest;
        return new RunAbout(
            samples.Response,
            Path.GetFullPath(prepared.Request.DataPath),
            prepared.DataDigest.ToString(),
            samples.Key.ToString(),
            samples.SpectraKey.ToString(),
            samples.SampleCount,
            samples.Axis.Count,
            samples.GroupCount,
            prepared.Plan.FoldScheme,
            prepared.Plan.Folds.Count,
            prepared.Plan.FoldsKey.ToString())
        {
            Classes = samples.Classes.IsEmpty ? null : samples.Classes,
            Study = JsonElement.Parse(StudyFile.Write(prepared.Bound.Study)),
            Judging = prepared.Judging.Outer is { } outer
                ? outer.Searches.ToDictionary(one => one.Search.Plan.Manifest.Key.ToString(), one => one.Search.Title)
                : null,
        };
    }

    /// <summary>What the search of some samples is to the study, where it is not the study's own; else null.</summary>
    public string? RoleOf(Fingerprint samples) => Judging?.GetValueOrDefault(samples.ToString());

    /// <summary>As it is kept.</summary>
    public string ToJson() => JsonText.Line(WriteTo);

    /// <summary>What was kept, or null where another version of the program has kept it otherwise.</summary>
    public static RunAbout? FromJson(string json)
    {
        // Shown to people only: what cannot be read is left out.
        try
        {
            return JsonSerializer.Deserialize<RunAbout>(json, Reading);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Every part by name, the study's fields too, to be compared one by one.</summary>
    public IReadOnlyList<FingerprintField> Fields() =>
    [
        .. FieldsOf("", JsonElement.Parse((this with { Study = null }).ToJson())),
        .. Study is { } study ? FieldsOf("study.", study) : [],
    ];

    /// <summary>Writes every part that is known as a field of JSON.</summary>
    internal void WriteTo(Utf8JsonWriter json)
    {
        json.WriteString("response", Response);
        json.WriteString("data", Data);
        json.WriteString("dataDigest", DataDigest);
        json.WriteString("samples", Samples);
        json.WriteString("spectra", Spectra);
        json.WriteNumber("sampleCount", SampleCount);
        json.WriteNumber("variableCount", VariableCount);
        json.WriteNumber("groupCount", GroupCount);
        json.WriteString("foldScheme", FoldScheme);
        json.WriteNumber("foldCount", FoldCount);
        json.WriteString("folds", Folds);
        if (Classes is { } classes)
        {
            json.WriteTexts("classes", classes);
        }

        if (Judging is { } judging)
        {
            json.WriteTexts("judging", judging);
        }

        if (Study is { } study)
        {
            json.WritePropertyName("study");
            study.WriteTo(json);
        }
    }

    private static IEnumerable<FingerprintField> FieldsOf(string prefix, JsonElement parts) => parts.EnumerateObject()
        .Select(part => new FingerprintField(prefix + part.Name, part.Value.ToString(), part.Value.ValueKind == JsonValueKind.Number ? "integer" : "text"));
}
