using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Models.Networks.Training;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;

namespace Pipeline.Stages.Models.Networks;

/// <summary>Calibration spectra and what to predict as a network is given them: standardised, or as measured.</summary>
/// <remarks>
/// Standardised: each variable and the response less its mean, divided by its deviation (divisor n - 1, 0 counts as 1). Nodes see sums of
/// the order of 1, where their activation bends, whatever the unit of the spectra; a tolerance means the same for every response.
/// Classes become indicators, which have no unit. Immutable but for the arrays, which nobody writes to. Memory np + 2p + n doubles, and n
/// more for each class.
/// </remarks>
internal sealed class ScaledCalibration
{
    private ScaledCalibration(Matrix x, NetworkTargets targets, double[] means, double[] scales)
    {
        X = x;
        Targets = targets;
        Means = means;
        Scales = scales;
    }

    /// <summary>n × p spectra.</summary>
    public Matrix X { get; }

    /// <summary>What n samples should be predicted.</summary>
    public NetworkTargets Targets { get; }

    /// <summary>What is taken off each variable.</summary>
    public double[] Means { get; }

    /// <summary>What each variable is then multiplied with.</summary>
    public double[] Scales { get; }

    /// <summary>What a predicted number is moved by, after <see cref="Factor"/>.</summary>
    public double Offset { get; private init; }

    /// <summary>What a predicted number is multiplied with.</summary>
    public double Factor { get; private init; } = 1;

    /// <summary>Whether there is anything to learn.</summary>
    public bool ResponseVaries { get; private init; } = true;

    /// <summary>The classes that have samples; null where the response is a number.</summary>
    public SeenClasses? Classes { get; private init; }

    /// <summary>Bytes held, and while they are made.</summary>
    public static long SizeBytes(long n, long p, int outputs = 1) =>
        CentredCalibration.SizeBytes(n, p) + (sizeof(double) * ((n * p) + (4 * p) + (4 * n) + (2L * outputs * n)));

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
            return AsMeasured(x, NetworkTargets.OfNumbers(responses), varies, null);
        }

        double factor = varies ? Math.Sqrt(centred.YSquaredNorm / (x.Rows - 1)) : 1;
        for (int i = 0; i < responses.Length; i++)
        {
            responses[i] = centred.Y[i] / factor;
        }

        double[] scales = Autoscale.Scales(x, centred.Means);
        return new ScaledCalibration(Standardised(x, centred.Means, scales), NetworkTargets.OfNumbers(responses), centred.Means, scales)
        {
            Offset = centred.YMean,
            Factor = factor,
            ResponseVaries = varies,
        };
    }

    /// <summary>Takes n × p spectra and n × C indicators.</summary>
    /// <param name="x">Spectra.</param>
    /// <param name="y">Indicators.</param>
    /// <param name="isStandardised">Whether the spectra are standardised.</param>
    /// <param name="isBalanced">Whether every class counts the same.</param>
    /// <exception cref="Engine.StageException">A value is not a finite number, or fewer than two classes have samples.</exception>
    public static ScaledCalibration OfClasses(MatrixView x, MatrixView y, bool isStandardised, bool isBalanced)
    {
        using ClassCalibration calibration = ClassCalibration.Of(x, y);
        var classes = SeenClasses.Of(calibration.Counts);
        NetworkTargets targets = NetworkTargets.OfClasses(
            [.. calibration.Classes.Select(one => classes.Seen.IndexOf(one))], classes.Seen.Length, isBalanced ? calibration.Weights(true) : []);
        if (!isStandardised)
        {
            return AsMeasured(x, targets, true, classes);
        }

        double[] scales = Autoscale.Scales(x, calibration.Means);
        return new ScaledCalibration(Standardised(x, calibration.Means, scales), targets, calibration.Means, scales) { Classes = classes };
    }

    private static ScaledCalibration AsMeasured(MatrixView x, NetworkTargets targets, bool varies, SeenClasses? classes)
    {
        double[] ones = new double[x.Columns];
        Array.Fill(ones, 1);
        return new ScaledCalibration(x.ToMatrix(), targets, new double[x.Columns], ones) { ResponseVaries = varies, Classes = classes };
    }

    private static Matrix Standardised(MatrixView x, double[] means, double[] scales)
    {
        var scaled = new Matrix(x.Rows, x.Columns);
        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.ShiftAndScale(x.Row(i), means, scales, scaled.Row(i));
        }

        return scaled;
    }
}
