using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.DaemonBench.Scenarios;

/// <summary>Files of some megabytes, one after the other, beside what the disk itself takes.</summary>
/// <remarks>
/// All files lie in the folder before the daemon starts, so that only reading, keeping and joining them is measured. The disk's
/// own speed is that of one file of the same bytes, written from front to back and flushed once, in the same minute.
/// </remarks>
internal sealed class IngestScenario : IScenario
{
    private const int VariableCount = 700;

    public string Name => "ingest";

    public string Usage => "[--megabytes N] [--file-megabytes N] [--patience S] [--folder DIR]";

    public async IAsyncEnumerable<string> RunAsync(string folder, ScenarioArguments arguments)
    {
        int total = arguments.Number("--megabytes", 2000);
        int each = arguments.Number("--file-megabytes", 5);
        var patience = TimeSpan.FromSeconds(arguments.Number("--patience", 600));
        yield return "| form | files | disk alone, write and fsync | ingest | spectra/s | share of the disk's speed | CPU of the daemon | peak memory |";
        yield return "|---|---|---|---|---|---|---|---|";
        foreach (bool isArrow in (bool[])[true, false])
        {
            string place = Directory.CreateDirectory(Path.Combine(folder, isArrow ? "arrow" : "text")).FullName;
            string inbox = Directory.CreateDirectory(Path.Combine(place, "inbox")).FullName;
            (int files, int spectra, long bytes) = Write(inbox, isArrow, total, each);
            double disk = DiskMegabytesPerSecond(place, bytes);
            yield return await MeasureAsync(place, isArrow ? "Arrow, float64" : "text", files, spectra, bytes, disk, patience);
            Directory.Delete(place, recursive: true);
        }
    }

    private static async Task<string> MeasureAsync(
        string place, string form, int files, int spectra, long bytes, double disk, TimeSpan patience)
    {
        using ServedDaemon daemon = await ServedDaemon.StartAsync(place);
        var since = Stopwatch.StartNew();
        ProcessSample before = ProcessSample.Of(daemon.Process);
        double? first = (await daemon.WhenAsync("pipeline_dataset_sources", 1, since, patience))?.TotalSeconds;
        int done = (int)await daemon.MetricAsync("pipeline_dataset_sources");
        double? last = (await daemon.WhenAsync("pipeline_dataset_sources", files, since, patience))?.TotalSeconds;
        ProcessSample after = ProcessSample.Of(daemon.Process);

        // From the first look that shows a file on: the quiet period is no speed.
        double share = (double)(files - done) / files;
        double seconds = last - first ?? double.NaN;
        double speed = bytes / 1e6 * share / seconds;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {form} | {files} of {bytes / 1e6 / files:0.0} MB | {disk:0} MB/s | {speed:0} MB/s | {spectra * share / seconds:0} | {speed / disk:0 %} | {after.CpuSeconds - before.CpuSeconds:0.0} s | {after.PeakMebibytes} MiB |");
    }

    private static (int Files, int Spectra, long Bytes) Write(string inbox, bool isArrow, int totalMegabytes, int eachMegabytes)
    {
        var random = new Random(1);
        int bytesPerSpectrum = VariableCount * (isArrow ? sizeof(double) : 11);
        int rows = Math.Max(1, eachMegabytes * 1_000_000 / bytesPerSpectrum);
        int files = Math.Max(2, totalMegabytes / eachMegabytes);
        var axis = new SpectralAxis([.. Enumerable.Range(0, VariableCount).Select(j => 1100.0 + (2 * j))], AxisUnit.Nanometre);
        var x = new Matrix(rows, VariableCount);
        for (int i = 0; i < rows; i++)
        {
            foreach (ref double value in x.Row(i))
            {
                value = random.NextDouble();
            }
        }

        long bytes = 0;
        for (int k = 0; k < files; k++)
        {
            // One value differs from file to file, so that no two spectra of the first sample are the same bytes.
            x.Row(0)[0] = k + 0.5;
            var chunk = new SpectralChunk([.. Enumerable.Range(0, rows).Select(i => $"F{k:00000}S{i:00000}")], axis, x, [], []);
            string path = Path.Combine(inbox, $"part-{k:00000}.{(isArrow ? "arrow" : "csv")}");
            using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
            if (isArrow)
            {
                ArrowSpectraWriter.Write(chunk, file);
            }
            else
            {
                WriteText(chunk, file);
            }

            bytes += file.Position;
        }

        return (files, files * rows, bytes);
    }

    private static void WriteText(SpectralChunk chunk, Stream target)
    {
        using var text = new StreamWriter(target, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
        text.Write("sample_id");
        foreach (double position in chunk.Axis.Positions)
        {
            text.Write(string.Create(CultureInfo.InvariantCulture, $",{position} nm"));
        }

        Span<char> cell = stackalloc char[32];
        for (int i = 0; i < chunk.SampleCount; i++)
        {
            text.Write($"\n{chunk.Ids[i]}");
            foreach (double value in chunk.X.Row(i))
            {
                text.Write(',');
                value.TryFormat(cell, out int length, "0.00000000", CultureInfo.InvariantCulture);
                text.Write(cell[..length]);
            }
        }

        text.Write('\n');
    }

    private static double DiskMegabytesPerSecond(string folder, long bytes)
    {
        string path = Path.Combine(folder, "plain");
        byte[] piece = new byte[1 << 20];
        new Random(2).NextBytes(piece);
        var took = Stopwatch.StartNew();
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0))
        {
            for (long written = 0; written < bytes; written += piece.Length)
            {
                file.Write(piece, 0, (int)Math.Min(piece.Length, bytes - written));
            }

            file.Flush(flushToDisk: true);
        }

        double speed = bytes / 1e6 / took.Elapsed.TotalSeconds;
        File.Delete(path);
        return speed;
    }
}
