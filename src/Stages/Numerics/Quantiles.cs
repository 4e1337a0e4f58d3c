using MathNet.Numerics.Distributions;

namespace Pipeline.Stages.Numerics;

/// <summary>Quantiles of the distributions that limits are made of, by MathNet.Numerics (decision 0015).</summary>
internal static class Quantiles
{
    /// <summary>z with P(Z ≤ z) = p of the standard normal distribution.</summary>
    public static double Normal(double p) => MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, p);

    /// <summary>x with P(X ≤ x) = p of χ² with h &gt; 0 degrees of freedom, which need not be whole.</summary>
    public static double ChiSquared(double p, double h) => 2 * Gamma.InvCDF(h / 2, 1, p);

    /// <summary>f with P(F ≤ f) = p of F with d₁ and d₂ degrees of freedom.</summary>
    /// <remarks>
    /// With B = d₂ / (d₂ + d₁F), which has the beta distribution of d₂/2 and d₁/2, f = d₂ (1 − b) / (d₁ b) at
    /// P(B ≤ b) = 1 − p. The library's own inversion of F ends at 1000, below the 99 % point with d₂ = 1.
    /// </remarks>
    public static double FisherF(double p, double d1, double d2)
    {
        double b = Beta.InvCDF(d2 / 2, d1 / 2, 1 - p);
        return d2 * (1 - b) / (d1 * b);
    }
}
