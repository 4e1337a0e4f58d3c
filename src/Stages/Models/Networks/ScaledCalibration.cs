using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;

namespace Pipeline.Stages.Models.Networks;

/// <summary>Calibration spectra and one response as a network is given them: standardised, or as measured.</summary>
/// <remarks>
/// Standardised: each variable and the response less its mean, divided by its deviation (divisor n - 1, 0 counts as 1). Nodes see sums of
/// the order of 1, where their activation bends, whatever the unit of the spectra; a tolerance means the same for every response.
/// Immutable but for the arrays, which nobody writes to. Memory np + 2p + n doubles.
/// </remarks>
internal sealed class ScaledCalibration
{
    private ScaledCalibration(Matrix x, double[] y, double[] means, double[] scales, double offset, double factor, bool varies)
    {
        X = x;
        Y = y;
        Means = means;
        Scales = scales;
        Offset = offset;
        Factor = factor;
        ResponseVaries = varies;
    }

    /// <summary>n × p spectra.</summary>
    public Matrix X { get; }

    /// <summary>n responses.</summary>
    public double[] Y { get; }

    /// <summary>What is taken off each variable.</summary>
    public double[] Means { get; }

    /// <summary>What each variable is then multiplied with.</summary>
    public double[] Scales { get; }

    /// <summary>What predictions are moved by, after <see cref="Factor"/>.</summary>
    public double Offset { get; }

    /// <summary>What predictions are multiplied with.</summary>
    public double Factor { get; }

    /// <summary>Whether there is anything to learn.</summary>
    public bool ResponseVaries { get; }

    /// <summary>Bytes held, and while they are made.</summary>
    public static long SizeBytes(long n, long p) =>
        CentredCalibration.SizeBytes(n, p) + (sizeof(double) * ((n * p) + (4 * p) + (3 * n)));

    /// <summary>Takes n × p spectra and an n × 1 response.</summary>
    /// <exception cref="Engine.StageException">A value is not a finite number.</exception>
    public static ScaledCalibration Of(MatrixView x, MatrixView y, bool isStandardised)
    {
        using CentredCalibration centred = CentredCalibration.Of(x, y);
        bool varies = centred.YSquaredNorm > 0;
        double[] responses = new double[x.Rows];
        if (!isStandardised)
        {
            y.CopyColumn(0, responses);
            double[] ones = new double[x.Columns];
            Array.Fill(ones, 1);
            return new ScaledCalibration(x.ToMatrix(), responses, new double[x.Columns], ones, 0, 1, varies);
        }

        double[] scales = Autoscale.Scales(x, centred.Means);
        var scaled = new Matrix(x.Rows, x.Columns);
        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.ShiftAndScale(x.Row(i), centred.Means, scales, scaled.Row(i));
        }

        double factor = varies ? Math.Sqrt(centred.YSquaredNorm / (x.Rows - 1)) : 1;
        for (int i = 0; i < responses.Length; i++)
        {
            responses[i] = centred.Y[i] / factor;
        }

        return new ScaledCalibration(scaled, responses, centred.Means, scales, centred.YMean, factor, varies);
    }
}
