using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Prediction;

/// <summary>Distances up to which a new spectrum passes as one of the calibration's kind; +∞ where none can be given.</summary>
/// <param name="T2Warn">T² at 95 %.</param>
/// <param name="T2Reject">T² at 99 %.</param>
/// <param name="QWarn">Q at 95 %.</param>
/// <param name="QReject">Q at 99 %.</param>
/// <param name="LeverageWarn">3A/n.</param>
public sealed record ScoreLimits(double T2Warn, double T2Reject, double QWarn, double QReject, double LeverageWarn)
{
    /// <summary>The level above which a person is warned.</summary>
    public const double WarnLevel = 0.95;

    /// <summary>The level above which a result is not to be used.</summary>
    public const double RejectLevel = 0.99;

    /// <summary>Residual variance below this part of the whole is rounding: the scores describe the variables completely.</summary>
    private const double ResidualShareMin = 1e-12;

    /// <summary>The limits of a space of A scores of n samples.</summary>
    /// <param name="n">Calibration samples.</param>
    /// <param name="components">A.</param>
    /// <param name="theta">θ₁, θ₂, θ₃: sums of the eigenvalues of the residual covariance to the powers 1, 2, 3.</param>
    /// <param name="totalVariance">Sum of the variances of the variables, to tell a residual from rounding.</param>
    public static ScoreLimits Of(int n, int components, (double First, double Second, double Third) theta, double totalVariance)
    {
        bool hasResidual = theta.First > ResidualShareMin * totalVariance;
        return new ScoreLimits(
            T2(n, components, WarnLevel),
            T2(n, components, RejectLevel),
            hasResidual ? Q(theta, WarnLevel) : double.PositiveInfinity,
            hasResidual ? Q(theta, RejectLevel) : double.PositiveInfinity,
            components == 0 ? double.PositiveInfinity : 3.0 * components / n);
    }

    /// <summary>T² of a new sample: A(n² − 1) / (n(n − A)) · F(A, n − A); +∞ for no component or n ≤ A.</summary>
    /// <remarks>Tracy, Young and Mason (1992), J. Quality Technology 24, 88-95, future observations.</remarks>
    internal static double T2(int n, int components, double level)
    {
        double A = components;
        return components == 0 || n <= components
            ? double.PositiveInfinity
            : A * (((double)n * n) - 1) / (n * (n - A)) * Quantiles.FisherF(level, A, n - A);
    }

    /// <summary>Q by Jackson and Mudholkar; by Box where theirs has no real value.</summary>
    /// <remarks>
    /// θ₁ (z √(2θ₂h₀²)/θ₁ + 1 + θ₂h₀(h₀ − 1)/θ₁²)^(1/h₀) with h₀ = 1 − 2θ₁θ₃/(3θ₂²). Where h₀ ≤ 0 (a few residual
    /// directions dominate) or the bracket is not positive, the approximation has left its ground, and g·χ²(h) with
    /// g = θ₂/θ₁, h = θ₁²/θ₂ is taken. Jackson and Mudholkar (1979), Technometrics 21, 341-349; Box (1954), Annals of
    /// Mathematical Statistics 25, 290-302.
    /// </remarks>
    internal static double Q((double First, double Second, double Third) theta, double level) =>
        JacksonMudholkar(theta, level) is { } limit && double.IsFinite(limit) ? limit : Box(theta, level);

    /// <summary>Jackson and Mudholkar's limit, or null where it has no real value.</summary>
    internal static double? JacksonMudholkar((double First, double Second, double Third) theta, double level)
    {
        double h0 = 1 - (2 * theta.First * theta.Third / (3 * theta.Second * theta.Second));
        double z = Quantiles.Normal(level);
        double bracket = (z * Math.Sqrt(2 * theta.Second * h0 * h0) / theta.First)
            + 1
            + (theta.Second * h0 * (h0 - 1) / (theta.First * theta.First));
        return h0 > 0 && bracket > 0 ? theta.First * Exponential.Of(NaturalLogarithm.Of(bracket) / h0) : null;
    }

    /// <summary>Box's limit g·χ²(h).</summary>
    internal static double Box((double First, double Second, double Third) theta, double level) =>
        theta.Second / theta.First * Quantiles.ChiSquared(level, theta.First * theta.First / theta.Second);
}
