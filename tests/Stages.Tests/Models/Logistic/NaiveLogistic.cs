using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using Matrix = Pipeline.Stages.Numerics.Matrix;

namespace Pipeline.Stages.Tests.Models.Logistic;

/// <summary>Logistic regression by full Newton steps over the coefficients of all classes, every second derivative in plain loops.</summary>
/// <remarks>Unknowns are g(r + 1), the intercept of a class behind its coefficients; the sum of intercepts is held at 0 by a square of its own.</remarks>
internal static class NaiveLogistic
{
    /// <summary>Coefficients g × r and intercepts.</summary>
    public static (double[] Coefficients, double[] Intercepts) Solve(Matrix z, int[] classes, double[] weights, int g, double inversePenalty)
    {
        int width = z.Columns + 1;
        double[] theta = new double[g * width];
        double loss = Loss(theta);
        for (int iteration = 0; iteration < 100; iteration++)
        {
            (double[] gradient, double[,] second) = Differentiate(theta);
            Vector<double> step = DenseMatrix.OfArray(second).Solve(DenseVector.OfArray(gradient));
            double length = 1;
            double[] tried = Moved(length);

            // A rise by rounding is none: where F is flat to its last digit the steps still bring the coefficients nearer.
            while (!(Loss(tried) <= loss + (1e-13 * Math.Abs(loss))) && length > 1e-12)
            {
                length /= 2;
                tried = Moved(length);
            }

            loss = Loss(tried);
            theta = tried;
            if (length <= 1e-12 || step.L2Norm() <= 1e-13 * DenseVector.OfArray(theta).L2Norm())
            {
                break;
            }

            double[] Moved(double part) => [.. theta.Select((value, u) => value - (part * step[u]))];
        }

        return (
            [.. Enumerable.Range(0, g * z.Columns).Select(k => theta[(k / z.Columns * width) + (k % z.Columns)])],
            [.. Enumerable.Range(0, g).Select(c => theta[(c * width) + z.Columns])]);

        double Extended(int i, int j) => j == z.Columns ? 1 : z[i, j];

        double[] Scores(double[] at, int i) =>
            [.. Enumerable.Range(0, g).Select(c => Enumerable.Range(0, width).Sum(j => at[(c * width) + j] * Extended(i, j)))];

        double Loss(double[] at)
        {
            double sum = 0;
            for (int i = 0; i < z.Rows; i++)
            {
                double[] scores = Scores(at, i);
                double own = scores[classes[i]];
                sum += inversePenalty * weights[i] * Math.Log(scores.Sum(score => Math.Exp(score - own)));
            }

            double intercepts = Enumerable.Range(0, g).Sum(c => at[(c * width) + z.Columns]);
            return sum + (intercepts * intercepts / 2) + at.Select((value, u) => u % width == z.Columns ? 0 : value * value / 2).Sum();
        }

        (double[] Gradient, double[,] Second) Differentiate(double[] at)
        {
            double[] first = new double[at.Length];
            double[,] second = new double[at.Length, at.Length];
            double intercepts = Enumerable.Range(0, g).Sum(c => at[(c * width) + z.Columns]);
            for (int u = 0; u < at.Length; u++)
            {
                bool isIntercept = u % width == z.Columns;
                first[u] = isIntercept ? intercepts : at[u];
                for (int v = 0; v < at.Length; v++)
                {
                    second[u, v] = isIntercept ? (v % width == z.Columns ? 1 : 0) : (u == v ? 1 : 0);
                }
            }

            for (int i = 0; i < z.Rows; i++)
            {
                double[] scores = Scores(at, i);
                double largest = scores.Max();
                double total = scores.Sum(score => Math.Exp(score - largest));
                double[] p = [.. scores.Select(score => Math.Exp(score - largest) / total)];
                double factor = inversePenalty * weights[i];
                for (int u = 0; u < at.Length; u++)
                {
                    int c = u / width;
                    double own = classes[i] == c ? -p.Where((_, d) => d != c).Sum() : p[c];
                    first[u] += factor * own * Extended(i, u % width);
                    for (int v = 0; v < at.Length; v++)
                    {
                        int d = v / width;
                        double curvature = c == d ? p[c] * p.Where((_, e) => e != c).Sum() : -p[c] * p[d];
                        second[u, v] += factor * curvature * Extended(i, u % width) * Extended(i, v % width);
                    }
                }
            }

            return (first, second);
        }
    }
}
