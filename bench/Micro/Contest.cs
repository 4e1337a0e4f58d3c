using System.Diagnostics;
using System.Runtime.InteropServices;
using Pipeline.Figures;

namespace Pipeline.MicroBench;

/// <summary>Times several ways of doing the same, in turns, so that what else the machine does hits all of them.</summary>
/// <remarks>
/// Windows are short and many, and each candidate runs once before its window, so that it finds its data where it
/// left them. The best is what the code can do, the median what it did under the load of the moment;
/// the best is the second percentile, since a clock may slip. One thread is timed by its own processor time, where the
/// system tells it; two threads by the clock on the wall.
/// </remarks>
internal sealed unsafe class Contest
{
    private const double WindowSeconds = 0.0005;
    private readonly List<(Action Work, bool HasThreads)> _candidates = [];
    private List<double>[] _times = [];

    /// <summary>Adds a candidate and gives its number.</summary>
    public int Add(Action work, bool hasThreads = false)
    {
        _candidates.Add((work, hasThreads));
        return _candidates.Count - 1;
    }

    /// <summary>Best and median seconds of each candidate.</summary>
    public (double Best, double Median)[] Run(double seconds)
    {
        int[] repetitions = [.. _candidates.Select(Calibrate)];
        _times = [.. _candidates.Select(_ => new List<double>())];
        long start = Stopwatch.GetTimestamp();
        do
        {
            for (int i = 0; i < _candidates.Count; i++)
            {
                _candidates[i].Work();
                _times[i].Add(Time(_candidates[i], repetitions[i]));
            }
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds || _times[0].Count < 3);
        return [.. _times.Select(times =>
        {
            double[] all = [.. times.Order()];
            return (all[all.Length / 50], all[all.Length / 2]);
        })];
    }

    /// <summary>All windows of a candidate, in milliseconds and in order: window i of two candidates are neighbours in time.</summary>
    public double[] Milliseconds(int candidate) => [.. _times[candidate].Select(time => 1e3 * time)];

    /// <summary>A candidate as the neighbour of ours; none where it was not there.</summary>
    public IEnumerable<Neighbour> Beside(string program, int candidate) =>
        candidate < 0 ? [] : [new Neighbour(program, Milliseconds(candidate))];

    private static int Calibrate((Action Work, bool HasThreads) candidate)
    {
        candidate.Work();
        double once = Time(candidate, 1);
        return (int)Math.Clamp(WindowSeconds / Math.Max(once, 1e-9), 1, 100_000);
    }

    private static double Time((Action Work, bool HasThreads) candidate, int repetitions)
    {
        double start = Now(candidate.HasThreads);
        for (int i = 0; i < repetitions; i++)
        {
            candidate.Work();
        }

        return (Now(candidate.HasThreads) - start) / repetitions;
    }

    private static double Now(bool hasThreads)
    {
        if (hasThreads || !OperatingSystem.IsLinux())
        {
            return (double)Stopwatch.GetTimestamp() / Stopwatch.Frequency;
        }

        const int ThreadProcessorTime = 3;
        long* time = stackalloc long[2];
        _ = GetTime(ThreadProcessorTime, time);
        return time[0] + (1e-9 * time[1]);
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTime(int clock, long* time);
}
