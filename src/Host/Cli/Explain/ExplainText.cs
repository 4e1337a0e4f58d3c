using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Host.Runs;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Cli.Explain;

/// <summary>Why a result exists, as text.</summary>
internal static class ExplainText
{
    /// <summary>All that is known of a key.</summary>
    public static IEnumerable<string> Lines(FoundKey found)
    {
        yield return $"{found.Key}";
        yield return found.Title;
        if (found.Kind == KeyKind.Candidate)
        {
            yield return $"computed with its unit {found.UnitKey}";
        }

        if (found.Role is { } role)
        {
            yield return $"for the nested estimate of the study: the search {role}, whose samples are some of those below";
        }

        if (found.IsOfNull)
        {
            yield return "for the permutation null of the study: the same work on shuffled responses";
        }

        if (found.IsOfRepeat)
        {
            yield return "for the repeats of the study: the same search with another division of its samples";
        }

        IEnumerable<string> parts = Row(found).Concat(Origin(found)).Concat(Inputs(found.About)).Concat(Methods(found))
            .Concat(Shared(found)).Concat(Computed(found));
        foreach (string line in parts.Concat(found.Uses.SelectMany(use => Run(found, use))))
        {
            yield return line;
        }

        if (!found.Disputed.IsEmpty)
        {
            yield return "";
            yield return "WARNING: the same work has given other results, so it is not deterministic; the first one counts. Please report this.";
            foreach (Fingerprint digest in found.Disputed)
            {
                yield return $"  other digest   {digest}";
            }
        }

        if (found.Fields is { } fields)
        {
            yield return "";
            yield return "The key is made of:";
            foreach (FingerprintField field in fields.Fields)
            {
                yield return $"  {field.Name,-15} {field.Value}";
            }
        }
    }

    /// <summary>How two keys differ.</summary>
    public static IEnumerable<string> Difference(FoundKey first, FoundKey second, KeyDifference difference)
    {
        yield return $"one:       {first.Key.ToShortString()}  {first.Title}";
        yield return $"the other: {second.Key.ToShortString()}  {second.Title}";
        yield return "";
        yield return difference.IsEqual ? "They are the same." : "They differ in:";
        foreach (FingerprintDifference one in difference.Fields)
        {
            yield return $"  {one}";
        }

        foreach (string note in difference.Notes)
        {
            yield return $"  {note}";
        }

        if (!difference.Inputs.IsEmpty)
        {
            yield return "";
            yield return "Their runs differ in:";
            foreach (FingerprintDifference one in difference.Inputs)
            {
                yield return $"  {one}";
            }
        }
    }

    private static IEnumerable<string> Row(FoundKey found)
    {
        if (found.Kind != KeyKind.Candidate || !found.IsOfOwnSearch)
        {
            return [];
        }

        return
        [
            "",
            "Row of the leaderboard",
            .. found.Row is { } row ? row.Lines() : ["  not known: the run is not complete, or its results are gone from where they were written"],
        ];
    }

    private static IEnumerable<string> Origin(FoundKey found) => found.Origin is { IsEmpty: false } fields
        ? ["", "Made by the study's fields", .. fields.Select(field => $"  {field.Name,-17} {field.Value}")]
        : [];

    private static IEnumerable<string> Shared(FoundKey found)
    {
        if (found.Description is not { } unit)
        {
            yield break;
        }

        yield return "";
        yield return "Shared work";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"  one computation answers {Many(unit.Candidates.Length, "candidate")}: {Many(unit.Subsets.Length, "choice")} of variables, "
                + $"{Many(unit.Settings.Length, "setting")}");
        yield return string.Create(CultureInfo.InvariantCulture, $"  spectra after {unit.Chain} serve {Many(found.ChainUnitCount, "unit")} of the run");
    }

    private static string Many(int count, string one) => string.Create(CultureInfo.InvariantCulture, $"{count} {one}{(count == 1 ? "" : "s")}");

    private static IEnumerable<string> Inputs(RunAbout? about)
    {
        if (about is null)
        {
            yield break;
        }

        yield return "";
        yield return "Inputs";
        yield return $"  data           {about.Data}";
        yield return $"  data digest    {about.DataDigest}";
        yield return $"  samples        {about.Samples}";
        yield return $"                 {about.SampleCount} samples in {about.GroupCount} groups x {about.VariableCount} variables, response {about.Response}";
        if (about.Classes is { } classes)
        {
            yield return $"                 classes {string.Join(", ", classes)}";
        }

        yield return $"  folds          {about.Folds}";
        yield return $"                 {about.FoldScheme}, {about.FoldCount} folds";
    }

    private static IEnumerable<string> Methods(FoundKey found)
    {
        if (found.Description is not { } unit)
        {
            yield break;
        }

        yield return "";
        yield return "Methods";
        IEnumerable<DescribedMethod> subsets = found.Place is var (subset, _) ? [unit.Subsets[subset]] : unit.Subsets;
        yield return $"  pretreatment   {(unit.Steps.IsEmpty ? "raw" : Versions(unit.Steps))}";
        yield return $"  variables      {Versions(subsets)}";
        yield return $"  model          {Versions([unit.Family])}";
        string[] forms = [.. (found.Place is var (formOf, _) ? [unit.Forms[formOf]] : unit.Forms).Where(form => form.Length > 0).Distinct()];
        if (forms.Length > 0)
        {
            yield return $"  form           {string.Join(", ", forms)}";
        }

        yield return found.Place is var (_, setting)
            ? $"  setting        {unit.Settings[setting].Text}"
            : $"  settings       {unit.Settings[0].Text} to {unit.Settings[^1].Text}, {unit.Candidates.Length} candidates in all";
    }

    private static IEnumerable<string> Computed(FoundKey found)
    {
        if (found.Result is not { } result)
        {
            yield break;
        }

        yield return "";
        yield return "Computed";
        yield return $"  when           {Time(result.Time)}";
        yield return $"  by             pipeline {result.Program}, start {result.Epoch} on this folder";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"  took           {Figure.Of(result.Seconds)} s for {found.Description?.Candidates.Length ?? 0} candidates");
        yield return $"  digest         {result.Digest}";
        yield return $"                 {ByteSize.Format(result.LengthBytes)}{(result.IsFile ? ", in a file of results/" : "")}";
    }

    private static IEnumerable<string> Run(FoundKey found, RunUse use)
    {
        RecordedRun run = use.Run;
        yield return "";
        yield return $"Run {run.Key.ToShortString()} of {run.Study}";
        string end = run.Ended is { } ended ? $"{Word(run.State)} {Time(ended)}" : "not ended";
        yield return $"  begun          {Time(run.Begun)}, {end}; {run.EndedUnits} of {run.UnitCount} units have their outcome";
        if (run.Detail.Length > 0)
        {
            yield return $"  outcome        {run.Detail}";
        }

        if (use.Unit is { } unit)
        {
            string kept = found.Result is { } result && use.IsKept(result) ? "; kept from before this run was begun last" : "";
            yield return $"  this unit      {Word(unit.State)}{kept}";
            yield return $"  trouble        stopped its flow {unit.Attempts} times; a process ended while it was computed {unit.Deaths} times";
            if (unit.Failure is { } failure)
            {
                yield return $"  failure        {failure}";
            }
        }
    }

    private static string Versions(IEnumerable<DescribedMethod> methods) =>
        string.Join("; ", methods.Select(method => string.Create(CultureInfo.InvariantCulture, $"{method.Notation} (version {method.Version})")));

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>The word for a state of a unit.</summary>
    public static string Word(UnitState state) => state switch
    {
        UnitState.Waiting => "waiting",
        UnitState.Running => "being computed",
        UnitState.Done => "done",
        UnitState.Failed => "failed",
        _ => "given up",
    };

    /// <summary>The word for a state of a run.</summary>
    public static string Word(RunState state) => state switch
    {
        RunState.Running => "running or interrupted",
        RunState.Completed => "completed",
        _ => "refused",
    };
}
