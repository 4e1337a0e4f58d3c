using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models;

/// <summary>The form in which all folds are computed, by shape alone (decision 0010).</summary>
/// <remarks>
/// Fewer calibration samples than variables in every fold: dual, unless each fold scales the variables, which gives it a
/// Gram matrix of its own. Otherwise primal, unless the moments of all folds together outgrow memory: then a fold at a time.
/// </remarks>
internal static class FoldForms
{
    /// <summary>Most doubles of moments of all folds together: 256 MiB.</summary>
    private const long MomentsMax = 1L << 25;

    /// <summary>The form of folds of samples × variables.</summary>
    public static FoldForm Of(Folds folds, int variables, bool autoscales)
    {
        if (AreDual(folds, variables))
        {
            return autoscales ? FoldForm.Alone : FoldForm.Dual;
        }

        return MomentsLength(folds, variables) <= MomentsMax ? FoldForm.Primal : FoldForm.Alone;
    }

    /// <summary>Whether no fold has as many calibration samples as there are variables.</summary>
    public static bool AreDual(Folds folds, long variables) => folds.SampleCount - folds.HeldOutMin < variables;

    /// <summary>Order of the matrix that a fold decomposes, at most.</summary>
    public static long Order(Folds folds, long variables) => Math.Min(folds.SampleCount - folds.HeldOutMin, variables);

    /// <summary>Doubles that the folds share: two Gram matrices, or the moments of every fold and of those merged on the way; 0 where they share nothing.</summary>
    public static long SharedLength(Folds folds, long variables)
    {
        if (AreDual(folds, variables))
        {
            return 2L * folds.SampleCount * folds.SampleCount;
        }

        long length = MomentsLength(folds, variables);
        return length <= MomentsMax ? length : 0;
    }

    private static long MomentsLength(Folds folds, long variables) =>
        variables * variables * (folds.Count + 2 + (long)Math.Log2(folds.Count));
}
