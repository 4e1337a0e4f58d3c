namespace Pipeline.Stages.Models.Classes;

/// <summary>Probabilities of scores: exp(s_c) / Σ exp(s).</summary>
internal static class SoftMax
{
    /// <summary>Replaces scores by probabilities that add up to 1; a score of -∞ gives 0. Equal for any term that all scores share.</summary>
    public static void Replace(Span<double> scores)
    {
        double largest = double.NegativeInfinity;
        foreach (double score in scores)
        {
            largest = Math.Max(largest, score);
        }

        double sum = 0;
        foreach (ref double score in scores)
        {
            score = Math.Exp(score - largest);
            sum += score;
        }

        foreach (ref double score in scores)
        {
            score /= sum;
        }
    }
}
