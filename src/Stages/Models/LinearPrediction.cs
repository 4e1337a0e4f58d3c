using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models;

/// <summary>Predictions of linear models on the original scale.</summary>
internal static class LinearPrediction
{
    /// <summary>ŷ = intercept + X b for n × p spectra, into n × 1 values; a row's value depends on that row alone.</summary>
    public static void Predict(MatrixView x, ReadOnlySpan<double> coefficients, double intercept, MatrixSpan yHat)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, coefficients.Length, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Rows, x.Rows, nameof(yHat));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Columns, 1, nameof(yHat));
        for (int i = 0; i < x.Rows; i++)
        {
            yHat[i, 0] = intercept + Products.Dot(x.Row(i), coefficients);
        }
    }
}
