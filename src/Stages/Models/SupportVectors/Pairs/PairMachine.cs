using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.SupportVectors.Pairs;

/// <summary>What one pair of classes has learnt with one C.</summary>
/// <param name="Beta">The weight of each sample of the pair, positive of the first class.</param>
/// <param name="Offset">The offset.</param>
/// <param name="Sigmoid">From decisions to probabilities.</param>
internal sealed record PairDecision(double[] Beta, double Offset, DecisionSigmoid Sigmoid);

/// <summary>The machine that tells two classes apart.</summary>
/// <param name="samples">The samples of both, ascending.</param>
/// <param name="isFirst">Whether each is of the first class.</param>
/// <param name="weights">What C is multiplied by for each.</param>
/// <param name="folds">The inner fold of each.</param>
internal sealed class PairMachine(int[] samples, bool[] isFirst, double[] weights, int[] folds)
{
    /// <summary>The samples of both classes, ascending.</summary>
    public int[] Samples => samples;

    /// <summary>
    /// Decisions for several C from one kernel, each from the solution of the one before: of all samples, and of those outside
    /// each inner fold for the decision values that the sigmoid is made from. Null where a solution does not settle.
    /// </summary>
    /// <param name="kernel">K of all calibration samples.</param>
    /// <param name="penalties">Values of C, best rising.</param>
    /// <param name="tolerance">The largest violation left.</param>
    public PairDecision?[] Solve(Matrix kernel, ReadOnlySpan<double> penalties, double tolerance)
    {
        int m = samples.Length;
        var decisions = new Matrix(penalties.Length, m);
        bool[] settled = new bool[penalties.Length];
        Array.Fill(settled, true);
        for (int fold = 0; fold < InnerFolds.Count; fold++)
        {
            int[] heldOut = [.. Enumerable.Range(0, m).Where(i => folds[i] == fold)];
            int[] others = [.. Enumerable.Range(0, m).Where(i => folds[i] != fold)];
            if (heldOut.Length == 0)
            {
                continue;
            }

            int first = others.Count(i => isFirst[i]);
            (double[] Beta, double Offset)?[] solutions = first > 0 && first < others.Length ? Chain(kernel, others, penalties, tolerance) : [];
            for (int s = 0; s < penalties.Length; s++)
            {
                // Without samples of one class everything is of the other, as in libsvm.
                double sure = others.Length == 0 ? 0 : first > 0 ? 1 : -1;
                settled[s] &= solutions.Length == 0 || solutions[s] is not null;
                foreach (int i in heldOut)
                {
                    decisions[s, i] = solutions.Length > 0 && solutions[s] is { } one ? Decide(kernel, i, others, one.Beta, one.Offset) : sure;
                }
            }
        }

        (double[] Beta, double Offset)?[] all = Chain(kernel, [.. Enumerable.Range(0, m)], penalties, tolerance);
        var found = new PairDecision?[penalties.Length];
        for (int s = 0; s < found.Length; s++)
        {
            found[s] = settled[s] && all[s] is { } one
                ? new PairDecision(one.Beta, one.Offset, DecisionSigmoid.Of(decisions.Row(s), isFirst, weights))
                : null;
        }

        return found;
    }

    private double Decide(Matrix kernel, int sample, int[] others, double[] beta, double offset)
    {
        ReadOnlySpan<double> row = kernel.Row(samples[sample]);
        double sum = offset;
        for (int l = 0; l < others.Length; l++)
        {
            sum = Math.FusedMultiplyAdd(beta[l], row[samples[others[l]]], sum);
        }

        return sum;
    }

    private (double[] Beta, double Offset)?[] Chain(Matrix kernel, int[] places, ReadOnlySpan<double> penalties, double tolerance)
    {
        int m = places.Length;
        var own = new Matrix(m, m);
        double[] z = new double[m];
        for (int i = 0; i < m; i++)
        {
            z[i] = isFirst[places[i]] ? 1 : -1;
            ReadOnlySpan<double> row = kernel.Row(samples[places[i]]);
            Span<double> target = own.Row(i);
            for (int j = 0; j < m; j++)
            {
                target[j] = row[samples[places[j]]];
            }
        }

        var problem = new SequentialMinimization(own, z, 0);
        var found = new (double[] Beta, double Offset)?[penalties.Length];
        double[] lower = new double[m];
        double[] upper = new double[m];
        double[] beta = new double[m];
        for (int s = 0; s < penalties.Length; s++)
        {
            if (s > 0 && (found[s - 1] is null || penalties[s] < penalties[s - 1]))
            {
                Array.Clear(beta);
            }

            for (int i = 0; i < m; i++)
            {
                double most = penalties[s] * weights[places[i]];
                (lower[i], upper[i]) = z[i] > 0 ? (0.0, most) : (-most, 0.0);
            }

            if (problem.TrySolve(lower, upper, tolerance, SequentialMinimization.StepsMax(m), beta, out double offset))
            {
                found[s] = ([.. beta], offset);
            }
        }

        return found;
    }
}
