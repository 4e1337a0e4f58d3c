using System.Collections.Immutable;
using System.Text.Json;

namespace Pipeline.Stages.Calibration;

/// <summary>A field of a study's JSON: how it is read and how it is written.</summary>
/// <remarks>Spelt out instead of found by reflection, which has hundreds of methods compiled before the first study is read.</remarks>
internal abstract class StudyFileField
{
    /// <summary>All fields in the order in which they are written.</summary>
    public static readonly ImmutableArray<StudyFileField> All =
    [
        new TextField("profile", isWrittenAlways: false, study => study.Profile, (study, value) => study with { Profile = value }),
        new TextField("response", isWrittenAlways: true, study => study.Response, (study, value) => study with { Response = value }),
        new TextField("task", isWrittenAlways: false, study => study.Task, (study, value) => study with { Task = value }),
        new TextField("metric", isWrittenAlways: false, study => study.Metric, (study, value) => study with { Metric = value }),
        new TextField("group", isWrittenAlways: true, study => study.Group, (study, value) => study with { Group = value }),
        new ListField("pretreatments", study => study.Pretreatments, (study, value) => study with { Pretreatments = value }),
        new ListField("models", study => study.Models, (study, value) => study with { Models = value }),
        new ListField("subsets", study => study.Subsets, (study, value) => study with { Subsets = value }),
        new NotationField("folds", study => study.Folds, (study, value) => study with { Folds = value }),
        new TextField("holdout", isWrittenAlways: false, study => study.Holdout, (study, value) => study with { Holdout = value }),
        new CountField("predictions", study => study.Predictions, (study, value) => study with { Predictions = value }),
        new NumberField("lambda", study => study.Lambda, (study, value) => study with { Lambda = value }),
        new CountField("nested", study => study.Nested, (study, value) => study with { Nested = value }),
        new CountField("permutations", study => study.Permutations, (study, value) => study with { Permutations = value }),
        new CountField("repeats", study => study.Repeats, (study, value) => study with { Repeats = value }),
        new CountField("bootstrap", study => study.Bootstrap, (study, value) => study with { Bootstrap = value }),
    ];

    private StudyFileField(string name, string kind)
    {
        Name = name;
        Kind = kind;
    }

    /// <summary>The field's name in JSON.</summary>
    public string Name { get; }

    /// <summary>What it holds, for messages.</summary>
    public string Kind { get; }

    /// <summary>The study with the value that the reader stands at; null, with the reader at what is wrong, where that is of another kind.</summary>
    public abstract Study? Read(ref Utf8JsonReader json, Study study);

    /// <summary>Writes name and value.</summary>
    public abstract void Write(Utf8JsonWriter json, Study study);

    /// <summary>A text, or null where nothing is said.</summary>
    private sealed class TextField(string name, bool isWrittenAlways, Func<Study, string?> get, Func<Study, string?, Study> with)
        : StudyFileField(name, "a text, or null")
    {
        public override Study? Read(ref Utf8JsonReader json, Study study) =>
            json.TokenType is JsonTokenType.String or JsonTokenType.Null ? with(study, json.GetString()) : null;

        public override void Write(Utf8JsonWriter json, Study study)
        {
            if (isWrittenAlways || get(study) is not null)
            {
                json.WriteString(Name, get(study));
            }
        }
    }

    /// <summary>A text that says something.</summary>
    private sealed class NotationField(string name, Func<Study, string> get, Func<Study, string, Study> with)
        : StudyFileField(name, "a text")
    {
        public override Study? Read(ref Utf8JsonReader json, Study study) =>
            json.TokenType == JsonTokenType.String ? with(study, json.GetString()!) : null;

        public override void Write(Utf8JsonWriter json, Study study) => json.WriteString(Name, get(study));
    }

    /// <summary>Several of them.</summary>
    private sealed class ListField(string name, Func<Study, ImmutableArray<string>> get, Func<Study, ImmutableArray<string>, Study> with)
        : StudyFileField(name, "a list of texts")
    {
        public override Study? Read(ref Utf8JsonReader json, Study study)
        {
            if (json.TokenType != JsonTokenType.StartArray)
            {
                return null;
            }

            var values = new List<string>();
            while (json.Read() && json.TokenType == JsonTokenType.String)
            {
                values.Add(json.GetString()!);
            }

            return json.TokenType == JsonTokenType.EndArray ? with(study, [.. values]) : null;
        }

        public override void Write(Utf8JsonWriter json, Study study)
        {
            json.WriteStartArray(Name);
            foreach (string value in get(study))
            {
                json.WriteStringValue(value);
            }

            json.WriteEndArray();
        }
    }

    /// <summary>A count.</summary>
    private sealed class CountField(string name, Func<Study, int> get, Func<Study, int, Study> with)
        : StudyFileField(name, "a whole number up to 2147483647")
    {
        public override Study? Read(ref Utf8JsonReader json, Study study) =>
            json.TokenType == JsonTokenType.Number && json.TryGetInt32(out int value) ? with(study, value) : null;

        public override void Write(Utf8JsonWriter json, Study study) => json.WriteNumber(Name, get(study));
    }

    /// <summary>A number.</summary>
    private sealed class NumberField(string name, Func<Study, double> get, Func<Study, double, Study> with)
        : StudyFileField(name, "a number")
    {
        public override Study? Read(ref Utf8JsonReader json, Study study) =>
            json.TokenType == JsonTokenType.Number && json.TryGetDouble(out double value) && double.IsFinite(value) ? with(study, value) : null;

        public override void Write(Utf8JsonWriter json, Study study) => json.WriteNumber(Name, get(study));
    }
}
