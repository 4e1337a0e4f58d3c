using System.Collections.Immutable;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models;

/// <summary>What the plain order of cross-validation takes: the fits of <see cref="FoldLoop"/>, counted.</summary>
internal static class CrossValidationCost
{
    /// <summary>Headers, lists of settings and failures, and what else does not grow with the spectra.</summary>
    private const long SmallObjectBytes = 8192;

    /// <summary>
    /// Seconds of all fits and choices of variables, and the bytes held at once: one fold's copies, its full fit, and what a
    /// choice takes or the largest fit of a subset with its variables copied twice.
    /// </summary>
    public static Cost Of(
        ICandidateFamily family,
        SpectralAxis axis,
        Folds folds,
        ImmutableArray<ISubset> subsets,
        ImmutableArray<ModelSetting> settings,
        int outputs)
    {
        int n = folds.SampleCount;
        bool choosesVariables = subsets.Any(subset => subset is not FullSpectrum);
        bool usesImportance = subsets.Any(subset => subset.UsesImportance);

        // The largest calibration set decides over bytes; choices by importance are also made on all samples.
        int calibration = usesImportance ? n : n - folds.HeldOutMin;
        ImmutableArray<ModelSetting> Settings(int width) =>
            [.. FoldLoop.Answerable(family, settings, folds, width).Select(j => settings[j])];
        Cost Fit(int width, ImmutableArray<ModelSetting> some) => family.EstimateFit(calibration, n / folds.Count, width, some, outputs);

        Cost full = subsets.Any(subset => subset is FullSpectrum || subset.UsesImportance)
            ? Fit(axis.Count, Settings(axis.Count))
            : default;
        double seconds = (folds.Count + (usesImportance ? 1 : 0)) * full.CpuSeconds;
        long subsetBytes = 0;
        foreach (ISubset subset in subsets.Where(subset => subset is not FullSpectrum))
        {
            int width = subset.VariablesMax(axis);
            ImmutableArray<ModelSetting> some = Settings(width);
            if (some.IsEmpty)
            {
                continue;
            }

            // Chosen in every fold, and on all samples for the name.
            Cost choice = subset.EstimateSelect(n, axis);
            seconds += (folds.Count + 1) * choice.CpuSeconds;
            subsetBytes = Math.Max(subsetBytes, choice.PeakBytes);
            IEnumerable<ImmutableArray<ModelSetting>> groups =
                subset.UsesImportance ? some.Select(one => ImmutableArray.Create(one)) : [some];
            foreach (ImmutableArray<ModelSetting> together in groups)
            {
                Cost fit = Fit(width, together);
                seconds += folds.Count * fit.CpuSeconds;
                subsetBytes = Math.Max(subsetBytes, (2 * MatrixBytes(n, width)) + fit.PeakBytes);
            }
        }

        long copies = MatrixBytes(n, axis.Count) * (choosesVariables ? 2 : 1);
        long predictions = sizeof(double) * (((long)n * settings.Length) + (2L * axis.Count));
        return new Cost(
            seconds, copies + full.PeakBytes + predictions + subsetBytes + MoreOutputsBytes(folds, settings.Length, outputs) + SmallObjectBytes);
    }

    /// <summary>
    /// What the order of <see cref="FoldLoop.IsFromMoments"/> takes: moments, and folds visited side by side, each with a copy of its
    /// spectra, its full fit and its largest fit of a subset.
    /// </summary>
    /// <remarks>
    /// The choice on all samples comes when the visits are over. It holds what one visit does, of all samples, and there is room for two visits
    /// at least. Values that are not finite numbers are left to the plain order.
    /// </remarks>
    /// <param name="family">The family.</param>
    /// <param name="plain">The plain order.</param>
    /// <param name="axis">The axis that the models see.</param>
    /// <param name="folds">The folds.</param>
    /// <param name="subsets">The choices of variables.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="treats">Whether a fold's spectra are pretreated in it, which copies them once more.</param>
    public static Cost FromMoments(
        IMomentsFamily family,
        Cost plain,
        SpectralAxis axis,
        Folds folds,
        ImmutableArray<ISubset> subsets,
        ImmutableArray<ModelSetting> settings,
        bool treats)
    {
        int n = folds.SampleCount;
        int p = axis.Count;
        bool usesImportance = subsets.Any(subset => subset.UsesImportance);
        int calibration = usesImportance ? n : n - folds.HeldOutMin;
        long full = usesImportance || subsets.Any(subset => subset is FullSpectrum) ? FitBytes(p, copiedRows: 0) : 0;
        long chosen = 0;
        foreach (ISubset subset in subsets.Where(subset => subset is not FullSpectrum))
        {
            int width = subset.VariablesMax(axis);
            long fit = Moments.SizeBytes(width, 1) + MatrixBytes(folds.HeldOutMax, width) + FitBytes(width, calibration);
            chosen = Math.Max(chosen, Math.Max(subset.EstimateSelect(n, axis).PeakBytes, fit));
        }

        // Importance, what it is sorted by, and correlations; predictions of a fold, from the fit and sorted for the cells.
        long vectors = sizeof(double) * ((4L * p) + ((settings.Length + 1L) * folds.HeldOutMax));
        long visit = ((treats ? 2 : 1) * MatrixBytes(n, p)) + full + chosen + vectors + SmallObjectBytes;
        int visits = FoldForms.VisitsAtOnce(folds);
        return plain with { PeakBytes = Math.Max(plain.PeakBytes, FoldForms.MomentsBytes(folds, p, visits) + (visits * visit)) };

        // From moments, or from the spectra where these tell more.
        long FitBytes(int width, int copiedRows)
        {
            long fromMoments = family.FitMomentsBytes(width, settings.Length);
            ImmutableArray<ModelSetting> some = [.. FoldLoop.Answerable(family, settings, folds, width).Select(j => settings[j])];
            return some.IsEmpty || !family.MayNeedSpectra(some)
                ? fromMoments
                : Math.Max(fromMoments, MatrixBytes(copiedRows, width) + family.EstimateFit(calibration, n / folds.Count, width, some, 1).PeakBytes);
        }
    }

    /// <summary>
    /// What several columns of y take beside one: copies of y for a fold and its pretreatment, and what one fold is
    /// predicted with every setting, as a path gives it and sorted for the cells.
    /// </summary>
    private static long MoreOutputsBytes(Folds folds, int settings, int outputs)
    {
        long more = outputs - 1;
        long y = 3L * folds.SampleCount * more;
        long predictions = 2L * folds.HeldOutMax * (settings + 1) * more;
        return sizeof(double) * (y + predictions);
    }

    /// <summary>A copy of spectra and response, calibration and held-out rows together.</summary>
    private static long MatrixBytes(long samples, long width) => sizeof(double) * samples * (width + 2);
}
