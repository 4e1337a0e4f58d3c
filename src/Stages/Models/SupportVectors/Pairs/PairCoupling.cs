using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.SupportVectors.Pairs;

/// <summary>From the probabilities of pairs of classes to those of all.</summary>
/// <remarks>
/// With r_ab the probability of a where only a and b are possible, p minimises Σ_a Σ_b≠a (r_ba p_a - r_ab p_b)² with Σp = 1: with
/// Q_aa = Σ r_ba² and Q_ab = -r_ba r_ab it is a multiple of (Q + eeᵀ)⁻¹e, which is positive definite for r between 0 and 1. Solved
/// directly, where libsvm iterates to 0.005/k. Of two classes p is r itself. Time k³/3.
/// Wu, Lin and Weng (2004), J. Machine Learning Research 5, 975-1005, second approach.
/// </remarks>
internal static class PairCoupling
{
    /// <summary>Pairs are kept this far from certain, as in libsvm: two certain ones can contradict each other.</summary>
    private const double PairMin = 1e-7;

    /// <summary>Pairs of k classes.</summary>
    public static int PairCount(int classes) => classes * (classes - 1) / 2;

    /// <summary>Probabilities of k classes.</summary>
    /// <param name="pairs">Of each pair a before b, by a, then b, the probability of a.</param>
    /// <param name="probabilities">k values.</param>
    /// <param name="room">k × k.</param>
    public static void Couple(ReadOnlySpan<double> pairs, Span<double> probabilities, MatrixSpan room)
    {
        int k = probabilities.Length;
        if (k == 2)
        {
            probabilities[0] = pairs[0];
            probabilities[1] = 1 - pairs[0];
            return;
        }

        for (int a = 0; a < k; a++)
        {
            room.Row(a).Fill(1);
        }

        for (int a = 0, pair = 0; a < k; a++)
        {
            for (int b = a + 1; b < k; b++, pair++)
            {
                double ofFirst = Math.Clamp(pairs[pair], PairMin, 1 - PairMin);
                double ofSecond = 1 - ofFirst;
                room[a, a] += ofSecond * ofSecond;
                room[b, b] += ofFirst * ofFirst;
                room[b, a] -= ofFirst * ofSecond;
            }
        }

        probabilities.Fill(1);
        bool isSolved = SmallSystem.TrySolve(room, probabilities);
        double sum = 0;
        for (int a = 0; a < k; a++)
        {
            probabilities[a] = isSolved ? Math.Max(0, probabilities[a]) : 1;
            sum += probabilities[a];
        }

        Products.Scale(1 / sum, probabilities);
    }
}
