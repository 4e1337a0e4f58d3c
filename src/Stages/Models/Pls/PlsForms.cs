using Pipeline.Stages.Models.Pls.FromMoments;

namespace Pipeline.Stages.Models.Pls;

/// <summary>Which form answers a question: the one of fewest operations, weighed by how fast each kind runs.</summary>
/// <remarks>
/// A function of shape alone with constants of this file, so the same study gives the same bits on every machine. All folds
/// count, asked or not: which folds are asked together may follow from what the others hold, and a form must not.
/// Direct 4npA per fit; dual n²p per Gram matrix, then 2n²A per response and 4nA² per fit. Products of a matrix with
/// itself run about 1.6 times as fast as those with five vectors, the short sums of the dual form half as fast.
/// Autoscaling changes the Gram matrix of every split, and regression vectors need the spectra again, so neither is dual.
/// Moments np² once, then merges of p² for each split, 2p²A per fit, which waits for memory, and 2npA for predictions;
/// they are left out where they would take more than four times the memory of the spectra.
/// </remarks>
internal static class PlsForms
{
    private const double GramWeight = 0.6;
    private const double OrthogonalWeight = 2;
    private const double SymmetricWeight = 1.5;
    private const double MergeWeight = 12;
    private const double MomentsSizeMax = 4;

    /// <summary>Gram matrices of plain cross-validation.</summary>
    private const double References = 2;

    /// <summary>The form for n × p spectra.</summary>
    public static PlsForm For(PlsQuestion question, int n, int p)
    {
        double fits = (double)question.Folds.Count * question.FitsPerSplit;
        double A = Math.Min(question.Components, Math.Min(n - 1, p));
        double direct = 4 * n * p * A * fits;
        double moments = Moments(question, n, p, A, fits);
        double dual = question.Autoscales || question.WantsCoefficients ? double.PositiveInfinity : Dual(question, n, p, A, fits);
        return moments < Math.Min(direct, dual) ? PlsForm.Moments : dual < direct ? PlsForm.Dual : PlsForm.Direct;
    }

    /// <summary>The form as keys and <c>explain</c> name it.</summary>
    public static string NameOf(PlsForm form) => form switch
    {
        PlsForm.Dual => "dual",
        PlsForm.Moments => "moments",
        _ => "direct",
    };

    private static double Dual(PlsQuestion question, double n, double p, double A, double fits) =>
        (GramWeight * References * n * n * p)
        + (2 * n * n * A * fits * question.ResponsesPerFit)
        + (OrthogonalWeight * 4 * n * A * A * fits);

    private static double Moments(PlsQuestion question, double n, double p, double A, double fits)
    {
        bool isShared = SmallFoldsPls.Suits(question);
        if (!isShared && 2 * (question.Folds.Count + 1) * p > MomentsSizeMax * n)
        {
            return double.PositiveInfinity;
        }

        return (GramWeight * n * p * p)
            + (isShared ? 0 : MergeWeight * question.Folds.Count * p * p)
            + ((isShared ? GramWeight : SymmetricWeight) * 2 * p * p * A * fits)
            + (OrthogonalWeight * 2 * p * A * A * fits)
            + (GramWeight * 2 * n * p * A * question.FitsPerSplit);
    }
}
