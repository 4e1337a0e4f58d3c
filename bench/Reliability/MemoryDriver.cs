using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pipeline.Host.Tests.Reliability;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Reliability;

/// <summary>Overload: ten times the budget arrives in giant and in small files while a long study runs.</summary>
/// <remarks>
/// The giant files are as large as the daemon takes them at this budget (an eighth of it); small ones make a tenth of the
/// bytes. The study is bound to a dataset of its own that fills two thirds of what samples may take. With <c>--bound</c> the
/// arriving dataset has a study too, so that every arrival goes through the first two blocks; that study itself is refused
/// for its size, as it must be. Passes where anonymous memory stays within 1.15 × budget + 128 MiB and no file is lost.
/// </remarks>
internal sealed class MemoryDriver(DriverArguments arguments)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private readonly long _budget = (long)arguments.Number("--budget", 256) << 20;
    private readonly int _variables = arguments.Number("--variables", 2000);
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-memory-").FullName;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly StringBuilder _trace = new("s,rss_anon_mib,rss_file_mib,taken\n");
    private int _written;
    private long _writtenBytes;

    private string Data => Path.Combine(_folder, "data");

    public async Task<int> RunAsync()
    {
        foreach (string folder in new[] { "bulk", "small" })
        {
            Directory.CreateDirectory(Path.Combine(_folder, folder));
        }

        WriteStudied();
        string settings = WriteSettings();
        using MemoryGroup? group = arguments.Has("--cgroup") ? new MemoryGroup(_budget * 5 / 4) : null;
        using ServedProcess daemon = group is null
            ? ServedProcess.Serve(settings, [.. arguments.Environment])
            : ServedProcess.Launch("/bin/sh", ["-c", $"{group.Join} && exec dotnet '{ServedProcess.Program}' serve --settings '{settings}'"], [.. arguments.Environment]);
        await daemon.WaitForAsync(line => line.Contains("Search started", StringComparison.Ordinal), TimeSpan.FromMinutes(2));
        Task feeding = FeedAsync(daemon);
        (long peak, long peakFiles, string at) = await WatchAsync(daemon, feeding);
        await feeding;
        TimeSpan all = _clock.Elapsed;
        bool isAlive = !daemon.HasExited;
        string exit;
        if (isAlive)
        {
            // A daemon that does not stop is a finding, not the end of the measurement.
            try
            {
                TimeSpan stop = await daemon.TerminateAsync(TimeSpan.FromSeconds(60));
                exit = Text($"exit {daemon.ExitCode} stop_s {stop.TotalSeconds:F1}");
            }
            catch (TimeoutException)
            {
                exit = "exit none stop_s >60";
            }
        }
        else
        {
            exit = $"exit {daemon.ExitCode} died_by_itself";
        }

        // A file counts as lost where the dataset does not have it and the inbox no longer does.
        string[] taken = [.. ServedData.Read(Data, "bulk").Sources.SelectMany(source => source.Names).Select(name => Path.GetFileName(name))];
        int kept = taken.Length;
        int lost = _written - taken.Concat(Directory.GetFiles(Path.Combine(_folder, "bulk"), "*.arrow").Select(name => Path.GetFileName(name))).Distinct().Count();
        long limit = (_budget * 115 / 100) + (128L << 20);
        bool isWithin = peak <= limit && lost == 0 && isAlive;
        string setting = $"{(arguments.Has("--bound") ? "bound" : "unbound")} {(group is null ? "free" : "cgroup")} {arguments.EnvironmentText}";
        Console.WriteLine(Text(
            $"memory {setting} budget_mib {_budget >> 20} input_mib {_writtenBytes >> 20} files {_written} rss_anon_peak_mib {peak >> 20} limit_mib {limit >> 20} peak_at \"{at}\" rss_file_peak_mib {peakFiles >> 20} lost {lost} taken {kept} s {all.TotalSeconds:F0} {exit} {(isWithin ? "held" : "MISSED")}"));
        if (group is not null)
        {
            Console.WriteLine($"memory-cgroup limit_mib {_budget * 5 / 4 >> 20} group_peak_bytes {group.PeakBytes} kills {group.KillCount}");
        }

        if (!isAlive)
        {
            Console.WriteLine("memory-end " + string.Join(" | ", daemon.Lines.TakeLast(6).Select(line => line.Text)));
        }

        if (arguments.Text("--trace") is { } path)
        {
            await File.WriteAllTextAsync(path, _trace.ToString());
            await File.WriteAllTextAsync(path + ".log", daemon.Said);
        }

        if (!arguments.Has("--keep"))
        {
            Directory.Delete(_folder, recursive: true);
        }

        return isWithin ? 0 : 1;
    }

    private async Task<(long Peak, long PeakFiles, string At)> WatchAsync(ServedProcess daemon, Task feeding)
    {
        long peak = 0;
        long peakFiles = 0;
        string at = "";
        int looks = 0;
        while (_clock.Elapsed < Patience && ProcessMemory.Of(daemon.Id) is { } memory)
        {
            if (memory.Anonymous > peak)
            {
                peak = memory.Anonymous;
                at = Text($"{_clock.Elapsed.TotalSeconds:F1} s");
            }

            peakFiles = Math.Max(peakFiles, memory.Files);
            if (looks++ % 10 == 0)
            {
                int taken = daemon.Lines.Count(line => line.Text.Contains("bulk: Spectra from", StringComparison.Ordinal));
                _trace.Append(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds:F2},{memory.Anonymous >> 20},{memory.Files >> 20},{taken}\n");
                if (feeding.IsCompleted && taken >= _written)
                {
                    break;
                }
            }

            await Task.Delay(50);
        }

        return (peak, peakFiles, at);
    }

    /// <summary>Writes the files as fast as the disk takes them: giant ones, and between them small ones.</summary>
    private async Task FeedAsync(ServedProcess daemon)
    {
        await Task.Yield();
        long total = _budget * arguments.Number("--times", 10);
        int smallFiles = arguments.Number("--small", 200);
        long giantBytes = (_budget / 8) - (1 << 20);
        int giantRows = (int)(giantBytes / (_variables * sizeof(double) + 64));
        int giants = (int)(total * 9 / 10 / giantBytes);
        int smallRows = (int)Math.Max(1, total / 10 / smallFiles / (_variables * sizeof(double)));
        var random = new Random(1);
        var giant = new Matrix(giantRows, _variables);
        random.Fill(giant);
        for (int i = 0; i < giants && !daemon.HasExited; i++)
        {
            Write($"giant-{i:0000}.arrow", giant, i);
            for (int k = i * smallFiles / giants; k < (i + 1) * smallFiles / giants; k++)
            {
                var small = new Matrix(smallRows, _variables);
                random.Fill(small);
                Write($"small-{k:0000}.arrow", small, k);
            }

            await Task.Yield();
        }
    }

    private void Write(string name, Matrix x, int number)
    {
        // One number makes every spectrum another one; new noise for each giant file would only cost time.
        for (int i = 0; i < x.Rows; i++)
        {
            x[i, 0] = number + (i * 1e-6);
        }

        string stem = Path.GetFileNameWithoutExtension(name);
        var chunk = new SpectralChunk([.. Enumerable.Range(0, x.Rows).Select(i => $"{stem}-{i:000000}")], Axis(_variables), x, [], []);
        string path = Path.Combine(_folder, "bulk", name);
        using (FileStream file = File.Create(path + ".part"))
        {
            ArrowSpectraWriter.Write(chunk, file);
            _writtenBytes += file.Length;
        }

        File.Move(path + ".part", path);
        _written++;
    }

    /// <summary>The dataset of the long study, references included.</summary>
    private void WriteStudied()
    {
        const int Variables = 700;
        int rows = (int)(_budget / 4 / (3 * Variables * sizeof(double)) * 2 / 3);
        var x = new Matrix(rows, Variables);
        var random = new Random(2);
        random.Fill(x);
        double[] y = new double[rows];
        for (int i = 0; i < rows; i++)
        {
            y[i] = 10 + x[i, 100] + x[i, 101] - x[i, 400];
        }

        // In pieces, for a file has a limit of its own.
        const int PieceRows = 1000;
        for (int first = 0; first < rows; first += PieceRows)
        {
            int count = Math.Min(PieceRows, rows - first);
            int start = first;
            int[] take = [.. Enumerable.Range(start, count)];
            var chunk = new SpectralChunk(
                [.. take.Select(i => $"studied-{i:00000}")], Axis(Variables), x.SelectRows(take), [new ResponseColumn("y", [.. take.Select(i => y[i])])], []);
            using FileStream file = File.Create(Path.Combine(_folder, "small", $"studied-{first:00000}.arrow"));
            ArrowSpectraWriter.Write(chunk, file);
        }
    }

    private string WriteSettings()
    {
        string study = Path.Combine(_folder, "study.json");
        File.WriteAllText(
            study,
            """
            { "response": "y", "models": ["pls(25)", "ridge"], "subsets": ["full", "top(50)", "top(100)", "top(200)", "region(50,25;1)", "regions(50,25;2)"],
              "pretreatments": ["raw", "snv", "msc", "detrend(1)", "detrend(2)", "sg(7,2,0)", "sg(7,2,1)", "sg(11,2,1)", "sg(15,2,1)", "sg(21,2,1)", "sg(11,2,2)", "sg(15,2,2)", "sg(21,2,2)",
                "snv + sg(7,2,1)", "snv + sg(11,2,1)", "snv + sg(15,2,1)", "snv + sg(21,2,1)", "snv + sg(15,2,2)", "sg(15,2,1) + snv", "sg(15,2,2) + snv"], "folds": "random(10, seed 0)" }
            """);
        string bulk = arguments.Has("--bound")
            ? $$""", { "Name": "bulk", "Dataset": "bulk", "Study": "{{study}}", "RunAfterReferences": 1 }"""
            : "";
        string settings = Path.Combine(_folder, "settings.json");
        File.WriteAllText(
            settings,
            $$"""
            { "Pipeline": {
                "Data": "{{Data}}", "Memory": "{{_budget >> 20}} MiB",
                "Folders": [
                  { "Path": "{{Path.Combine(_folder, "bulk")}}", "Dataset": "bulk", "QuietPeriod": "200 ms", "ScanEvery": "500 ms", "Afterwards": "delete" },
                  { "Path": "{{Path.Combine(_folder, "small")}}", "Dataset": "small", "QuietPeriod": "200 ms", "ScanEvery": "500 ms" } ],
                "Studies": [ { "Name": "long", "Dataset": "small", "Study": "{{study}}", "RunAfterReferences": 1 }{{bulk}} ] } }
            """);
        return settings;
    }

    private static SpectralAxis Axis(int count) =>
        new([.. Enumerable.Range(0, count).Select(j => 400.0 + j)], AxisUnit.Nanometre);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}

/// <summary>Spectra of noise.</summary>
internal static class Noise
{
    /// <summary>Fills a matrix; the values are near 1, as absorbances are.</summary>
    public static void Fill(this Random random, Matrix x)
    {
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++)
            {
                x[i, j] = 0.5 + random.NextDouble();
            }
        }
    }
}
