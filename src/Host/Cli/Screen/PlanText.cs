using System.Globalization;
using Pipeline.Engine;
using Pipeline.Host.Runs;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Cli.Screen;

/// <summary>What was read and what will be done, as text.</summary>
internal static class PlanText
{
    private const int NotesMax = 6;
    private const int ClassesMax = 12;

    /// <summary>Writes the reader's report, the samples and the plan.</summary>
    public static void Write(TextWriter screen, PreparedRun prepared)
    {
        screen.WriteLine(prepared.Report.ToText().TrimEnd());
        CalibrationManifest samples = prepared.Bound.Set.Manifest;
        string groups = samples.GroupCount < samples.SampleCount ? $" in {samples.GroupCount} groups" : "";
        int tests = prepared.Test?.Ids.Length ?? 0;
        int others = prepared.Report.SampleCount - samples.SampleCount - tests;
        screen.WriteLine($"Study: {samples.Response}, {samples.SampleCount} calibration samples{groups}"
            + (prepared.Test is null ? "" : $", {tests} test samples")
            + (others > 0 ? $"; {others} take no part." : "."));
        if (!samples.Classes.IsEmpty)
        {
            string counts = string.Join(
                ", ", samples.Classes.Take(ClassesMax).Select((name, place) => $"{name} ({samples.Strata.Count(own => own == place)})"));
            screen.WriteLine($"Classes: {counts}{(samples.Classes.Length > ClassesMax ? $" and {samples.Classes.Length - ClassesMax} more" : "")}.");
        }

        if (prepared.Request.SplitPath is not null && prepared.Test is null)
        {
            screen.WriteLine($"No test sample has a value of {samples.Response}; nothing is tested.");
        }

        if (prepared.Bound.IdenticalSpectra.Length > 0)
        {
            screen.WriteLine($"Identical spectra: {prepared.Bound.IdenticalSpectra.Length} sets (such as "
                + $"{string.Join(" = ", prepared.Bound.IdenticalSpectra[0])}); "
                + "each set stays in one fold.");
        }

        if (prepared.Bound.NearSpectra.Length > 0)
        {
            screen.WriteLine($"Nearly identical spectra: {prepared.Bound.NearSpectra.Length} sets (such as "
                + $"{string.Join(" = ", prepared.Bound.NearSpectra[0])}); "
                + "each set stays in one fold.");
        }

        if (prepared.HoldOut is { Scheme: var scheme })
        {
            screen.WriteLine($"Test samples by {scheme.Notation}. {scheme.Meaning}");
        }

        StudyPlan plan = prepared.Plan;
        CalibrationUnit[] units = [.. plan.Units.Values];
        screen.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Plan: {Figure.Count(plan.CandidateCount)} candidates = {units.Select(unit => unit.Chain.Notation).Distinct().Count()} pretreatments x "
            + $"{string.Join(", ", units.SelectMany(unit => unit.Subsets).Select(subset => subset.Notation).Distinct())} x "
            + $"{string.Join(", ", units.Select(unit => unit.Family.Name).Distinct().Order(StringComparer.Ordinal))} with all settings."));
        screen.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"      {plan.Units.Count} pieces of shared work, folds {plan.FoldScheme}; {plan.Work.SharedNeedCount} of {plan.Work.NeedCount} inputs are shared; "
            + $"about {plan.Work.CpuSeconds:0.#} s of processor time, at most {ByteSize.Format(plan.Work.PeakBytesMax)} each."));
        if (JudgementText.Planned(prepared.Judging) is { } judging)
        {
            screen.WriteLine(judging);
        }

        string[] notes = [.. prepared.Judging.Notes, .. plan.Notes];
        foreach (string note in notes.Take(NotesMax))
        {
            screen.WriteLine($"  {note}");
        }

        if (notes.Length > NotesMax)
        {
            screen.WriteLine($"  … and {notes.Length - NotesMax} more notes, all in leaderboard.json.");
        }
    }
}
