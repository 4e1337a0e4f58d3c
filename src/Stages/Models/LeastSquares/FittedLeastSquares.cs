using Pipeline.Stages.Models.Ridge;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.LeastSquares;

/// <summary>A fitted least-squares regression of one response, which is its own path of one setting.</summary>
/// <remarks>Immutable, safe for several threads.</remarks>
public sealed class FittedLeastSquares : ILinearModel, ISettingPath
{
    private readonly double[] _coefficients;

    internal FittedLeastSquares(double[] coefficients, double intercept)
    {
        Intercept = intercept;
        _coefficients = coefficients;
    }

    /// <summary>p coefficients on the original scale: ŷ = intercept + xᵀb.</summary>
    public ReadOnlySpan<double> Coefficients => _coefficients;

    /// <summary>The intercept c.</summary>
    public double Intercept { get; }

    /// <inheritdoc/>
    public int VariableCount => _coefficients.Length;

    /// <inheritdoc/>
    public int ResponseCount => 1;

    /// <summary>Predicts n × p spectra into n × 1 values. Time 2np.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat) => LinearPrediction.Predict(x, _coefficients, Intercept, yHat);

    /// <summary>The magnitude of each coefficient.</summary>
    public void CopyImportance(Span<double> importance) => FittedRidge.CopyMagnitudes(_coefficients, importance);

    /// <inheritdoc/>
    string? ISettingPath.FailureOf(int settingIndex) => null;

    /// <inheritdoc/>
    void ISettingPath.CopyImportance(int settingIndex, Span<double> importance) => CopyImportance(importance);
}
