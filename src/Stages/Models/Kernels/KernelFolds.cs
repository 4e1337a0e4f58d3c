using System.Collections.Immutable;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Kernels;

/// <summary>Kernel models of all folds × all settings from the distances that the folds share.</summary>
/// <remarks>
/// One Gram matrix holds the distances of all samples (<see cref="FoldGrams"/>); a fold takes those of its calibration rows, their
/// median, and one decomposition for each kernel; the spectra are not looked at again. There is no shortcut for many
/// folds: each has a median, hence a kernel, of its own. Time n²p once and 4m³/3 for each fold and width; memory 2n² and
/// 5m²/2 for each lane. What a fold holds out reaches none of its bits.
/// </remarks>
internal static class KernelFolds
{
    /// <summary>Bytes of shared products and of the lanes' own memory.</summary>
    public static long SizeBytes(Folds folds, long settings)
    {
        long n = folds.SampleCount;
        long m = n - folds.HeldOutMin;
        long lane = KernelCalibration.SizeBytes(m) + (sizeof(double) * ((2 * settings * (m + folds.HeldOutMax)) + (8 * n)));
        return (2 * ScratchMatrix.SizeBytes(n, n)) + MatrixProducts.BorrowedBytes(n, 0, MatrixProducts.RowBlock)
            + (Math.Min(FoldLanes.Max, folds.Count) * lane);
    }

    /// <summary>Seconds of all folds on one core; feeds estimates alone.</summary>
    public static double Seconds(Folds folds, double variables, int widths, int settings)
    {
        double n = folds.SampleCount;
        double m = n * (folds.Count - 1) / folds.Count;

        // Two Gram matrices, and the kernel between held-out and calibration samples for each width.
        return (2 * n * n * variables / MatrixProducts.FlopsPerSecond)
            + (folds.Count * KernelCalibration.Seconds(m, widths, settings))
            + (n * m * ((widths * 2e-9) + (settings * 2e-10)));
    }

    /// <summary>Predicts the held-out samples of several folds.</summary>
    /// <param name="data">Spectra that are not scaled in the fold.</param>
    /// <param name="folds">The folds.</param>
    /// <param name="settings">Number of settings.</param>
    /// <param name="solve">The models of one calibration set.</param>
    /// <param name="predictions">Every setting × fold is written once.</param>
    /// <param name="cancellation">Looked at between folds.</param>
    public static void Predict(
        SharedSpectra data,
        ImmutableArray<int> folds,
        int settings,
        Func<KernelCalibration, IKernelSums> solve,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        using FoldGrams grams = FoldGrams.Of(data, folds.Select(k => new FoldSplit(k)), cancellation);
        FoldLanes.Run(
            folds,
            data.Runner,
            k =>
            {
                var rows = new SharedRows(data, new FoldSplit(k));
                MatrixView gram = grams.Gram(rows.Split);
                return PredictFold(rows, gram, solve(KernelCalibration.Of(rows, gram)));
            },
            (k, answers) => answers.WriteTo(predictions, k),
            (k, reason) => FoldAnswers.FailAll(predictions, k, settings, reason),
            cancellation);
    }

    private static FoldAnswers PredictFold(SharedRows rows, MatrixView gram, IKernelSums sums)
    {
        var yHat = new Matrix(sums.Failures.Length, rows.HeldOut.Length);
        double[] squared = new double[rows.Calibration.Length];
        double[] kernel = new double[rows.Calibration.Length];
        double[] values = new double[sums.Failures.Length];
        for (int i = 0; i < rows.HeldOut.Length; i++)
        {
            KernelCalibration.Distances(gram, rows.HeldOut[i], rows.Calibration, squared);
            sums.Sum(squared, kernel, values);
            for (int s = 0; s < values.Length; s++)
            {
                yHat[s, i] = values[s];
            }
        }

        return new FoldAnswers(yHat, sums.Failures);
    }
}
