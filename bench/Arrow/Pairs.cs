using System.Diagnostics;
using System.Globalization;
using Pipeline.Figures;

namespace Pipeline.ArrowBench;

/// <summary>Two ways to do the same, timed in turn.</summary>
internal static class Pairs
{
    /// <summary>Times both ways, each first in every second pair, and writes a row: medians of the speeds and ratios of ours to plain.</summary>
    public static void Compare(string name, long bytes, int pairs, RowFile rows, Action ours, Action plain)
    {
        // Once to compile and to bring everything into memory, and once more since code is compiled twice.
        for (int i = 0; i < 2; i++)
        {
            ours();
            plain();
        }

        var our = new List<(double Clock, double Processor)>();
        var other = new List<(double Clock, double Processor)>();
        for (int i = 0; i < pairs; i++)
        {
            if (i % 2 == 0)
            {
                our.Add(Time(ours));
                other.Add(Time(plain));
            }
            else
            {
                other.Add(Time(plain));
                our.Add(Time(ours));
            }
        }

        rows.Append(
            name, $"{bytes / 1e6:0} MB", "s", [.. our.Select(time => time.Clock)], Median(our.Select(time => time.Processor)),
            peers: [new Neighbour("the same bytes, plain", [.. other.Select(time => time.Clock)])]);
        double[] ratios = [.. our.Zip(other, (one, two) => 100 * two.Clock / one.Clock).Order()];
        double processor = Median(our.Zip(other, (one, two) => 100 * two.Processor / one.Processor));
        double ourSpeed = bytes / Median(our.Select(time => time.Clock)) / 1e9;
        double otherSpeed = bytes / Median(other.Select(time => time.Clock)) / 1e9;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {bytes / 1e6:0.0} | {ourSpeed:0.0} | {otherSpeed:0.0} | {Median(ratios):0.0} % | {ratios[0]:0} to {ratios[^1]:0} % | {processor:0.0} % |"));
    }

    /// <summary>The head of the rows.</summary>
    public static void Head(string subject)
    {
        Console.WriteLine($"\n| {subject} | MB | ours, GB/s | plain, GB/s | ours of plain, median | least to most | by processor time, median |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
    }

    /// <summary>The value in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] ordered = [.. values.Order()];
        return ordered[ordered.Length / 2];
    }

    /// <summary>How long something takes by the clock.</summary>
    public static double Seconds(Action action) => Time(action).Clock;

    /// <summary>How long something takes by the clock, and how long a processor works for it: others do not run in that time.</summary>
    private static (double Clock, double Processor) Time(Action action)
    {
        TimeSpan processorBegan = Environment.CpuUsage.TotalTime;
        long began = Stopwatch.GetTimestamp();
        action();
        return (Stopwatch.GetElapsedTime(began).TotalSeconds, (Environment.CpuUsage.TotalTime - processorBegan).TotalSeconds);
    }
}
