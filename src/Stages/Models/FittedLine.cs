using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models;

/// <summary>A fitted model of which only the line is known, whatever family it came from.</summary>
/// <remarks>Immutable, safe for several threads.</remarks>
internal sealed class FittedLine : ILinearModel
{
    private readonly double[] _coefficients;

    /// <summary>ŷ = intercept + xᵀb.</summary>
    public FittedLine(ReadOnlySpan<double> coefficients, double intercept)
    {
        _coefficients = coefficients.ToArray();
        Intercept = intercept;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<double> Coefficients => _coefficients;

    /// <inheritdoc/>
    public double Intercept { get; }

    /// <inheritdoc/>
    public int VariableCount => _coefficients.Length;

    /// <inheritdoc/>
    public int ResponseCount => 1;

    /// <inheritdoc/>
    public void Predict(MatrixView x, MatrixSpan yHat) => LinearPrediction.Predict(x, _coefficients, Intercept, yHat);

    /// <summary>The magnitude of each coefficient.</summary>
    public void CopyImportance(Span<double> importance)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(importance.Length, _coefficients.Length);
        for (int j = 0; j < importance.Length; j++)
        {
            importance[j] = Math.Abs(_coefficients[j]);
        }
    }
}
