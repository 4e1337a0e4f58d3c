using System.Collections.Immutable;
using System.Numerics;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models;

/// <summary>The form in which all folds are computed, by shape alone (decision 0010).</summary>
/// <remarks>
/// Fewer calibration samples than variables in every fold: dual, unless each fold scales the variables, which gives it a
/// Gram matrix of its own. Otherwise from moments, unless those of all folds together outgrow memory: then a fold at a time.
/// </remarks>
internal static class FoldForms
{
    /// <summary>The name of the form in which folds share nothing.</summary>
    public const string AloneName = "alone";

    /// <summary>Most doubles of moments of all folds together: 256 MiB.</summary>
    private const long MomentsMax = 1L << 25;

    /// <summary>The form of folds of samples × variables.</summary>
    public static FoldForm Of(Folds folds, int variables, bool autoscales)
    {
        if (AreDual(folds, variables))
        {
            return autoscales ? FoldForm.Alone : FoldForm.Dual;
        }

        return CanHoldMoments(folds, variables) ? FoldForm.Moments : FoldForm.Alone;
    }

    /// <summary>The form as keys and <c>explain</c> name it.</summary>
    public static string NameOf(Folds folds, int variables, bool autoscales) => Of(folds, variables, autoscales) switch
    {
        FoldForm.Dual => "dual",
        FoldForm.Moments => "moments",
        _ => AloneName,
    };

    /// <summary>Whether the moments of all folds may be held together.</summary>
    public static bool CanHoldMoments(Folds folds, long variables) =>
        variables * variables * (folds.Count + 2 + BitOperations.Log2((uint)folds.Count)) <= MomentsMax;

    /// <summary>Whether no fold has as many calibration samples as there are variables.</summary>
    public static bool AreDual(Folds folds, long variables) => folds.SampleCount - folds.HeldOutMin < variables;

    /// <summary>Order of the matrix that a fold decomposes, at most.</summary>
    public static long Order(Folds folds, long variables) => Math.Min(folds.SampleCount - folds.HeldOutMin, variables);

    /// <summary>Bytes that the folds share: two Gram matrices, or moments; 0 where they share nothing.</summary>
    public static long SharedBytes(Folds folds, long variables)
    {
        if (AreDual(folds, variables))
        {
            return 2 * ScratchMatrix.SizeBytes(folds.SampleCount, folds.SampleCount);
        }

        return CanHoldMoments(folds, variables) ? MomentsBytes(folds, variables, threads: 1) : 0;
    }

    /// <summary>Bytes of the moments of all folds, of those merged from them by so many threads, and of what they are made with.</summary>
    public static long MomentsBytes(Folds folds, long variables, int threads) =>
        FoldMoments.MadeBytes(folds.Count, variables, 1, threads, folds.SampleCount);

    /// <summary>
    /// The most bytes that a computation of all folds takes with all variables or with a choice of them, whose form may be another; with the
    /// copy of the chosen.
    /// </summary>
    public static long LargestOfWidths(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, Func<int, long> bytesOf)
    {
        long largest = bytesOf(axis.Count);
        foreach (ISubset subset in subsets.Where(subset => subset is not FullSpectrum))
        {
            int width = subset.VariablesMax(axis);
            largest = Math.Max(largest, bytesOf(width) + (sizeof(double) * (long)folds.SampleCount * width));
        }

        return largest;
    }

    /// <summary>Folds that are visited at once, at most.</summary>
    public static int VisitsAtOnce(Folds folds) => Math.Min(FoldMoments.VisitsMax, folds.Count);
}
