using Pipeline.Stages.Models.Ridge;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.ElasticNet;

/// <summary>A fitted lasso or elastic net of one response.</summary>
/// <remarks>Immutable, safe for several threads.</remarks>
public sealed class FittedElasticNet : ILinearModel
{
    private readonly double[] _coefficients;

    internal FittedElasticNet(double l1, double l2, double[] coefficients, double intercept)
    {
        L1 = l1;
        L2 = l2;
        Intercept = intercept;
        _coefficients = coefficients;
    }

    /// <summary>The penalty λ₁ of Σ|b| that was used, beside half the sum of squared residuals.</summary>
    public double L1 { get; }

    /// <summary>The penalty λ₂ of Σb²/2 that was used.</summary>
    public double L2 { get; }

    /// <summary>p coefficients on the original scale, exactly 0 for variables that are left out: ŷ = intercept + xᵀb.</summary>
    public ReadOnlySpan<double> Coefficients => _coefficients;

    /// <summary>The intercept c.</summary>
    public double Intercept { get; }

    /// <inheritdoc/>
    public int VariableCount => _coefficients.Length;

    /// <inheritdoc/>
    public int ResponseCount => 1;

    /// <summary>Predicts n × p spectra into n × 1 values. Time 2np.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat) => LinearPrediction.Predict(x, _coefficients, Intercept, yHat);

    /// <summary>The magnitude of each coefficient; 0 for a variable that is left out.</summary>
    public void CopyImportance(Span<double> importance) => FittedRidge.CopyMagnitudes(_coefficients, importance);
}
