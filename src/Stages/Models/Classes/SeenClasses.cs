using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Classes;

/// <summary>The classes that a calibration set has samples of, and the scores that tell them apart.</summary>
/// <remarks>
/// Of two classes one score, the log-odds of the second; of more one score each, log-probabilities up to a term that all share. A class
/// that calibration did not see has the probability 0.
/// </remarks>
/// <param name="ClassCount">All classes, C.</param>
/// <param name="Seen">Those with samples, ascending, at least two.</param>
internal sealed record SeenClasses(int ClassCount, ImmutableArray<int> Seen)
{
    /// <summary>Scores of a sample.</summary>
    public int ScoreCount => Seen.Length == 2 ? 1 : Seen.Length;

    /// <summary>The classes with samples.</summary>
    /// <param name="counts">Samples of each class.</param>
    public static SeenClasses Of(int[] counts) =>
        new(counts.Length, [.. Enumerable.Range(0, counts.Length).Where(c => counts[c] > 0)]);

    /// <summary>The scores whose probabilities are the shares of the classes.</summary>
    /// <param name="counts">Samples of each class that was seen.</param>
    public static double[] ScoresOfShares(ReadOnlySpan<int> counts)
    {
        int all = 0;
        foreach (int count in counts)
        {
            all += count;
        }

        if (counts.Length == 2)
        {
            double share = counts[1] / (double)all;
            return [NaturalLogarithm.Of(share / (1 - share))];
        }

        double[] scores = new double[counts.Length];
        double sum = 0;
        for (int k = 0; k < scores.Length; k++)
        {
            scores[k] = NaturalLogarithm.Of((double)counts[k] / all);
            sum += scores[k];
        }

        foreach (ref double score in scores.AsSpan())
        {
            score -= sum / scores.Length;
        }

        return scores;
    }

    /// <summary>Writes the probabilities of one sample's scores.</summary>
    /// <param name="scores">As many as <see cref="ScoreCount"/>.</param>
    /// <param name="probabilities">C values.</param>
    public void Write(ReadOnlySpan<double> scores, Span<double> probabilities)
    {
        probabilities.Clear();
        Span<double> seen = Seen.Length <= 32 ? stackalloc double[Seen.Length] : new double[Seen.Length];
        if (Seen.Length == 2)
        {
            ClassLink.Probabilities(scores, seen[1..]);
            seen[0] = 1 - seen[1];
        }
        else
        {
            ClassLink.Probabilities(scores, scores.Length, seen);
        }

        for (int k = 0; k < seen.Length; k++)
        {
            probabilities[Seen[k]] = seen[k];
        }
    }
}
