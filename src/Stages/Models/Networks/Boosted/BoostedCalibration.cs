using Pipeline.Engine;
using Pipeline.Stages.Models.Networks.Training;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Models.Networks.Boosted;

/// <summary>A calibration set as all boosted models see it: who is learnt from, who judges, and the row space.</summary>
/// <remarks>
/// The split is scikit-learn's <c>train_test_split</c> with 15 % of the samples, rounded up. The row space depends on the
/// spectra alone, so every network of every setting shares one decomposition. Immutable, safe for several threads.
/// </remarks>
internal sealed class BoostedCalibration
{
    private BoostedCalibration(ScaledCalibration samples, Matrix validation, double[] validationY, NetworkInputs inputs, double[] y)
    {
        Samples = samples;
        Validation = validation;
        ValidationY = validationY;
        Inputs = inputs;
        Y = y;
    }

    /// <summary>All samples.</summary>
    public ScaledCalibration Samples { get; }

    /// <summary>Spectra of the samples that judge.</summary>
    public Matrix Validation { get; }

    /// <summary>Their responses.</summary>
    public double[] ValidationY { get; }

    /// <summary>Spectra of the samples that are learnt from.</summary>
    public NetworkInputs Inputs { get; }

    /// <summary>Their responses.</summary>
    public double[] Y { get; }

    /// <summary>Bytes held, and while they are made.</summary>
    public static long SizeBytes(long n, long p) =>
        ScaledCalibration.SizeBytes(n, p) + (2 * sizeof(double) * n * p) + NetworkInputs.SizeBytes(n, p) + (sizeof(double) * 4 * n);

    /// <summary>Takes n × p spectra and an n × 1 response, n at least 2.</summary>
    /// <exception cref="StageException">There is one sample, or a value is not a finite number.</exception>
    public static BoostedCalibration Of(MatrixView x, MatrixView y, uint seed, bool isOriginal)
    {
        if (x.Rows < 2)
        {
            throw new StageException(
                FailureKind.InvalidData,
                "Boosted networks need at least 2 calibration samples, one to learn from and one to judge, found 1. Add samples.");
        }

        ScaledCalibration samples = ScaledCalibration.Of(x, y, isStandardised: !isOriginal);
        int judging = (int)Math.Ceiling(NeuralBoostedOptions.ValidationShare * x.Rows);
        int[] order = new Mt19937(seed).Permutation(x.Rows);
        ReadOnlySpan<int> judges = order.AsSpan(0, judging);
        ReadOnlySpan<int> learners = order.AsSpan(judging);
        return new BoostedCalibration(
            samples,
            samples.X.SelectRows(judges),
            Some(samples.Y, judges),
            NetworkInputs.Reduced(samples.X.SelectRows(learners).View),
            Some(samples.Y, learners));
    }

    private static double[] Some(double[] values, ReadOnlySpan<int> rows)
    {
        double[] some = new double[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            some[i] = values[rows[i]];
        }

        return some;
    }
}
