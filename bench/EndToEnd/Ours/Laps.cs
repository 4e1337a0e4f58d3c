using System.Diagnostics;

namespace Pipeline.EndToEndBench;

/// <summary>What many repetitions of one computation took.</summary>
/// <param name="FirstMs">The first one, which compiles.</param>
/// <param name="Ms">Each repetition after warming up, ascending.</param>
/// <param name="CpuMs">Processor time of one repetition, on average.</param>
/// <param name="AllocatedBytes">Managed bytes of one repetition, on average.</param>
internal sealed record Laps(double FirstMs, double[] Ms, double CpuMs, long AllocatedBytes)
{
    private const double OnceSeconds = 5;
    private const int RunsMax = 5000;
    private const int WarmUpRuns = 60;
    private const double WarmUpSecondsMax = 5;

    /// <summary>Repeats a computation.</summary>
    /// <param name="body">The computation.</param>
    /// <param name="answered">Told once, after the first repetition.</param>
    /// <param name="seconds">
    /// How long to measure. As long goes before, and 60 repetitions at least unless they take seconds: code is compiled
    /// again after thirty. A computation of several seconds is measured once, as the first.
    /// </param>
    public static Laps Of(Action body, Action answered, double seconds)
    {
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long allocated = GC.GetTotalAllocatedBytes();
        long began = Stopwatch.GetTimestamp();
        body();
        double first = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        answered();
        if (first > 1e3 * OnceSeconds)
        {
            return new Laps(first, [first], (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds, GC.GetTotalAllocatedBytes() - allocated);
        }

        began = Stopwatch.GetTimestamp();
        for (int run = 0; Spent() < seconds || (run < WarmUpRuns && Spent() < Math.Min(WarmUpSecondsMax, 10 * seconds)); run++)
        {
            body();
        }

        var ms = new List<double>();
        cpu = Environment.CpuUsage.TotalTime;
        allocated = GC.GetTotalAllocatedBytes();
        long start = Stopwatch.GetTimestamp();
        do
        {
            began = Stopwatch.GetTimestamp();
            body();
            ms.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        while (ms.Count < RunsMax && Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);
        return new Laps(
            first,
            [.. ms.Order()],
            (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / ms.Count,
            (GC.GetTotalAllocatedBytes() - allocated) / ms.Count);

        double Spent() => Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
