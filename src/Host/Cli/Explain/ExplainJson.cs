using System.Collections.Immutable;
using System.Text.Json;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Host.Results;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Cli.Explain;

/// <summary>Why a result exists, as JSON.</summary>
internal static class ExplainJson
{
    /// <summary>All that is known of a key.</summary>
    public static string Of(FoundKey found) => JsonText.Of(json => Key(json, found));

    /// <summary>Two keys and how they differ.</summary>
    public static string Of(FoundKey first, FoundKey second, KeyDifference difference) => JsonText.Of(json =>
    {
        json.WriteObject("one", () => Key(json, first));
        json.WriteObject("other", () => Key(json, second));
        json.WriteBoolean("isEqual", difference.IsEqual);
        json.WriteObjects("fields", difference.Fields, one => Difference(json, one));
        json.WriteTexts("notes", difference.Notes);
        json.WriteObjects("inputs", difference.Inputs, one => Difference(json, one));
    });

    private static void Key(Utf8JsonWriter json, FoundKey found)
    {
        json.WriteString("key", found.Key.ToString());
        json.WriteString("kind", found.Kind.ToString().ToLowerInvariant());
        json.WriteString("title", found.Title);
        json.WriteString(
            "role", found.Role ?? (found.IsOfNull ? "on shuffled responses" : found.IsOfRepeat ? "with another division of the samples" : null));
        json.WriteObject("row", found.Row is { } placed ? () => Row(json, placed) : null);
        json.WriteObjects("study", found.Origin, field =>
        {
            json.WriteString("name", field.Name);
            json.WriteString("value", field.Value);
        });
        json.WriteString("unit", found.UnitKey?.ToString());
        json.WriteObject("inputs", found.About is { } about ? () => about.WriteTo(json) : null);
        json.WriteObject("methods", found.Description is { } unit ? () => Methods(json, unit, found.Place) : null);
        json.WriteObject("shared", found.Description is { } whole ? () => Shared(json, found, whole) : null);
        json.WriteObject("computed", found.Result is { } result ? () => Computed(json, result) : null);
        json.WriteObjects("runs", found.Uses, use => Run(json, found, use));
        json.WriteTexts("disputed", found.Disputed.Select(digest => digest.ToString()));
        json.WriteObjects("fields", found.Fields?.Fields, field =>
        {
            json.WriteString("name", field.Name);
            json.WriteString("value", field.Value);
            json.WriteString("type", field.Type);
        });
    }

    private static void Row(Utf8JsonWriter json, BoardRow row)
    {
        json.WriteString("file", row.Path);
        json.WriteNumber("ranked", row.RankedCount);
        json.WriteTexts("cells", row.Cells);
    }

    private static void Methods(Utf8JsonWriter json, UnitDescription unit, (int Subset, int Setting)? place)
    {
        ImmutableArray<DescribedMethod> subsets = place is var (subset, _) ? [unit.Subsets[subset]] : unit.Subsets;
        ImmutableArray<string> forms = place is var (form, _) ? [unit.Forms[form]] : unit.Forms;
        ImmutableArray<DescribedSetting> settings = place is var (_, setting) ? [unit.Settings[setting]] : unit.Settings;
        json.WriteString("pretreatment", unit.Chain);
        json.WriteObjects("steps", unit.Steps, step => Method(json, step));
        json.WriteObjects("subsets", subsets, one => Method(json, one));
        json.WriteObject("model", () => Method(json, unit.Family));
        json.WriteTexts("forms", forms.Distinct().Where(one => one.Length > 0));
        json.WriteObjects("settings", settings, one =>
        {
            json.WriteString("text", one.Text);
            json.WriteString("name", one.Name);
            json.WriteNumber("value", one.Value);
        });
        json.WriteNumber("candidates", place is null ? unit.Candidates.Length : 1);
    }

    private static void Method(Utf8JsonWriter json, DescribedMethod method)
    {
        json.WriteString("notation", method.Notation);
        json.WriteNumber("version", method.Version);
    }

    private static void Shared(Utf8JsonWriter json, FoundKey found, UnitDescription unit)
    {
        json.WriteNumber("candidates", unit.Candidates.Length);
        json.WriteNumber("subsets", unit.Subsets.Length);
        json.WriteNumber("settings", unit.Settings.Length);
        json.WriteNumber("unitsOfTheChain", found.ChainUnitCount);
    }

    private static void Computed(Utf8JsonWriter json, RecordedResult result)
    {
        json.WriteString("time", result.Time);
        json.WriteString("program", result.Program);
        json.WriteNumber("start", result.Epoch);
        json.WriteNumber("seconds", result.Seconds);
        json.WriteString("digest", result.Digest.ToString());
        json.WriteNumber("lengthBytes", result.LengthBytes);
        json.WriteBoolean("isFile", result.IsFile);
    }

    private static void Run(Utf8JsonWriter json, FoundKey found, RunUse use)
    {
        RecordedRun run = use.Run;
        json.WriteString("key", run.Key.ToString());
        json.WriteString("study", run.Study);
        json.WriteString("state", ExplainText.Word(run.State));
        json.WriteString("begun", run.Begun);
        json.WriteString("ended", run.Ended);
        json.WriteNumber("unitCount", run.UnitCount);
        json.WriteNumber("endedUnits", run.EndedUnits);
        json.WriteString("detail", run.Detail);
        json.WriteObject("unit", use.Unit is { } unit ? () => Unit(json, unit, found.Result is { } kept && use.IsKept(kept)) : null);
    }

    private static void Unit(Utf8JsonWriter json, RecordedUnit unit, bool isKept)
    {
        json.WriteString("state", ExplainText.Word(unit.State));
        json.WriteBoolean("isKept", isKept);
        json.WriteNumber("attempts", unit.Attempts);
        json.WriteNumber("deaths", unit.Deaths);
        json.WriteString("failure", unit.Failure);
    }

    private static void Difference(Utf8JsonWriter json, FingerprintDifference one)
    {
        json.WriteString("name", one.Name);
        json.WriteNumber("number", one.Number);
        json.WriteString("one", one.First?.Value);
        json.WriteString("other", one.Second?.Value);
    }
}
