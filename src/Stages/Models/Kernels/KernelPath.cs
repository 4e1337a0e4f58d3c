using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Kernels;

/// <summary>Several kernel models of one calibration set.</summary>
/// <param name="expansion">The calibration spectra.</param>
/// <param name="weights">The weight of each calibration sample for each setting, settings × n.</param>
/// <param name="factors">c of exp(-c d²) for each setting; settings of one kernel follow each other.</param>
/// <param name="failures">Why a setting has no answer, or null where it has one.</param>
internal sealed class KernelPath(KernelExpansion expansion, Matrix weights, double[] factors, string?[] failures) : ISettingPath
{
    /// <inheritdoc/>
    public string? FailureOf(int settingIndex) => failures[settingIndex];

    /// <summary>ŷ = ȳ + Σ α_l k(x, x_l). Time 2np, and n for each kernel and 2n for each setting, for every spectrum.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, expansion.VariableCount, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Rows, x.Rows, nameof(yHat));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Columns, failures.Length, nameof(yHat));
        double[] squared = new double[expansion.Count];
        double[] values = new double[failures.Length];
        double[] centred = new double[x.Columns];
        double[] kernel = new double[expansion.Count];
        for (int i = 0; i < x.Rows; i++)
        {
            expansion.Distances(x.Row(i), centred, squared);
            Sum(squared, kernel, expansion.YMean, weights.View, factors, values);
            for (int s = 0; s < values.Length; s++)
            {
                if (failures[s] is null)
                {
                    yHat[i, s] = values[s];
                }
            }
        }
    }

    /// <summary>Root mean square derivative of the prediction by each variable; see <see cref="KernelExpansion.CopyImportance"/>.</summary>
    public void CopyImportance(int settingIndex, Span<double> importance)
    {
        if (failures[settingIndex] is { } reason)
        {
            throw new InvalidOperationException($"A setting without answer has no importance: {reason}");
        }

        expansion.CopyImportance(weights.Row(settingIndex), factors[settingIndex], importance);
    }

    /// <summary>Predictions of one spectrum with every setting from its distances to the calibration samples.</summary>
    /// <param name="squared">n squared distances.</param>
    /// <param name="kernel">Room for n values.</param>
    /// <param name="yMean">The mean response.</param>
    /// <param name="weights">Settings × n.</param>
    /// <param name="factors">c of the kernel of each setting.</param>
    /// <param name="values">One prediction for each setting.</param>
    public static void Sum(
        ReadOnlySpan<double> squared,
        Span<double> kernel,
        double yMean,
        MatrixView weights,
        ReadOnlySpan<double> factors,
        Span<double> values)
    {
        for (int s = 0; s < values.Length; s++)
        {
            if (s == 0 || factors[s] != factors[s - 1])
            {
                Exponential.OfNegative(factors[s], squared, kernel);
            }

            values[s] = yMean + Products.Dot(weights.Row(s), kernel);
        }
    }
}
