using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models;

/// <summary>Variables divided by their calibration deviations (divisor n - 1, 0 counts as 1), as seen from their cross-products.</summary>
internal static class CalibrationScales
{
    /// <summary>Divides centred cross-products by the deviations that their diagonal holds, and returns those.</summary>
    public static double[] Divide(Matrix products, long samples)
    {
        double[] scales = new double[products.Rows];
        for (int j = 0; j < scales.Length; j++)
        {
            double deviation = samples > 1 ? Math.Sqrt(products[j, j] / (samples - 1)) : 0;
            scales[j] = deviation == 0 ? 1 : deviation;
        }

        for (int i = 0; i < scales.Length; i++)
        {
            Span<double> row = products.Row(i);
            for (int j = 0; j < scales.Length; j++)
            {
                row[j] /= scales[i] * scales[j];
            }
        }

        return scales;
    }

    /// <summary>Divides one value per variable by the deviations.</summary>
    public static void Divide(Span<double> values, ReadOnlySpan<double> scales)
    {
        for (int j = 0; j < values.Length; j++)
        {
            values[j] /= scales[j];
        }
    }
}
