using System.Diagnostics;
using System.Globalization;

namespace Pipeline.ArrowBench;

/// <summary>Two ways to do the same, timed in turn.</summary>
internal static class Pairs
{
    /// <summary>Times both ways, each first in every second pair, and writes a row: speeds and the ratio of ours to plain.</summary>
    public static void Compare(string name, long bytes, int pairs, Action ours, Action plain)
    {
        // Once to compile and to bring everything into memory, and once more since code is compiled twice.
        for (int i = 0; i < 2; i++)
        {
            ours();
            plain();
        }

        double[] oursSeconds = new double[pairs];
        double[] plainSeconds = new double[pairs];
        for (int i = 0; i < pairs; i++)
        {
            if (i % 2 == 0)
            {
                oursSeconds[i] = Seconds(ours);
                plainSeconds[i] = Seconds(plain);
            }
            else
            {
                plainSeconds[i] = Seconds(plain);
                oursSeconds[i] = Seconds(ours);
            }
        }

        double[] ratios = [.. oursSeconds.Zip(plainSeconds, (our, other) => other / our).Order()];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {bytes / 1e6:0.0} | {Speed(bytes, oursSeconds):0.00} | {Speed(bytes, plainSeconds):0.00} | {100 * Median(ratios):0} % | {100 * ratios[0]:0} to {100 * ratios[^1]:0} % |"));
    }

    /// <summary>The head of the rows.</summary>
    public static void Head(string subject)
    {
        Console.WriteLine($"\n| {subject} | MB | ours, GB/s | plain, GB/s | ours of plain, median | least to most |");
        Console.WriteLine("|---|---|---|---|---|---|");
    }

    /// <summary>The value in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] ordered = [.. values.Order()];
        return ordered[ordered.Length / 2];
    }

    /// <summary>How long something takes.</summary>
    public static double Seconds(Action action)
    {
        long began = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static double Speed(long bytes, double[] seconds) => bytes / Median(seconds) / 1e9;
}
