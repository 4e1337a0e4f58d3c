using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Boosting;

/// <summary>From sums of trees to probabilities.</summary>
/// <remarks>By <see cref="Exponential"/>, so that the bits are the same everywhere.</remarks>
internal static class ClassLink
{
    /// <summary>1/(1 + exp(-x)) of n log-odds.</summary>
    public static void Probabilities(ReadOnlySpan<double> odds, Span<double> probabilities)
    {
        for (int i = 0; i < odds.Length; i++)
        {
            probabilities[i] = Math.Abs(odds[i]);
        }

        Exponential.OfNegative(1, probabilities, probabilities);
        for (int i = 0; i < odds.Length; i++)
        {
            double small = probabilities[i];
            probabilities[i] = (odds[i] >= 0 ? 1 : small) / (1 + small);
        }
    }

    /// <summary>exp(x_k)/Σ exp(x_l) over the rows of classes × n sums.</summary>
    public static void Probabilities(Matrix sums, Matrix probabilities)
    {
        double[] largest = sums.Row(0).ToArray();
        for (int k = 1; k < sums.Rows; k++)
        {
            ReadOnlySpan<double> row = sums.Row(k);
            for (int i = 0; i < row.Length; i++)
            {
                largest[i] = Math.Max(largest[i], row[i]);
            }
        }

        double[] total = new double[largest.Length];
        for (int k = 0; k < sums.Rows; k++)
        {
            Span<double> row = probabilities.Row(k);
            RowKernels.Subtract(largest, sums.Row(k), row);
            Exponential.OfNegative(1, row, row);
            for (int i = 0; i < row.Length; i++)
            {
                total[i] += row[i];
            }
        }

        for (int k = 0; k < sums.Rows; k++)
        {
            Span<double> row = probabilities.Row(k);
            for (int i = 0; i < row.Length; i++)
            {
                row[i] /= total[i];
            }
        }
    }
}
