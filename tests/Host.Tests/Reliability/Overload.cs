using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>More than the daemon's memory arrives in giant and in small files, while studies run all the time.</summary>
/// <remarks>
/// Held means: anonymous memory stays within 1.15 × budget + 128 MiB, every file joins its dataset, the one that is too large
/// is left alone and told, a study runs from the first file to the last, and the daemon stops cleanly when it is asked to.
/// </remarks>
internal static class Overload
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    /// <summary>Starts a daemon, feeds it, stops it.</summary>
    public static async Task<OverloadFigures> RunAsync(OverloadOptions options)
    {
        var files = new OverloadFiles(options);
        (string, string)[] environment = [.. options.Environment];
        using ServedProcess daemon = options.Before is { } before
            ? ServedProcess.Launch("/bin/sh", ["-c", $"{before} && exec dotnet '{ServedProcess.Program}' serve --settings '{files.Settings}'"], environment)
            : ServedProcess.Serve(files.Settings, environment);
        int started = await daemon.WaitForAsync(line => line.Contains("Search started", StringComparison.Ordinal), TimeSpan.FromMinutes(2));
        if (started < 0)
        {
            return new OverloadFigures(options) { Misses = ["no study started"], Said = daemon.Said };
        }

        Task feeding = files.FeedAsync(() => daemon.HasExited);
        OverloadFigures seen = await WatchAsync(daemon, feeding, files, options);
        await feeding;
        return await EndAsync(daemon, files, seen);
    }

    private static async Task<OverloadFigures> WatchAsync(ServedProcess daemon, Task feeding, OverloadFiles files, OverloadOptions options)
    {
        var trace = new StringBuilder("s,rss_anon_mib,rss_file_mib,taken\n");
        var figures = new OverloadFigures(options);
        for (int looks = 0; daemon.Age < options.Patience && ProcessMemory.Of(daemon.Id) is { } memory; looks++)
        {
            if (memory.Anonymous > figures.AnonymousBytesPeak)
            {
                figures = figures with { AnonymousBytesPeak = memory.Anonymous, PeakAt = daemon.Age };
            }

            figures = figures with { FileBytesPeak = Math.Max(figures.FileBytesPeak, memory.Files) };
            if (looks % 25 == 0)
            {
                int taken = Count(daemon, "bulk: Spectra from");
                trace.Append(CultureInfo.InvariantCulture, $"{daemon.Age.TotalSeconds:F2},{memory.Anonymous >> 20},{memory.Files >> 20},{taken}\n");
                if (feeding.IsCompleted && taken >= files.Count)
                {
                    break;
                }
            }

            await Task.Delay(LookEvery);
        }

        return figures with { Trace = trace.ToString(), Elapsed = daemon.Age };
    }

    private static async Task<OverloadFigures> EndAsync(ServedProcess daemon, OverloadFiles files, OverloadFigures figures)
    {
        var misses = ImmutableArray.CreateBuilder<string>();
        int completed = Count(daemon, ": searched ");
        bool isBusy = completed < figures.Options.StudyCount;
        if (daemon.HasExited)
        {
            misses.Add($"the daemon died by itself, exit {daemon.ExitCode}");
        }
        else
        {
            // A daemon that does not stop is a finding, not the end of the measurement.
            try
            {
                figures = figures with { StopTime = await daemon.TerminateAsync(TimeSpan.FromSeconds(60)) };
                Miss(daemon.ExitCode != 0, $"exit {daemon.ExitCode}");
            }
            catch (TimeoutException)
            {
                misses.Add("it did not stop within 60 s");
            }
        }

        string[] written = [.. ServedData.Read(files.Data, "bulk").Sources.SelectMany(source => source.Names).Select(name => Path.GetFileName(name))];
        string[] left = [.. Directory.GetFiles(files.Inbox, "*.arrow").Where(path => path != files.TooLarge).Select(path => Path.GetFileName(path))];
        figures = figures with
        {
            InputBytes = files.Bytes,
            FileCount = files.Count,
            TakenCount = written.Length,
            LostCount = files.Count - written.Union(left).Count(),
            StudiesCompleted = completed,
            Said = daemon.Said,
        };
        Miss(figures.AnonymousBytesPeak > figures.Options.AnonymousBytesMax, "more memory than allowed");
        Miss(figures.TakenCount < figures.FileCount, $"{figures.FileCount - figures.TakenCount} files not taken");
        Miss(figures.LostCount > 0, $"{figures.LostCount} files lost");
        Miss(!isBusy, "no study ran at the end");
        Miss(
            !File.Exists(files.TooLarge) || !figures.Said.Contains("too-large.arrow' is left alone", StringComparison.Ordinal),
            "the file that is too large was not left alone and told");
        Miss(figures.Said.Contains("OutOfMemory", StringComparison.Ordinal), "something ran out of memory");
        return figures with { Misses = misses.ToImmutable() };

        void Miss(bool isMissed, string what)
        {
            if (isMissed)
            {
                misses.Add(what);
            }
        }
    }

    private static int Count(ServedProcess daemon, string text) => daemon.Lines.Count(line => line.Text.Contains(text, StringComparison.Ordinal));
}
