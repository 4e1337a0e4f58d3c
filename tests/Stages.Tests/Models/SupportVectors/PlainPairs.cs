using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Tests.Models.SupportVectors;

/// <summary>The naive twin of the solver: pair after pair in turn, each to its own optimum, until none gains.</summary>
/// <remarks>Nothing is chosen and nothing is carried along but the gradient; a pair's optimum is the best of all places where it can lie.</remarks>
internal static class PlainPairs
{
    private const int SweepsMax = 200_000;

    /// <summary>Minimises ½βᵀKβ - zᵀβ + ε Σ|β_i| with Σβ = 0 and bounds, from 0.</summary>
    public static double[] Solve(Matrix kernel, double[] z, double epsilon, double[] lower, double[] upper)
    {
        int m = z.Length;
        double[] beta = new double[m];
        for (int sweep = 0; sweep < SweepsMax; sweep++)
        {
            double gained = 0;
            for (int i = 0; i < m; i++)
            {
                for (int j = i + 1; j < m; j++)
                {
                    double slope = Gradient(kernel, z, beta, i) - Gradient(kernel, z, beta, j);
                    double curvature = kernel[i, i] + kernel[j, j] - (2 * kernel[i, j]);
                    double Change(double t) => (slope * t) + (curvature * t * t / 2)
                        + (epsilon * (Math.Abs(beta[i] + t) - Math.Abs(beta[i]) + Math.Abs(beta[j] - t) - Math.Abs(beta[j])));
                    double bottom = Math.Max(lower[i] - beta[i], beta[j] - upper[j]);
                    double top = Math.Min(upper[i] - beta[i], beta[j] - lower[j]);
                    double[] places =
                    [
                        bottom, top, -beta[i], beta[j], -slope / curvature, -(slope + (2 * epsilon)) / curvature, -(slope - (2 * epsilon)) / curvature,
                    ];
                    double best = places.Where(t => t >= bottom && t <= top).MinBy(Change);
                    if (Change(best) < 0)
                    {
                        gained -= Change(best);
                        beta[i] += best;
                        beta[j] -= best;
                    }
                }
            }

            if (gained < 1e-14)
            {
                return beta;
            }
        }

        throw new InvalidOperationException("The plain solver does not end.");
    }

    /// <summary>What is minimised.</summary>
    public static double Objective(Matrix kernel, double[] z, double epsilon, ReadOnlySpan<double> beta)
    {
        double sum = 0;
        for (int i = 0; i < z.Length; i++)
        {
            sum += (beta[i] * ((Products.Dot(kernel.Row(i), beta) / 2) - z[i])) + (epsilon * Math.Abs(beta[i]));
        }

        return sum;
    }

    private static double Gradient(Matrix kernel, double[] z, double[] beta, int i) => Products.Dot(kernel.Row(i), beta) - z[i];
}
