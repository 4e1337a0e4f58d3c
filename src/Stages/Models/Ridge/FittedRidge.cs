using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Ridge;

/// <summary>A fitted ridge regression of one response.</summary>
/// <remarks>Immutable, safe for several threads.</remarks>
public sealed class FittedRidge : ILinearModel
{
    private readonly Matrix _coefficients;

    internal FittedRidge(double lambda, Matrix coefficients, double intercept)
    {
        Lambda = lambda;
        Intercept = intercept;
        _coefficients = coefficients;
    }

    /// <summary>The absolute penalty that was used.</summary>
    public double Lambda { get; }

    /// <summary>p coefficients on the original scale: ŷ = intercept + xᵀb.</summary>
    public ReadOnlySpan<double> Coefficients => _coefficients.Values;

    /// <summary>The intercept c.</summary>
    public double Intercept { get; }

    /// <inheritdoc/>
    public int VariableCount => _coefficients.Columns;

    /// <inheritdoc/>
    public int ResponseCount => 1;

    /// <summary>Predicts n × p spectra into n × 1 values. Time 2np.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat) =>
        LinearPrediction.Predict(x, _coefficients.Values, Intercept, yHat);

    /// <summary>The magnitude of each coefficient.</summary>
    public void CopyImportance(Span<double> importance) => CopyMagnitudes(_coefficients.Values, importance);

    /// <summary>|b| of each variable, into p values.</summary>
    internal static void CopyMagnitudes(ReadOnlySpan<double> b, Span<double> importance)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(importance.Length, b.Length);
        for (int j = 0; j < b.Length; j++)
        {
            importance[j] = Math.Abs(b[j]);
        }
    }
}
