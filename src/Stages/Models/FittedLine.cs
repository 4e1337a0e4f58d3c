using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models;

/// <summary>A fitted model of which only the line is known, whatever family it came from.</summary>
/// <remarks>Immutable, safe for several threads.</remarks>
internal sealed class FittedLine : ILinearModel
{
    /// <summary>The name of the saved coefficients.</summary>
    public const string CoefficientsName = "coefficients";

    /// <summary>The name of the saved intercept.</summary>
    public const string InterceptName = "intercept";

    private readonly double[] _coefficients;

    /// <summary>ŷ = intercept + xᵀb.</summary>
    public FittedLine(ReadOnlySpan<double> coefficients, double intercept)
    {
        _coefficients = coefficients.ToArray();
        Intercept = intercept;
    }

    /// <summary>The line of saved numbers.</summary>
    public static FittedLine Restore(ImmutableArray<NamedArray> learnt, int variables) => new(
        SavedNumbers.Of(learnt, CoefficientsName, variables), SavedNumbers.Of(learnt, InterceptName, 1)[0]);

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
