namespace Pipeline.Stages.Preprocessing;

/// <summary>Polynomials that are orthogonal over equally spaced points on [-1, 1].</summary>
/// <remarks>
/// Monic, by the three-term recurrence P_(k+1)(t) = t P_k(t) − b_k P_(k−1)(t) with b_k = |P_k|² / |P_(k−1)|²; the
/// points lie symmetrically, so there is no middle term. Derivatives follow by differentiating the recurrence.
/// Time O(points × degree) per derivative order. Gorry (1990), Analytical Chemistry 62, 570-573.
/// </remarks>
internal sealed class GramPolynomials
{
    private readonly double[] _b;

    /// <summary>Polynomials up to a degree over some points.</summary>
    public GramPolynomials(int points, int degree)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(points, degree + 1);
        Points = points;
        Degree = degree;
        _b = new double[degree + 1];
        SquaredNorms = new double[degree + 1];
        for (int k = 0; k <= degree; k++)
        {
            for (int i = 0; i < points; i++)
            {
                double value = Evaluate(Point(i), k, 0)[k];
                SquaredNorms[k] += value * value;
            }

            _b[k] = k == 0 ? 0 : SquaredNorms[k] / SquaredNorms[k - 1];
        }
    }

    /// <summary>Number of points.</summary>
    public int Points { get; }

    /// <summary>The highest degree.</summary>
    public int Degree { get; }

    /// <summary>Σ P_k(t)² over the points, per degree.</summary>
    public double[] SquaredNorms { get; }

    /// <summary>The position of a point on [-1, 1]; a single point lies at 0.</summary>
    public double Point(int i) => Points == 1 ? 0 : ((2.0 * i) - (Points - 1)) / (Points - 1);

    /// <summary>The derivative of every polynomial of degree 0 to <paramref name="degree"/> at t.</summary>
    public double[] Evaluate(double t, int degree, int derivative)
    {
        double[] lower = [];
        for (int d = 0; d <= derivative; d++)
        {
            lower = EvaluateOne(t, degree, d, lower);
        }

        return lower;
    }

    private double[] EvaluateOne(double t, int degree, int derivative, double[] lower)
    {
        double[] values = new double[degree + 1];
        values[0] = derivative == 0 ? 1 : 0;
        for (int k = 0; k < degree; k++)
        {
            values[k + 1] = t * values[k];
            if (k > 0)
            {
                values[k + 1] -= _b[k] * values[k - 1];
            }

            if (derivative > 0)
            {
                values[k + 1] += derivative * lower[k];
            }
        }

        return values;
    }
}
