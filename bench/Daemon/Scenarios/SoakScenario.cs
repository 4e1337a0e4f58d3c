using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Pipeline.DaemonBench.Scenarios;

/// <summary>Days of a laboratory in minutes: instruments write all day, references come at night, somebody always looks on.</summary>
/// <remarks>
/// The memory given is small, so that the caches are full in the first half. Flat means, and was settled before the first run: over the second half of the time the line through the anonymous memory has a
/// slope whose 95 % interval includes 0, or that is below 1 % of the memory per day; at the end of the last day no more
/// handles are open and at most two more threads live than at the end of the second; the state grows in the second half by at
/// most 5 % more than in the first for the same number of files; the median answer and the median way into the dataset of the
/// last quarter take at most a quarter (and 5 ms) longer than in the first, the slowest hundredth at most twice as long (and 20 ms).
/// </remarks>
internal sealed class SoakScenario : IScenario
{
    private const string Routine = "routine";
    private const string Probe = "probe";
    private const int Variables = 150;
    private const int StudyFilesPerDay = 40;
    private const int FileSamples = 2;
    private const int TablesPerNight = 4;
    private const int FilesPerBad = 50;
    private const string StudyText =
        """
        { "response": "protein", "pretreatments": ["raw", "snv", "sg(7,2,1)"], "models": ["pls(10)", "ridge"], "subsets": ["full", "top(20)"], "folds": "random(8, seed 0)" }
        """;

    // Four fifths of a day are work, the rest is night.
    private const double WorkShare = 0.8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(300);

    private readonly Claims _claims = new();
    private readonly ConcurrentQueue<(double Day, double Milliseconds)> _answers = [];
    private readonly ConcurrentQueue<(double Day, double Milliseconds)> _joins = [];
    private readonly List<(double Day, ProcessSight Sight)> _sights = [];
    private readonly Stopwatch _clock = new();
    private double _daySeconds;

    public string Name => "soak";

    public string Usage => "[--days N] [--seconds-per-day S] [--files-per-day N] [--budget MIB] [--folder DIR]";

    public IReadOnlyList<string> Missed => _claims.Missed;

    private double Day => _clock.Elapsed.TotalSeconds / _daySeconds;

    public async IAsyncEnumerable<string> RunAsync(string folder, ScenarioArguments arguments)
    {
        int days = arguments.Number("--days", 7);
        int files = arguments.Number("--files-per-day", 400);
        _daySeconds = arguments.Number("--seconds-per-day", 120);
        var laboratory = new Laboratory(folder, Laboratory.Study, Routine, Probe);
        using ServedDaemon daemon = await ServedDaemon.StartAsync(folder, settings =>
        {
            settings["Memory"] = string.Create(CultureInfo.InvariantCulture, $"{arguments.Number("--budget", 128)} MiB");
            laboratory.Configure(settings, "move", StudyText, runAfterReferences: StudyFilesPerDay * FileSamples / TablesPerNight);
        });
        string data = Path.Combine(folder, "data");
        yield return "| day | files | memory, anonymous | handles | threads | state | cache | logs | `/v1/datasets` p50, p99 | file to dataset p50, p99 | load |";
        yield return "|---|---|---|---|---|---|---|---|---|---|---|";
        List<long> states = [Size(data, "state.db*")];
        using var over = new CancellationTokenSource();
        _clock.Start();
        Task[] others = [Task.Run(() => AskAsync(daemon, over.Token)), Task.Run(() => ProbeAsync(daemon, laboratory, over.Token)), Task.Run(() => SightAsync(daemon, over.Token))];
        for (int day = 0; day < days; day++)
        {
            await WorkAsync(laboratory, day, files);
            await NightAsync(daemon, laboratory, day);
            states.Add(Size(data, "state.db*"));
            yield return Line(day, laboratory.DroppedCount, data, states[^1]);
        }

        await over.CancelAsync();
        await Task.WhenAll(others);
        double runs = await daemon.MetricAsync("pipeline_runs_total");
        double rebuilds = await daemon.MetricAsync("pipeline_rebuilds_total");
        _claims.Hold(rebuilds == 0, "no loop is built anew", daemon.Process.Said);
        _claims.Hold(await laboratory.IsTakenAsync(daemon, Patience), "everything is taken in the end", daemon.Process.Said);
        await laboratory.CheckAsync(daemon, _claims);
        await daemon.Process.TerminateAsync(TimeSpan.FromSeconds(60));
        _claims.Hold(daemon.Process.ExitCode == 0, "it stops cleanly", daemon.Process.Said);
        await Laboratory.CheckDoctorAsync(daemon, _claims);
        foreach (string line in Judge(days, states, laboratory.DroppedCount))
        {
            yield return line;
        }

        yield return string.Create(CultureInfo.InvariantCulture, $"{runs:0} runs of the study; {_answers.Count} answers; {_claims.Count - Missed.Count} of {_claims.Count} claims held.");
    }

    private IEnumerable<string> Judge(int days, List<long> states, int files)
    {
        (double slope, double half, double mean) = Figures.Line([.. _sights.Where(one => one.Day >= days / 2.0).Select(one => (one.Day, (double)one.Sight.AnonymousBytes))]);
        string memory = string.Create(CultureInfo.InvariantCulture, $"{100 * slope / mean:0.00} ± {100 * half / mean:0.00} % per day of {mean / (1 << 20):0.0} MiB, or {slope * days / files / 1024:0.0} ± {half * days / files / 1024:0.0} KiB for each file");
        _claims.Hold(Math.Abs(slope) <= half || slope < 0.01 * mean, "memory is flat", memory);
        yield return "";
        yield return $"Memory over the second half: {memory} (95 %).";
        ProcessSight second = Quiet(Math.Min(1, days - 1));
        ProcessSight last = Quiet(days - 1);
        _claims.Hold(last.HandleCount <= second.HandleCount, "handles are flat", $"{second.HandleCount} at the end of the second day, {last.HandleCount} at the end of the last");
        _claims.Hold(last.ThreadCount <= second.ThreadCount + 2, "threads are flat", $"{second.ThreadCount} at the end of the second day, {last.ThreadCount} at the end of the last");
        int middle = days / 2;
        double first = (double)(states[middle] - states[0]) / Math.Max(1, middle);
        double rest = (double)(states[days] - states[middle]) / (days - middle);
        yield return string.Create(CultureInfo.InvariantCulture, $"State: {first / 1024:0} KiB per day in the first half, {rest / 1024:0} KiB in the second.");
        _claims.Hold(rest <= 1.05 * first, "the state grows evenly");
        yield return Compare("`/v1/datasets`", _answers, days);
        yield return Compare("File to dataset", _joins, days);
    }

    private string Compare(string what, IEnumerable<(double Day, double Milliseconds)> times, int days)
    {
        double[] first = [.. times.Where(one => one.Day < days / 4.0).Select(one => one.Milliseconds)];
        double[] last = [.. times.Where(one => one.Day >= days * 0.75).Select(one => one.Milliseconds)];
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: p50 {Figures.Quantile(first, 0.5):0.0} ms in the first quarter, {Figures.Quantile(last, 0.5):0.0} ms in the last; p99 {Figures.Quantile(first, 0.99):0.0} ms and {Figures.Quantile(last, 0.99):0.0} ms.");
        _claims.Hold(
            Figures.Quantile(last, 0.5) <= (1.25 * Figures.Quantile(first, 0.5)) + 5 && Figures.Quantile(last, 0.99) <= (2 * Figures.Quantile(first, 0.99)) + 20,
            $"{what} takes as long in the end as in the beginning",
            text);
        return text;
    }

    private string Line(int day, int files, string data, long state)
    {
        (double, double) Of(IEnumerable<(double Day, double Milliseconds)> times)
        {
            double[] today = [.. times.Where(one => (int)one.Day == day).Select(one => one.Milliseconds)];
            return (Figures.Quantile(today, 0.5), Figures.Quantile(today, 0.99));
        }

        ProcessSight quiet = Quiet(day);
        (double answer, double answerMost) = Of(_answers);
        (double join, double joinMost) = Of(_joins);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {day + 1} | {files} | {quiet.AnonymousBytes >> 20} MiB | {quiet.HandleCount} | {quiet.ThreadCount} | {state >> 10} KiB | {Size(Path.Combine(data, "cache"), "*") >> 10} KiB | {Size(Path.Combine(data, "logs"), "*") >> 10} KiB | {answer:0.0} ms, {answerMost:0.0} ms | {join:0} ms, {joinMost:0} ms | {Machine.Load} |");
    }

    /// <summary>What the process held at its quietest moment in the last twentieth of a day, when the night's work is done.</summary>
    private ProcessSight Quiet(int day)
    {
        lock (_sights)
        {
            ProcessSight[] late = [.. _sights.Where(one => one.Day >= day + 0.95 && one.Day < day + 1.05).Select(one => one.Sight)];
            return late.Length == 0 ? default : late.MinBy(one => one.HandleCount);
        }
    }

    private async Task WorkAsync(Laboratory laboratory, int day, int files)
    {
        // Whoever looks after the instruments removes what is two days old.
        Clear(Path.Combine(laboratory.PathOf(Routine), "done"));
        foreach (string dataset in (string[])[Laboratory.Study, Probe])
        {
            Clear(laboratory.PathOf(dataset), $"D{day - 2:000}*");
        }

        int every = Math.Max(1, files / StudyFilesPerDay);
        for (int i = 0; i < files; i++)
        {
            await UntilAsync(day + (WorkShare * i / files));
            int number = (day * files) + i;
            string stem = $"D{day:000}R{i:0000}";
            if (i % FilesPerBad == FilesPerBad - 1)
            {
                laboratory.DropBad(Routine, stem + "bad.csv", LabFiles.Bad(stem + "bad", number, Variables));
            }

            laboratory.Drop(Routine, stem + ".csv", LabFiles.Spectra(stem, number, FileSamples, Variables, isArrow: i % 2 == 1, hasReferences: false), FileSamples);
            if (i % every == 0 && i / every < StudyFilesPerDay)
            {
                (string study, int seed, int samples) = StudyFile(day, i / every);
                laboratory.Drop(Laboratory.Study, study + ".csv", LabFiles.Spectra(study, seed, samples, Variables, isArrow: false, hasReferences: false), samples);
            }
        }
    }

    private async Task NightAsync(ServedDaemon daemon, Laboratory laboratory, int day)
    {
        for (int i = 0; i < TablesPerNight; i++)
        {
            await UntilAsync(day + WorkShare + (0.03 * (i + 1)));
            const int Files = StudyFilesPerDay / TablesPerNight;
            byte[] table = LabFiles.Table(Enumerable.Range(i * Files, Files).Select(number => StudyFile(day, number)));
            laboratory.Drop(Laboratory.Study, $"D{day:000}T{i}.csv", table, 0);
        }

        _claims.Hold(!daemon.Process.HasExited, "the process lives on", daemon.Process.Said);
        await UntilAsync(day + 1);
    }

    private static (string Stem, int Seed, int Samples) StudyFile(int day, int number) =>
        ($"D{day:000}S{number:000}", 1_000_000 + (day * StudyFilesPerDay) + number, FileSamples);

    /// <summary>Somebody who looks at datasets and metrics all the time.</summary>
    private async Task AskAsync(ServedDaemon daemon, CancellationToken over)
    {
        for (int i = 0; !over.IsCancellationRequested && !daemon.Process.HasExited; i++)
        {
            var took = Stopwatch.StartNew();
            (int status, _) = await daemon.StatusAsync("v1/datasets");
            _answers.Enqueue((Day, took.Elapsed.TotalMilliseconds));
            _claims.Hold(status == 200, "/v1/datasets always answers 200");
            if (i % 5 == 0)
            {
                await daemon.MetricAsync("pipeline_sources_total");
                await daemon.ListAsync("v1/studies");
            }

            await Task.Delay(200, CancellationToken.None);
        }
    }

    /// <summary>Drops a file now and then and waits until the dataset has it.</summary>
    private async Task ProbeAsync(ServedDaemon daemon, Laboratory laboratory, CancellationToken over)
    {
        for (int i = 1; !over.IsCancellationRequested && !daemon.Process.HasExited; i++)
        {
            string stem = $"D{(int)Day:000}Q{i:00000}";
            laboratory.Drop(Probe, stem + ".csv", LabFiles.Spectra(stem, i, 1, Variables, isArrow: false, hasReferences: false), 1);
            var took = Stopwatch.StartNew();
            double day = Day;
            while ((int)(await daemon.JsonAsync($"v1/datasets/{Probe}"))["sources"]! < i && took.Elapsed < Patience)
            {
                await Task.Delay(20, CancellationToken.None);
            }

            _joins.Enqueue((day, took.Elapsed.TotalMilliseconds));
            await Task.Delay(500, CancellationToken.None);
        }
    }

    private async Task SightAsync(ServedDaemon daemon, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            if (ProcessSight.Of(daemon.Process.Id) is { } sight)
            {
                lock (_sights)
                {
                    _sights.Add((Day, sight));
                }
            }

            await Task.Delay(200, CancellationToken.None);
        }
    }

    private async Task UntilAsync(double day)
    {
        double seconds = (day - Day) * _daySeconds;
        if (seconds > 0)
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds));
        }
    }

    private static void Clear(string folder, string pattern = "*")
    {
        foreach (string file in Directory.Exists(folder) ? Directory.GetFiles(folder, pattern) : [])
        {
            File.Delete(file);
        }
    }

    private static long Size(string folder, string pattern)
    {
        long bytes = 0;
        foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles(pattern, SearchOption.AllDirectories))
        {
            // The daemon tidies up meanwhile.
            try
            {
                bytes += file.Length;
            }
            catch (FileNotFoundException)
            {
            }
        }

        return bytes;
    }
}
