using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models;

/// <summary>Lines through the mean of one calibration set for several settings: ŷ = ȳ + (x - x̄)ᵀb.</summary>
/// <remarks>Immutable, safe for several threads. Memory settings × p doubles, twice where importance is not the size of b.</remarks>
internal sealed class LinePath : ISettingPath
{
    private readonly Matrix _coefficients;
    private readonly string?[] _failures;
    private readonly double[] _means;
    private readonly double _yMean;
    private readonly Matrix? _importance;

    /// <summary>Lines; the arrays are taken over.</summary>
    /// <param name="coefficients">b of each setting, settings × p.</param>
    /// <param name="failures">Why a setting has no answer, or null.</param>
    /// <param name="means">x̄.</param>
    /// <param name="yMean">ȳ.</param>
    /// <param name="importance">How much each variable matters to each setting, settings × p; the magnitudes of b where null.</param>
    public LinePath(Matrix coefficients, string?[] failures, double[] means, double yMean, Matrix? importance = null)
    {
        _coefficients = coefficients;
        _failures = failures;
        _means = means;
        _yMean = yMean;
        _importance = importance;
    }

    /// <inheritdoc/>
    public string? FailureOf(int settingIndex) => _failures[settingIndex];

    /// <summary>Predicts with every setting at once, one pass over X. Time 2np for each setting.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, _coefficients.Columns, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Rows, x.Rows, nameof(yHat));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Columns, _failures.Length, nameof(yHat));
        double[] centred = new double[x.Columns];
        double[] products = new double[_failures.Length];
        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.Subtract(x.Row(i), _means, centred);
            Products.Project(_coefficients.View, centred, products);
            for (int s = 0; s < products.Length; s++)
            {
                if (_failures[s] is null)
                {
                    yHat[i, s] = _yMean + products[s];
                }
            }
        }
    }

    /// <inheritdoc/>
    public void CopyImportance(int settingIndex, Span<double> importance)
    {
        if (_failures[settingIndex] is { } reason)
        {
            throw new InvalidOperationException($"A setting without answer has no importance: {reason}");
        }

        if (_importance is { } known)
        {
            known.Row(settingIndex).CopyTo(importance);
            return;
        }

        ReadOnlySpan<double> b = _coefficients.Row(settingIndex);
        ArgumentOutOfRangeException.ThrowIfNotEqual(importance.Length, b.Length);
        for (int j = 0; j < b.Length; j++)
        {
            importance[j] = Math.Abs(b[j]);
        }
    }
}
