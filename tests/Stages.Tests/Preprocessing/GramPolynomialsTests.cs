using Pipeline.Stages.Preprocessing;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Preprocessing;

public sealed class GramPolynomialsTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 2)]
    [InlineData(11, 10)]
    [InlineData(41, 10)]
    [InlineData(501, 10)]
    [InlineData(4200, 10)]
    public void Evaluate_AnyPoints_IsOrthogonal(int points, int degree)
    {
        // Up to the highest degree of sg and detrend, in the narrowest and widest windows.
        var polynomials = new GramPolynomials(points, degree);
        double[][] values =
            [.. Enumerable.Range(0, points).Select(i => polynomials.Evaluate(polynomials.Point(i), degree, 0))];
        for (int k = 0; k <= degree; k++)
        {
            for (int l = 0; l <= k; l++)
            {
                double scale = Math.Sqrt(polynomials.SquaredNorms[k] * polynomials.SquaredNorms[l]);
                double product = values.Sum(at => at[k] * at[l]);
                Tolerance.AssertClose(k == l ? scale : 0, product, 1e-12, scale, $"Degrees {k} and {l}");
            }
        }
    }

    [Fact]
    public void Evaluate_Derivative_EqualsDifferences()
    {
        // Central differences with a step of 1e-5 hold about 10 digits of a first derivative near 1.
        var polynomials = new GramPolynomials(15, 6);
        const double Step = 1e-5;
        foreach (double t in new[] { -1.0, -0.3, 0, 0.7, 1 })
        {
            for (int derivative = 1; derivative <= 3; derivative++)
            {
                double[] above = polynomials.Evaluate(t + Step, 6, derivative - 1);
                double[] below = polynomials.Evaluate(t - Step, 6, derivative - 1);
                double[] exact = polynomials.Evaluate(t, 6, derivative);
                for (int k = 0; k <= 6; k++)
                {
                    double difference = (above[k] - below[k]) / (2 * Step);
                    Tolerance.AssertClose(difference, exact[k], 1e-7, 1 + Math.Abs(exact[k]), $"Order {derivative} of degree {k}");
                }
            }
        }
    }
}
