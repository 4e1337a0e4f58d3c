using System.Collections.Immutable;
using System.Text.Json;
using Pipeline.Engine.Identity;

namespace Pipeline.Stages.Calibration;

/// <summary>What a unit is in names, versions and keys: enough to make its key again, and the keys of its candidates.</summary>
/// <remarks>
/// The planner takes the keys from here and the state keeps the JSON, so that whoever asks later why a result exists sees
/// exactly what its key was made of. Only what is in keys is in a description.
/// </remarks>
/// <param name="Samples">Key of the samples.</param>
/// <param name="Steps">The pretreatments, in order.</param>
/// <param name="Folds">Key of the folds.</param>
/// <param name="Family">The family.</param>
/// <param name="Subsets">The variable subsets.</param>
/// <param name="Forms">The form in which each subset is computed; an empty text where the family has one alone.</param>
/// <param name="Settings">The settings.</param>
/// <param name="Candidates">Which pairs of a subset and a setting are tried, by their 0-based places.</param>
/// <param name="CellsVersion">The version of the result's bytes.</param>
public sealed record UnitDescription(
    Fingerprint Samples,
    ImmutableArray<DescribedMethod> Steps,
    Fingerprint Folds,
    DescribedMethod Family,
    ImmutableArray<DescribedMethod> Subsets,
    ImmutableArray<string> Forms,
    ImmutableArray<DescribedSetting> Settings,
    ImmutableArray<(int Subset, int Setting)> Candidates,
    int CellsVersion)
{
    private const int CandidateVersion = 1;
    private const int UnitVersion = 1;
    private const int JsonVersion = 2;

    /// <summary>The chain as people write it.</summary>
    public string Chain => Steps.IsEmpty ? "raw" : string.Join(" + ", Steps.Select(step => step.Notation));

    /// <summary>What the key of a candidate is made of.</summary>
    public FingerprintBuilder CandidateFields(int subset, int setting)
    {
        DescribedSetting one = Settings[setting];
        FingerprintBuilder fields = Common(new FingerprintBuilder("candidate", CandidateVersion))
            .Add("subset", Subsets[subset].Notation)
            .Add("subset version", Subsets[subset].Version)
            .Add("family", Family.Notation)
            .Add("family version", Family.Version);
        if (Forms[subset].Length > 0)
        {
            fields.Add("form", Forms[subset]);
        }

        return fields.Add("setting", one.Text).Add(one.Name, one.Value);
    }

    /// <summary>What the key of the unit is made of.</summary>
    /// <param name="candidateKeys">The keys of the candidates, in order; made anew where they are not at hand.</param>
    public FingerprintBuilder UnitFields(IEnumerable<Fingerprint>? candidateKeys = null)
    {
        candidateKeys ??= Candidates.Select(one => CandidateFields(one.Subset, one.Setting).ToFingerprint());
        return Common(new FingerprintBuilder("cross-validate", UnitVersion))
            .Add("family", Family.Notation)
            .Add("family version", Family.Version)
            .Add("cells", CellsVersion)
            .Add("candidates", candidateKeys.Select(key => key.ToString()));
    }

    /// <summary>The description as JSON.</summary>
    public byte[] ToJson()
    {
        // Written by hand and without line ends: one is written for each unit, and a unit may take a millisecond.
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(512 + (40 * Settings.Length));
        JsonWriterOptions options = new()
        {
            SkipValidation = true,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            json.WriteStartObject();
            json.WriteNumber("format", JsonVersion);
            json.WriteString("samples", Samples.ToString());
            Write(json, "steps", Steps);
            json.WriteString("folds", Folds.ToString());
            Write(json, "family", [Family]);
            json.WriteNumber("cells", CellsVersion);
            Write(json, "subsets", Subsets);
            json.WriteStartArray("forms");
            foreach (string form in Forms)
            {
                json.WriteStringValue(form);
            }

            json.WriteEndArray();
            json.WriteStartArray("settings");
            foreach (DescribedSetting setting in Settings)
            {
                json.WriteStringValue(setting.Text);
                json.WriteStringValue(setting.Name);
                json.WriteNumberValue(setting.Value);
            }

            json.WriteEndArray();

            // A subset is nearly always tried with all settings, or with all up to one.
            json.WriteStartArray("candidates");
            for (int i = 0; i < Candidates.Length;)
            {
                int count = 1;
                while (i + count < Candidates.Length && Candidates[i + count] == (Candidates[i].Subset, Candidates[i].Setting + count))
                {
                    count++;
                }

                json.WriteNumberValue(Candidates[i].Subset);
                json.WriteNumberValue(Candidates[i].Setting);
                json.WriteNumberValue(count);
                i += count;
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The description of some JSON, or null where it is of another version.</summary>
    public static UnitDescription? FromJson(ReadOnlyMemory<byte> bytes)
    {
        // What is no JSON, or lacks a part, comes from another version of the program: then nothing is said instead of something false.
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            if (root.GetProperty("format").GetInt32() != JsonVersion
                || !Fingerprint.TryParse(root.GetProperty("samples").GetString(), out Fingerprint samples)
                || !Fingerprint.TryParse(root.GetProperty("folds").GetString(), out Fingerprint folds))
            {
                return null;
            }

            JsonElement[] settings = [.. root.GetProperty("settings").EnumerateArray()];
            int[] candidates = [.. root.GetProperty("candidates").EnumerateArray().Select(number => number.GetInt32())];
            return new UnitDescription(
                samples,
                Methods(root, "steps"),
                folds,
                Methods(root, "family")[0],
                Methods(root, "subsets"),
                [.. root.GetProperty("forms").EnumerateArray().Select(form => form.GetString()!)],
                [.. settings.Chunk(3).Select(one => new DescribedSetting(one[0].GetString()!, one[1].GetString()!, one[2].GetDouble()))],
                [.. candidates.Chunk(3).SelectMany(one => Enumerable.Range(one[1], one[2]).Select(setting => (one[0], setting)))],
                root.GetProperty("cells").GetInt32());
        }
        catch (Exception other) when (
            other is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException or FormatException)
        {
            return null;
        }
    }

    private FingerprintBuilder Common(FingerprintBuilder builder)
    {
        builder.Add("samples", Samples).Add("steps", Steps.Length);
        foreach (DescribedMethod step in Steps)
        {
            builder.Add("step", step.Notation).Add("step version", step.Version);
        }

        return builder.Add("folds", Folds);
    }

    private static void Write(Utf8JsonWriter json, string name, ImmutableArray<DescribedMethod> methods)
    {
        json.WriteStartArray(name);
        foreach (DescribedMethod method in methods)
        {
            json.WriteStringValue(method.Notation);
            json.WriteNumberValue(method.Version);
        }

        json.WriteEndArray();
    }

    private static ImmutableArray<DescribedMethod> Methods(JsonElement root, string name) =>
        [.. root.GetProperty(name).EnumerateArray().Chunk(2).Select(one => new DescribedMethod(one[0].GetString()!, one[1].GetInt32()))];
}

/// <summary>A method as it stands in keys.</summary>
/// <param name="Notation">Its name with every parameter that matters.</param>
/// <param name="Version">The version of its numbers.</param>
public sealed record DescribedMethod(string Notation, int Version);

/// <summary>A setting as it stands in keys.</summary>
/// <param name="Text">As people write it.</param>
/// <param name="Name">The setting's name in the study.</param>
/// <param name="Value">Its value.</param>
public sealed record DescribedSetting(string Text, string Name, double Value);
