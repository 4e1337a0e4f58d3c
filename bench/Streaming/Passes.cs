using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Pipeline.Engine.Cores;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration.OnDisk;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.OnDisk;
using Pipeline.Stages.Splitting;

namespace Pipeline.StreamingBench;

/// <summary>Passes over a file in a process of their own, with the memory that they take.</summary>
internal static class Passes
{
    private const int FoldCount = 5;

    /// <summary>Prints a line for each pass: seconds, memory before it and at most, processor seconds, and the bits of what it found.</summary>
    public static async Task RunAsync(Arguments arguments)
    {
        string path = arguments.Text("--file", "");
        PretreatmentChain chain = arguments.Text("--chain", "raw") is var text && text == "raw" ? PretreatmentChain.Raw : PretreatmentChain.Parse(text);
        using var pool = new CorePool(arguments.Count("--threads", Environment.ProcessorCount));
        using DiskFile file = DiskFile.Open(path);
        Samples samples = Read(file);
        RunMemory.ReturnGarbage();
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
            using FoldMoments moments = await MomentsPass.RunAsync(
                samples.Spectra, samples.Axis, chain, samples.Y, samples.Folds, pool.Run, CancellationToken.None);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            self.Refresh();
            double processorSeconds = (self.TotalProcessorTime - processor).TotalSeconds;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{seconds:F3} {before:F0} {PageCache.Memory().Peak:F0} {processorSeconds:F2} {BitConverter.DoubleToUInt64Bits(Products.Dot(moments.Fold(FoldCount - 1).XX.Values, moments.Fold(0).XX.Values)):x}"));
        }

        // A search holds the ids to its end.
        GC.KeepAlive(samples);
    }

    private static Samples Read(DiskFile file)
    {
        DiskReading reading = ArrowDiskReader.Read(file);
        int n = reading.Chunk.SampleCount;
        return new Samples(
            reading.Chunk.Ids,
            reading.Chunk.Axis,
            new SpectraOnDisk(file, reading.Rows, [.. Enumerable.Range(0, n)]),
            new Folds([.. Enumerable.Range(0, n).Select(i => i % FoldCount)], FoldCount),
            new Matrix(n, 1, [.. reading.Chunk.Responses[0].Values]));
    }

    /// <summary>What a search holds of its samples while it passes over their spectra.</summary>
    private sealed record Samples(ImmutableArray<string> Ids, SpectralAxis Axis, SpectraOnDisk Spectra, Folds Folds, Matrix Y);
}
