using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Tests.Models.ElasticNet;

/// <summary>Cyclic coordinate descent, the naive twin: ½‖y - Xb‖² + λ₁‖b‖₁ + ½λ₂‖b‖² over centred data, until nothing moves.</summary>
internal static class CoordinateDescent
{
    public static double[] Solve(MatrixView x, double[] y, double l1, double l2, int sweepsMax)
    {
        double[] b = new double[x.Columns];
        double[] residual = [.. y];
        for (int sweep = 0; sweep < sweepsMax; sweep++)
        {
            double largestMove = 0;
            double largest = 0;
            for (int j = 0; j < b.Length; j++)
            {
                double square = 0;
                double gradient = 0;
                for (int i = 0; i < x.Rows; i++)
                {
                    square += x[i, j] * x[i, j];
                    gradient += x[i, j] * residual[i];
                }

                double free = gradient + (square * b[j]);
                double next = square == 0 ? 0 : Math.Sign(free) * Math.Max(0, Math.Abs(free) - l1) / (square + l2);
                for (int i = 0; i < x.Rows; i++)
                {
                    residual[i] -= x[i, j] * (next - b[j]);
                }

                largestMove = Math.Max(largestMove, Math.Abs(next - b[j]));
                b[j] = next;
                largest = Math.Max(largest, Math.Abs(next));
            }

            if (largestMove <= 1e-14 * largest)
            {
                return b;
            }
        }

        throw new InvalidOperationException("The twin did not come to rest.");
    }
}
