using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.SupportVectors.Pairs;

/// <summary>From the decision value of a pair of classes to the probability of the first: 1/(1 + exp(slope f + shift)).</summary>
/// <remarks>
/// Maximum likelihood by Newton's method with backtracking, with targets (n₁ + 1)/(n₁ + 2) and 1/(n₂ + 2) in place of 1 and 0, so that
/// classes that do not overlap keep a finite slope. Exponentials and logarithms are our own, so bits are the same everywhere.
/// Platt (1999), Advances in Large Margin Classifiers, MIT Press, 61-74; Lin, Lin and Weng (2007), Machine Learning 68, 267-276,
/// algorithm 1.
/// </remarks>
/// <param name="Slope">A; below 0 where the decision tells the classes apart.</param>
/// <param name="Shift">B.</param>
internal readonly record struct DecisionSigmoid(double Slope, double Shift)
{
    private const int StepsMax = 100;
    private const double StepMin = 1e-10;

    /// <summary>The end, as a part of the largest that a derivative can be.</summary>
    private const double GradientMin = 1e-11;

    /// <summary>Added to second derivatives, which vanish where all decision values are equal; as the authors have it.</summary>
    private const double Ridge = 1e-12;

    /// <summary>The sigmoid of n decision values that their samples had no part in.</summary>
    /// <param name="decisions">The values.</param>
    /// <param name="isFirst">Whether a sample is of the first class.</param>
    /// <param name="weights">How much it counts.</param>
    public static DecisionSigmoid Of(ReadOnlySpan<double> decisions, ReadOnlySpan<bool> isFirst, ReadOnlySpan<double> weights)
    {
        int first = isFirst.Count(true);
        double[] targets = new double[decisions.Length];
        double slopeScale = 0;
        double shiftScale = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            targets[i] = isFirst[i] ? (first + 1.0) / (first + 2.0) : 1 / (targets.Length - first + 2.0);
            slopeScale += weights[i] * Math.Abs(decisions[i]);
            shiftScale += weights[i];
        }

        double[] small = new double[decisions.Length];
        (double a, double b) = (0, 0);
        double loss = Loss(a, b, decisions, targets, weights, small);
        for (int step = 0; step < StepsMax; step++)
        {
            (double da, double db, double descent) = Direction(a, b, decisions, targets, weights, small, GradientMin * slopeScale, GradientMin * shiftScale);
            double size = descent < 0 ? 1 : 0;
            while (size >= StepMin)
            {
                double lower = Loss(a + (size * da), b + (size * db), decisions, targets, weights, small);
                if (lower < loss + (1e-4 * size * descent))
                {
                    (a, b, loss) = (a + (size * da), b + (size * db), lower);
                    break;
                }

                size /= 2;
            }

            if (size < StepMin)
            {
                break;
            }
        }

        return new DecisionSigmoid(a, b);
    }

    /// <summary>The log-odds of the first class.</summary>
    public double Odds(double decision) => -((Slope * decision) + Shift);

    /// <summary>The step of Newton's method, and what the loss changes by along it; 0 where the derivatives have vanished.</summary>
    private static (double Slope, double Shift, double Descent) Direction(
        double a,
        double b,
        ReadOnlySpan<double> decisions,
        ReadOnlySpan<double> targets,
        ReadOnlySpan<double> weights,
        double[] small,
        double slopeMin,
        double shiftMin)
    {
        Exponentials(a, b, decisions, small);
        (double h11, double h22, double h21, double g1, double g2) = (Ridge, Ridge, 0, 0, 0);
        for (int i = 0; i < decisions.Length; i++)
        {
            double f = decisions[i];
            double p = ((a * f) + b >= 0 ? small[i] : 1) / (1 + small[i]);
            double curvature = weights[i] * small[i] / ((1 + small[i]) * (1 + small[i]));
            double error = weights[i] * (targets[i] - p);
            h11 += f * f * curvature;
            h22 += curvature;
            h21 += f * curvature;
            g1 += f * error;
            g2 += error;
        }

        if (Math.Abs(g1) <= slopeMin && Math.Abs(g2) <= shiftMin)
        {
            return (0, 0, 0);
        }

        double determinant = (h11 * h22) - (h21 * h21);
        double da = -((h22 * g1) - (h21 * g2)) / determinant;
        double db = -((h11 * g2) - (h21 * g1)) / determinant;
        return (da, db, (g1 * da) + (g2 * db));
    }

    private static double Loss(
        double a, double b, ReadOnlySpan<double> decisions, ReadOnlySpan<double> targets, ReadOnlySpan<double> weights, double[] small)
    {
        Exponentials(a, b, decisions, small);
        double sum = 0;
        for (int i = 0; i < decisions.Length; i++)
        {
            double odds = (a * decisions[i]) + b;
            sum += weights[i] * (((odds >= 0 ? targets[i] : targets[i] - 1) * odds) + LogOfOneAnd(small[i]));
        }

        return sum;
    }

    /// <summary>exp(-|a f + b|).</summary>
    private static void Exponentials(double a, double b, ReadOnlySpan<double> decisions, Span<double> small)
    {
        for (int i = 0; i < decisions.Length; i++)
        {
            small[i] = Math.Abs((a * decisions[i]) + b);
        }

        Exponential.OfNegative(1, small, small);
    }

    /// <summary>log(1 + e) for e from 0 to 1, by the series of the hyperbolic arctangent of at most 1/3.</summary>
    private static double LogOfOneAnd(double e)
    {
        double ratio = e / (2 + e);
        double square = ratio * ratio;
        double sum = 0;
        for (int k = 35; k >= 1; k -= 2)
        {
            sum = Math.FusedMultiplyAdd(sum, square, 1.0 / k);
        }

        return 2 * ratio * sum;
    }
}
