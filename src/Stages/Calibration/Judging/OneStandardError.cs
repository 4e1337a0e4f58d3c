using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration.Judging;

/// <summary>The error up to which a candidate counts as good as the best one.</summary>
/// <remarks>
/// Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, 7.10. Groups, not samples, are taken as
/// independent: replicates of one sample err alike, and counting each would make the limit too tight.
/// </remarks>
internal static class OneStandardError
{
    /// <summary>√(M + SE(M)) for the best candidate's mean squared error M over n samples in G groups.</summary>
    /// <remarks>
    /// SE² = G/(G − 1) Σ_g (E_g − m_g M)² / n², where E_g is the sum of the squared residuals of group g and m_g its
    /// size; with groups of one sample it is the usual variance of a mean, divisor n − 1.
    /// </remarks>
    public static double Limit(ReadOnlySpan<double> y, ReadOnlySpan<double> yHat, SampleGroups groups)
    {
        double[] squares = new double[y.Length];
        for (int i = 0; i < squares.Length; i++)
        {
            squares[i] = (yHat[i] - y[i]) * (yHat[i] - y[i]);
        }

        return Math.Sqrt(OfMean(squares, groups));
    }

    /// <summary>M + SE(M) for the mean M of n errors, with the same SE.</summary>
    public static double OfMean(ReadOnlySpan<double> errors, SampleGroups groups)
    {
        int[] groupOfSample = groups.ByFirstSample();
        int count = groups.GroupCount;
        double[] sums = new double[count];
        int[] sizes = new int[count];
        double total = 0;
        for (int i = 0; i < errors.Length; i++)
        {
            sums[groupOfSample[i]] += errors[i];
            sizes[groupOfSample[i]]++;
            total += errors[i];
        }

        double mean = total / errors.Length;
        double spread = 0;
        for (int g = 0; g < count; g++)
        {
            double deviation = sums[g] - (sizes[g] * mean);
            spread += deviation * deviation;
        }

        double variance = count > 1 ? spread * count / (count - 1) / ((double)errors.Length * errors.Length) : 0;
        return mean + Math.Sqrt(variance);
    }
}
