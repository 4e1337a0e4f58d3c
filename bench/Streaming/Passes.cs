using System.Diagnostics;
using System.Globalization;
using Pipeline.Engine.Cores;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration.OnDisk;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra.OnDisk;
using Pipeline.Stages.Splitting;

namespace Pipeline.StreamingBench;

/// <summary>Passes over a file in a process of their own, with the memory that they take.</summary>
internal static class Passes
{
    private const int Folds = 5;

    /// <summary>Prints a line for each pass: seconds, memory before it and at most, processor seconds, and the bits of what it found.</summary>
    public static async Task RunAsync(Arguments arguments)
    {
        string path = arguments.Text("--file", "");
        PretreatmentChain chain = arguments.Text("--chain", "raw") is var text && text == "raw" ? PretreatmentChain.Raw : PretreatmentChain.Parse(text);
        using var pool = new CorePool(arguments.Count("--threads", Environment.ProcessorCount));
        using DiskFile file = DiskFile.Open(path);
        DiskReading reading = ArrowDiskReader.Read(file);
        int n = reading.Chunk.SampleCount;
        var spectra = new SpectraOnDisk(file, reading.Rows, [.. Enumerable.Range(0, n)]);
        var folds = new Folds([.. Enumerable.Range(0, n).Select(i => i % Folds)], Folds);
        var y = new Matrix(n, 1, [.. reading.Chunk.Responses[0].Values]);
        GC.Collect();
        for (int pass = 0; pass < arguments.Count("--passes", 1); pass++)
        {
            if (arguments.Text("--cold", "no") == "yes")
            {
                PageCache.Drop(path);
            }

            PageCache.ResetPeak();
            double before = PageCache.Memory().Now;
            using var self = Process.GetCurrentProcess();
            TimeSpan processor = self.TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            var moments = await MomentsPass.RunAsync(spectra, reading.Chunk.Axis, chain, y, folds, pool.Run, CancellationToken.None);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            self.Refresh();
            double processorSeconds = (self.TotalProcessorTime - processor).TotalSeconds;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{seconds:F3} {before:F0} {PageCache.Memory().Peak:F0} {processorSeconds:F2} {BitConverter.DoubleToUInt64Bits(Products.Dot(moments.Fold(Folds - 1).XX.Values, moments.Fold(0).XX.Values)):x}"));
        }
    }
}
