namespace Pipeline.Stages.Models.Pls;

/// <summary>Which form answers a question: the one of fewest operations, weighed by how fast each kind runs.</summary>
/// <remarks>
/// A function of shape alone with constants of this file, so the same study gives the same bits on every machine.
/// Direct 4npA per fit; dual n²p per Gram matrix, then 2n²A per response and 4nA² per fit. Products of a matrix with
/// itself run about 1.6 times as fast as those with five vectors, the short sums of the dual form half as fast.
/// Autoscaling changes the Gram matrix of every split, and regression vectors need the spectra again, so both
/// are direct.
/// </remarks>
internal static class PlsForms
{
    private const double GramWeight = 0.6;
    private const double OrthogonalWeight = 2;

    /// <summary>The form for n × p spectra.</summary>
    public static PlsForm For(PlsQuestion question, int n, int p)
    {
        if (question.Autoscales || question.WantsCoefficients)
        {
            return PlsForm.Direct;
        }

        double fits = question.FitCount;
        double A = Math.Min(question.Components, Math.Min(n - 1, p));
        double direct = 4 * n * p * A * fits;
        double grams = question.Splits.Select(split => split.ReferenceFold).Distinct().Count();
        double dual = (GramWeight * grams * n * n * p)
            + (2.0 * n * n * A * fits * question.ResponsesPerFit)
            + (OrthogonalWeight * 4 * n * A * A * fits);
        return dual < direct ? PlsForm.Dual : PlsForm.Direct;
    }
}
