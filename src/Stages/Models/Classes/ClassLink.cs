using System.Runtime.CompilerServices;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Classes;

/// <summary>From scores of samples to probabilities of classes.</summary>
/// <remarks>By <see cref="Exponential"/>, so that the bits are the same everywhere.</remarks>
internal static class ClassLink
{
    /// <summary>Replaces the scores of one sample by exp(x_k)/Σ exp(x_l), which add up to 1; a score of -∞ gives 0.</summary>
    /// <returns>log Σ exp(x_l), from which the log of a probability follows however small that is.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Replace(Span<double> scores)
    {
        double largest = double.NegativeInfinity;
        foreach (double score in scores)
        {
            largest = Math.Max(largest, score);
        }

        foreach (ref double score in scores)
        {
            score = largest - score;
        }

        Exponential.OfNegative(1, scores, scores);
        double sum = 0;
        foreach (double part in scores)
        {
            sum += part;
        }

        foreach (ref double part in scores)
        {
            part /= sum;
        }

        return largest + NaturalLogarithm.Of(sum);
    }

    /// <summary>1/(1 + exp(-x)) of n log-odds.</summary>
    /// <param name="odds">The log-odds.</param>
    /// <param name="probabilities">n values in memory of their own: the sign of the odds is read again in the end.</param>
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

    /// <summary>exp(x_k)/Σ exp(x_l) of the scores of some classes, those of a class side by side.</summary>
    /// <param name="scores">Classes × n.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="probabilities">Classes × n.</param>
    public static void Probabilities(ReadOnlySpan<double> scores, int classes, Span<double> probabilities)
    {
        int n = scores.Length / classes;
        double[] largest = scores[..n].ToArray();
        for (int k = 1; k < classes; k++)
        {
            ReadOnlySpan<double> row = scores.Slice(k * n, n);
            for (int i = 0; i < n; i++)
            {
                largest[i] = Math.Max(largest[i], row[i]);
            }
        }

        double[] total = new double[n];
        for (int k = 0; k < classes; k++)
        {
            Span<double> row = probabilities.Slice(k * n, n);
            RowKernels.Subtract(largest, scores.Slice(k * n, n), row);
            Exponential.OfNegative(1, row, row);
            for (int i = 0; i < n; i++)
            {
                total[i] += row[i];
            }
        }

        for (int k = 0; k < classes; k++)
        {
            Span<double> row = probabilities.Slice(k * n, n);
            for (int i = 0; i < n; i++)
            {
                row[i] /= total[i];
            }
        }
    }
}
