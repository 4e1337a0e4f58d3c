using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.ElasticNet;

/// <summary>Lasso and elastic net of one response: minimises ½‖y - Xb - c‖² + λ₁‖b‖₁ + ½λ₂‖b‖² with c unpenalised.</summary>
/// <remarks>
/// <para>
/// X is n × p, y is n × 1, both as measured: centring is done here, scaling is not, so that variables of larger variation
/// are penalised less; an autoscaled chain treats all alike. λ₁ is given as a fraction of the smallest that leaves every
/// coefficient 0, max |Xcᵀyc| of the calibration samples at hand, and λ₂ = λ₁ (1 - m) / m · s_x / s_y with m the mixing,
/// s_x the root of the mean variance of the variables and s_y the deviation of the response: the same numbers mean the
/// same in any unit. The penalty α of others with their 1/(2n) before ‖y - Xb - c‖² is λ₁ / (n m); on autoscaled spectra and a
/// response of deviation 1 both conventions agree.
/// </para>
/// <para>
/// A variable without variance gets coefficient 0; spectra or a response without variance give a model that predicts the
/// mean. Where variables repeat each other and m = 1, the coefficients are not unique, the predictions are. Time
/// O(np + nm²) for m variables used, more where many come and go; the solution obeys its conditions to
/// <see cref="ElasticNetDescent.Tolerance"/>; what cannot be solved so is a <see cref="FailureKind.Numerical"/> failure.
/// Tibshirani (1996), JRSS B 58, 267-288; Zou and Hastie (2005), JRSS B 67, 301-320; Friedman, Hastie and Tibshirani
/// (2010), Journal of Statistical Software 33(1) (the response in units of its deviation).
/// </para>
/// </remarks>
public sealed class ElasticNetRegression : IModel
{
    /// <summary>A specification.</summary>
    /// <param name="fraction">λ₁ as a fraction of the smallest that leaves every coefficient 0; above 0 and finite.</param>
    /// <param name="mixing">m, the share of the absolute penalty, above 0, at most 1 (the lasso).</param>
    public ElasticNetRegression(double fraction, double mixing)
    {
        ElasticNetFamily.RequireMixing(mixing);
        if (!(fraction > 0 && double.IsFinite(fraction)))
        {
            throw new ArgumentOutOfRangeException(nameof(fraction), "A penalty must be a finite number above 0.");
        }

        Fraction = fraction;
        Mixing = mixing;
    }

    /// <summary>λ₁ as a fraction of the smallest that leaves every coefficient 0.</summary>
    public double Fraction { get; }

    /// <summary>The share of the absolute penalty; 1 is the lasso.</summary>
    public double Mixing { get; }

    /// <inheritdoc cref="IModel.Fit"/>
    public FittedElasticNet Fit(MatrixView x, MatrixView y)
    {
        ElasticNetPath path = ElasticNetFamily.FitPath(x, y, [Fraction], Mixing, default);
        if (path.FailureOf(0) is { } reason)
        {
            throw new StageException(FailureKind.Numerical, reason);
        }

        (double[] coefficients, double intercept) = path.Line(0);
        double l1 = Fraction * path.L1Max;
        return new FittedElasticNet(l1, l1 * path.SquareShare, coefficients, intercept);
    }

    /// <inheritdoc/>
    IFittedModel IModel.Fit(MatrixView x, MatrixView y) => Fit(x, y);
}
