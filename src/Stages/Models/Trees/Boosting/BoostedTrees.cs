using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Boosting;

/// <summary>The trees of all rounds, of which the first few are a model as well.</summary>
/// <param name="Response">What is predicted.</param>
/// <param name="Baseline">What is predicted before the first tree, a value for each tree of a round.</param>
/// <param name="Trees">Round after round, in each a tree for every value of the baseline; their values are shrunk.</param>
/// <param name="Prefixes">Numbers of rounds that are models, ascending.</param>
/// <param name="Importance">Prefixes × p shares of the gain.</param>
internal sealed record BoostedTrees(
    BoostingResponse Response, double[] Baseline, DecisionTree[] Trees, int[] Prefixes, Matrix Importance)
{
    /// <summary>Predicts one spectrum with every prefix, in the order of rounds, so that each has the bits of a model of its own.</summary>
    /// <param name="x">The p values of a spectrum.</param>
    /// <param name="outputs">The outputs of each prefix side by side.</param>
    public void Predict(ReadOnlySpan<double> x, Span<double> outputs)
    {
        Span<double> sums = stackalloc double[BoostingResponse.ClassesMax];
        sums = sums[..Baseline.Length];
        Baseline.CopyTo(sums);
        int tree = 0;
        for (int s = 0; s < Prefixes.Length; s++)
        {
            while (tree < Prefixes[s] * Baseline.Length)
            {
                for (int k = 0; k < sums.Length; k++, tree++)
                {
                    sums[k] += Trees[tree].Values(Trees[tree].NodeOf(x))[0];
                }
            }

            Response.Write(sums, outputs.Slice(s * Response.OutputCount, Response.OutputCount));
        }
    }
}
