namespace Pipeline.Stages.Numerics;

/// <summary>Means and standard deviations of variables over calibration samples, rows added in order.</summary>
/// <remarks>
/// Values are taken relative to the first row: a variable without variance has exactly its value as mean and centres
/// to exact zeros, and large offsets cost no digits. Time np.
/// </remarks>
internal static class ColumnMoments
{
    /// <summary>p means of n ≥ 1 rows.</summary>
    public static double[] Means(MatrixView x)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(x.Rows, 1);
        ReadOnlySpan<double> first = x.Row(0);
        double[] means = new double[x.Columns];
        for (int i = 1; i < x.Rows; i++)
        {
            RowKernels.AddDifferences(x.Row(i), first, means);
        }

        for (int j = 0; j < means.Length; j++)
        {
            means[j] = first[j] + (means[j] / x.Rows);
        }

        return means;
    }

    /// <summary>p standard deviations with divisor n − 1; 0 for a single row.</summary>
    public static double[] StandardDeviations(MatrixView x, ReadOnlySpan<double> means)
    {
        double[] deviations = new double[x.Columns];
        if (x.Rows < 2)
        {
            return deviations;
        }

        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.AddSquares(x.Row(i), means, deviations);
        }

        for (int j = 0; j < deviations.Length; j++)
        {
            deviations[j] = Math.Sqrt(deviations[j] / (x.Rows - 1));
        }

        return deviations;
    }
}
