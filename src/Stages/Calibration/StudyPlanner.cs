using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Calibration.Judging.Permuted;
using Pipeline.Stages.Calibration.OnDisk;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Models;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.OnDisk;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Splitting.Ordered;

namespace Pipeline.Stages.Calibration;

/// <summary>Cuts a study into units: one for each chain and family, answering all subsets, settings and folds.</summary>
/// <remarks>
/// Looks at shapes and identities only, never at spectra, so a plan for data of any size costs nothing.
/// The longest sample-wise prefix of a chain is named by a key of its own and computed once above the split;
/// whatever follows is fitted inside each fold. Two chains with the same prefix share it.
/// </remarks>
public static class StudyPlanner
{
    /// <summary>Operations per second of products of spectra that come from the disk, one core, rounded down; feeds the estimate alone.</summary>
    private const double DiskFlopsPerSecond = 3e10;

    /// <summary>Bytes per second of a slow disk; feeds the estimate alone.</summary>
    private const double DiskBytesPerSecond = 1e8;

    /// <summary>Fewer distinct numbers than this may be classes, which only the user can know.</summary>
    private const int FewDistinct = 10;

    /// <summary>Plans a study.</summary>
    /// <param name="study">What is asked.</param>
    /// <param name="manifest">The samples.</param>
    /// <param name="limits">Bounds of plans.</param>
    /// <param name="onDisk">The spectra where they stay on the disk; null where they are in memory.</param>
    /// <exception cref="StageException">Nothing is left to try, or the folds cannot be made.</exception>
    public static StudyPlan Plan(Study study, CalibrationManifest manifest, Limits limits, SpectraOnDisk? onDisk = null)
    {
        // Samples of classes have said what the study is about; its defaults follow.
        study = manifest.Classes.IsEmpty ? study : study with { Task = Study.ClassesTask };
        StudyMethods methods = StudyMethods.OfFlow(study);
        methods.RefuseOtherKinds(study, manifest);
        (ISplitter splitter, Folds folds, Fingerprint foldsKey) = Split(methods.Splitter, manifest);
        var notes = ImmutableArray.CreateBuilder<string>();
        if (folds.IsForward)
        {
            NoteForward(splitter, folds, onDisk, notes);
        }

        if (manifest.DistinctCount is > 0 and < FewDistinct && study.Task is null)
        {
            notes.Add(
                $"Response '{manifest.Response}' has {manifest.DistinctCount} distinct numbers and is taken for a number. If they are classes, "
                + $"say \"task\": \"{Study.ClassesTask}\" in the study.");
        }

        if (onDisk is not null)
        {
            notes.Add("Nearly identical spectra were not looked for, identical ones were: the spectra are larger than memory.");
        }

        var units = ImmutableDictionary.CreateBuilder<Fingerprint, CalibrationUnit>();
        foreach (PretreatmentChain chain in UsableChains(methods.Chains, manifest, notes).Where(chain => onDisk is null || CanStay(chain, notes)))
        {
            foreach (ICandidateFamily family in methods.Families.Where(family => onDisk is null || CanStay(family, notes)))
            {
                if (Unit(manifest, chain, family, methods.Subsets, folds, foldsKey, onDisk, notes) is { } unit)
                {
                    units.Add(unit.Work.Key, unit);
                }
            }
        }

        if (units.Count == 0)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"Nothing is left to try on {manifest.SampleCount} samples of {manifest.Axis.Count} variables: "
                + string.Join("; ", notes.Distinct()));
        }

        int candidates = units.Values.Sum(unit => unit.Candidates.Length);
        if (candidates > limits.PlanCandidatesMax)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"The study has {candidates} candidates, the limit is {limits.PlanCandidatesMax}. Name fewer chains, subsets or settings.");
        }

        Plan work = Engine.Planning.Plan.Of(units.Values.Select(unit => unit.Work), limits);
        return new StudyPlan(work, units.ToImmutable(), manifest, splitter.Notation, folds, foldsKey, [.. notes.Distinct()])
        {
            Metric = manifest.Classes.IsEmpty ? null : ClassMetrics.Parse(study.Metric),
            Composite = manifest.Classes.IsEmpty && study.Metric == CompositeScore.MetricName ? new CompositeScore(study.Lambda) : null,
            Replicates = study.Bootstrap,
        };
    }

    /// <summary>A fold scheme with what it must know of the samples.</summary>
    internal static ISplitter Bind(ISplitter scheme, CalibrationManifest manifest) => scheme switch
    {
        GivenFolds given => given.With(manifest.FoldLabels),
        StratifiedFolds stratified => stratified.With(manifest.Strata, manifest.Classes),
        IOrderedFolds ordered => ordered.With(manifest.Places),
        _ => scheme,
    };

    private static (ISplitter Splitter, Folds Folds, Fingerprint Key) Split(ISplitter scheme, CalibrationManifest manifest)
    {
        bool isOfClasses = !manifest.Classes.IsEmpty;
        ISplitter splitter = Bind(scheme, manifest);
        if (isOfClasses && splitter is not GivenFolds)
        {
            ClassCounts.RefuseFewerThanFolds(manifest, splitter);
        }

        Folds folds = splitter.Split(manifest.Groups);
        if (isOfClasses)
        {
            ClassCounts.RefuseForward(manifest, splitter, folds);
            ClassCounts.RefuseInOneFold(manifest, folds);
        }

        FingerprintBuilder fields = new FingerprintBuilder("split", splitter.Version)
            .Add("scheme", splitter.Notation)
            .Add("ids", manifest.Ids)
            .Add("groups", manifest.Groups)
            .Add("given", manifest.FoldLabels);
        if (splitter is StratifiedFolds)
        {
            fields.Add("strata", manifest.Strata.AsSpan()).Add("classes", manifest.Classes);
        }

        if (!manifest.Places.IsEmpty)
        {
            fields.Add("places", manifest.Places.AsSpan());
        }

        return (splitter, folds, fields.ToFingerprint());
    }

    private static void NoteForward(ISplitter splitter, Folds folds, SpectraOnDisk? onDisk, ImmutableArray<string>.Builder notes)
    {
        if (onDisk is not null)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"{splitter.Notation} needs the spectra in memory, and they are larger. Raise --memory, or ask for "
                    + $"\"{new ContiguousFolds(folds.Count, ((IOrderedFolds)splitter).By).Notation}\".");
        }

        notes.Add(
            $"{splitter.Notation}: each block is predicted from those before it alone. The first, {folds.HeldOut(0).Length} samples, is "
                + $"never held out; all figures are over the other {folds.SampleCount - folds.HeldOut(0).Length}.");
    }

    private static List<PretreatmentChain> UsableChains(
        ImmutableArray<PretreatmentChain> chains, CalibrationManifest manifest, ImmutableArray<string>.Builder notes)
    {
        var usable = new Dictionary<string, PretreatmentChain>();
        foreach (PretreatmentChain chain in chains)
        {
            PretreatmentChain simple = chain.Simplify();
            if (usable.ContainsKey(simple.Notation))
            {
                notes.Add($"{chain.Notation} equals {simple.Notation} and is tried once.");
                continue;
            }

            // A chain that cannot work on this axis is left out with its reason; the others go on.
            try
            {
                simple.OutputAxis(manifest.Axis);
                usable.Add(simple.Notation, simple);
            }
            catch (StageException reason) when (reason.Kind == FailureKind.InvalidData)
            {
                notes.Add($"{chain.Notation} is left out: {reason.Message}");
            }
        }

        return [.. usable.Values];
    }

    /// <summary>The unit of one chain and family, or null where nothing of it can be answered.</summary>
    internal static CalibrationUnit? Unit(
        CalibrationManifest manifest,
        PretreatmentChain chain,
        ICandidateFamily family,
        ImmutableArray<ISubset> allSubsets,
        Folds folds,
        Fingerprint foldsKey,
        SpectraOnDisk? onDisk,
        ImmutableArray<string>.Builder notes)
    {
        SpectralAxis axis = chain.OutputAxis(manifest.Axis);
        ImmutableArray<ISubset> subsets = [.. allSubsets.Where(subset => (onDisk is null || CanStay(subset, notes)) && IsUsable(subset, axis, notes))];
        ImmutableArray<ModelSetting> settings = family.Settings;
        var places = ImmutableArray.CreateBuilder<(int Subset, int Setting)>();
        for (int s = 0; s < subsets.Length; s++)
        {
            ImmutableArray<int> answerable = FoldLoop.Answerable(family, settings, folds, subsets[s].VariablesMax(axis));
            if (answerable.IsEmpty)
            {
                notes.Add(
                    $"{subsets[s].Notation} with {family.Name} is left out: no setting can be answered with "
                    + $"{folds.CalibrationMin} calibration samples in the smallest fold.");
            }

            foreach (int j in answerable)
            {
                places.Add((s, j));
            }
        }

        if (places.Count == 0)
        {
            return null;
        }

        var description = new UnitDescription(
            manifest.Key,
            [.. chain.Steps.Select(step => new DescribedMethod(step.Notation, step.Version))],
            foldsKey,
            new DescribedMethod(family.Name, family.Version),
            [.. subsets.Select(subset => new DescribedMethod(subset.Notation, subset.Version))],
            [.. subsets.Select(Form)],
            [.. settings.Select(setting => new DescribedSetting(family.Describe(setting), setting.Name, setting.Value))],
            places.ToImmutable(),
            onDisk is null ? CellTable.FormatVersion : CellTable.SumsFormatVersion);
        ImmutableArray<PlacedCandidate> candidates = [.. places.Select(Place)];
        Fingerprint pretreatedKey = PretreatedKey(manifest, chain.SampleWisePrefix);
        Fingerprint unitKey = description.UnitFields(candidates.Select(one => one.Candidate.Key)).ToFingerprint();
        long cells = (long)subsets.Length * settings.Length;
        int choosing = candidates.Count(one => one.Candidate.Subset is not FullSpectrum);
        long cellBytes = onDisk is null
            ? CellTable.SizeBytes(manifest.SampleCount, folds.Count, cells, choosing, axis.Count, manifest.OutputCount)
            : CellTable.SumBytes(folds.Count, cells) + CellTable.SizeBytes(0, 0, 0, choosing, axis.Count);
        Cost cost = onDisk is null
            ? Estimate(manifest, chain, folds, InMemory(), axis, cellBytes)
            : EstimateOnDisk(onDisk, chain, (IMomentsFamily)family, folds, axis, subsets, cells, cellBytes);
        var work = new WorkUnit(unitKey, [manifest.Key, pretreatedKey, foldsKey], cost);
        return new CalibrationUnit(work, chain, pretreatedKey, family, subsets, settings, candidates, description, cellBytes)
        {
            OutputCount = manifest.OutputCount,
        };

        Cost InMemory()
        {
            bool? autoscales = FoldedSpectra.Autoscales(chain.FittedRest);
            if (family is not NullFamily && (folds.IsForward || autoscales is null))
            {
                // Nothing is shared: each fold is fitted on spectra of its own, forward ones in the place of those that all share.
                Cost alone = CrossValidationCost.Of(family, axis, folds, subsets, settings, manifest.OutputCount);
                long copy = folds.IsForward ? (long)manifest.SampleCount * axis.Count * sizeof(double) : 0;
                return alone with { PeakBytes = alone.PeakBytes + copy };
            }

            Cost plain = family.Estimate(axis, folds, subsets, settings, manifest.OutputCount);
            if (autoscales is true && family.FormFor(folds, axis.Count, manifest.OutputCount, autoscales: true) == FoldForms.AloneName)
            {
                plain = plain with { CpuSeconds = CrossValidationCost.Of(family, axis, folds, subsets, settings, manifest.OutputCount).CpuSeconds };
            }

            return family is IMomentsFamily lines && autoscales is { } scales && FoldLoop.IsFromMoments(family, folds, axis.Count, subsets, scales)
                ? CrossValidationCost.FromMoments(lines, plain, axis, folds, subsets, settings, treats: chain.FittedRest is not null)
                : plain;
        }

        bool IsFromMoments(ISubset subset, bool autoscales) => family is NullFamily shuffles
            ? shuffles.IsFromMoments(folds, axis.Count, subset, autoscales)
            : FoldLoop.IsFromMoments(family, folds, axis.Count, subsets, autoscales);

        // From the disk there is one form, that of moments; and spectra that each fold treats anew, or of forward folds, are fitted fold by fold.
        string Form(ISubset subset) => onDisk is not null || folds.IsForward || FoldedSpectra.Autoscales(chain.FittedRest) is not { } autoscales
            ? ""
            : IsFromMoments(subset, autoscales)
            ? "submatrices"
            : family.FormFor(folds, subset.VariablesMax(axis), manifest.OutputCount, autoscales) ?? "";

        PlacedCandidate Place((int Subset, int Setting) place)
        {
            Fingerprint key = description.CandidateFields(place.Subset, place.Setting).ToFingerprint();
            return new PlacedCandidate(
                new Candidate(key, chain, subsets[place.Subset], family, settings[place.Setting]), place.Subset, place.Setting);
        }
    }

    private static bool CanStay(PretreatmentChain chain, ImmutableArray<string>.Builder notes) =>
        Note(chain.IsSampleWise, $"{chain.Notation} is left out: it learns from all samples, and the spectra are larger than memory.", notes);

    private static bool CanStay(ICandidateFamily family, ImmutableArray<string>.Builder notes) =>
        Note(family is IMomentsFamily, $"{family.Name} is left out: it needs the spectra in memory, and they are larger.", notes);

    private static bool CanStay(ISubset subset, ImmutableArray<string>.Builder notes) =>
        Note(
            MomentsLoop.CanChoose(subset),
            $"{subset.Notation} is left out: it chooses variables by the spectra inside each fold, and they are larger than memory. "
            + "Name ranges, or raise --memory.",
            notes);

    private static bool Note(bool isFit, string note, ImmutableArray<string>.Builder notes)
    {
        if (!isFit)
        {
            notes.Add(note);
        }

        return isFit;
    }

    private static bool IsUsable(ISubset subset, SpectralAxis axis, ImmutableArray<string>.Builder notes)
    {
        // A subset that does not exist on this axis is left out with its reason; the others go on.
        try
        {
            // Windows may happen to cover everything, and selectors to leave nothing out; these always do.
            bool choosesAll = subset is TopVariables or FixedRanges or BestPair && subset.VariablesMax(axis) == axis.Count;
            if (choosesAll)
            {
                notes.Add($"{subset.Notation} is left out: it would choose all {axis.Count} variables.");
            }

            return !choosesAll && subset.VariablesMax(axis) > 0;
        }
        catch (StageException reason) when (reason.Kind == FailureKind.InvalidData)
        {
            notes.Add($"{subset.Notation} is left out: {reason.Message}");
            return false;
        }
    }

    /// <summary>
    /// The pretreated spectra, another copy for every fitted pretreatment and what fitting one holds, what the family holds
    /// while it cross-validates, and the cells.
    /// </summary>
    private static Cost Estimate(
        CalibrationManifest manifest, PretreatmentChain chain, Folds folds, Cost fits, SpectralAxis axis, long cellBytes)
    {
        long spectra = (long)manifest.SampleCount * Math.Max(manifest.Axis.Count, axis.Count) * sizeof(double);
        int copies = 1 + (chain.FittedRest?.Steps.Length ?? 0);
        double each = chain.SampleWisePrefix.SecondsPerSpectrum(manifest.Axis.Count)
            + (folds.Count * (chain.FittedRest?.SecondsPerSpectrum(manifest.Axis.Count) ?? 0));
        Cost learning = chain.FittedRest?.EstimateFit(manifest.SampleCount, Math.Max(manifest.Axis.Count, axis.Count)) ?? default;
        return new Cost(
            fits.CpuSeconds + (manifest.SampleCount * each) + (folds.Count * learning.CpuSeconds),
            (spectra * copies) + learning.PeakBytes + fits.PeakBytes + cellBytes);
    }

    /// <summary>
    /// A pass over the file at the pace of a slow disk, and fits from moments, folds side by side; a choice of variables has moments of its
    /// own.
    /// </summary>
    private static Cost EstimateOnDisk(
        SpectraOnDisk spectra,
        PretreatmentChain chain,
        IMomentsFamily family,
        Folds folds,
        SpectralAxis axis,
        ImmutableArray<ISubset> subsets,
        long settings,
        long cellBytes)
    {
        int variables = axis.Count;
        double p = variables;
        double flops = (spectra.SampleCount * p * p) + (folds.Count * ((4 * p * p * p / 3) + (8 * p * p * settings)));
        int visits = FoldForms.VisitsAtOnce(folds);
        long chosen = subsets.Where(subset => subset is not FullSpectrum)
            .Select(subset => FoldMoments.SizeBytes(folds.Count, subset.VariablesMax(axis), 1, visits)).DefaultIfEmpty(0).Max();
        long fits = FoldMoments.MadeBytes(folds.Count, variables, 1, visits, spectra.SampleCount) + chosen
            + (visits * family.FitMomentsBytes(variables, family.Settings.Length));
        return new Cost(
            (flops / DiskFlopsPerSecond) + (spectra.SpectraBytes / DiskBytesPerSecond) + (spectra.SampleCount * chain.SecondsPerSpectrum(variables)),
            Math.Max(MomentsPass.SizeBytes(spectra, variables, folds.Count), fits) + cellBytes);
    }

    private static Fingerprint PretreatedKey(CalibrationManifest manifest, PretreatmentChain prefix)
    {
        var builder = new FingerprintBuilder("pretreat", PretreatedChunks.Version).Add("spectra", manifest.SpectraKey);
        return PretreatedChunks.AddSteps(builder, prefix).ToFingerprint();
    }
}
