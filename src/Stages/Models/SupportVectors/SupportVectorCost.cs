using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.SupportVectors;

/// <summary>What solutions take, by shapes alone; feeds estimates and nothing else.</summary>
internal static class SupportVectorCost
{
    /// <summary>Operations per second of products and kernels, one core, rounded down.</summary>
    private const double FlopsPerSecond = 1e10;

    private const double SecondsPerFit = 1e-4;

    /// <summary>Seconds of a step for one sample.</summary>
    private const double SecondsPerStepSample = 2e-9;

    /// <summary>
    /// Steps per sample with C = 1, radial kernels and lines; they grow as the root of C, which stops where no weight is at its bound, and
    /// of lines with C.
    /// </summary>
    private const double StepsPerSample = 6;
    private const double StepsPerSampleOfLines = 15;

    /// <summary>Seconds of fits that share their distances.</summary>
    public static double Seconds(double samples, double variables, ReadOnlySpan<SupportVectorSetting> settings)
    {
        double steps = 0;
        int kernels = 0;
        for (int s = 0; s < settings.Length; s++)
        {
            kernels += s == 0 || settings[s].Kernel != settings[s - 1].Kernel ? 1 : 0;
            steps += Steps(samples, settings[s]);
        }

        return SecondsPerFit + (samples * samples * (variables + (3.0 * kernels)) / FlopsPerSecond) + (steps * samples * SecondsPerStepSample);
    }

    /// <summary>Seconds of predictions from distances.</summary>
    public static double SecondsOfPredictions(double spectra, double samples, double variables, int settings) =>
        2 * spectra * samples * (variables + settings) / FlopsPerSecond;

    /// <summary>Steps of one solution.</summary>
    public static double Steps(double samples, SupportVectorSetting setting) =>
        Math.Min(
            SequentialMinimization.StepsMax((int)samples),
            samples * (setting.Kernel.IsLine
                ? StepsPerSampleOfLines * Math.Max(1, setting.Penalty)
                : StepsPerSample * Math.Sqrt(Math.Max(1, setting.Penalty))));

    /// <summary>Bytes of the distances of m samples while they are made.</summary>
    public static long DistanceBytes(long samples) =>
        (5 * sizeof(double) * samples * samples / 2) + MatrixProducts.BorrowedBytes(samples, 0, MatrixProducts.RowBlock);

    /// <summary>Bytes of two kernels of m samples, of which the first may not be collected when the second is made.</summary>
    public static long KernelBytes(long samples) => 2 * sizeof(double) * samples * samples;
}
