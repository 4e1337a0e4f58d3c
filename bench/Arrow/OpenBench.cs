using System.Diagnostics;
using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Pipeline.ArrowBench;

/// <summary>From the bytes of a batch to its columns.</summary>
internal static class OpenBench
{
    private const int Batches = 4;
    private const int Rounds = 5000;
    private const int ColdRounds = 75;
    private const int OtherBytes = 64 << 20;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    public static void Run()
    {
        Console.WriteLine("\n| opening a batch of 1,000 rows from memory | least, µs | median, µs | 99 of 100 below, µs | median behind 64 MB of other data, µs | bytes allocated |");
        Console.WriteLine("|---|---|---|---|---|---|");
        Measure("ids and 700 doubles per row (2 columns)", Shapes.Spectral);
        Measure("50 columns of doubles", Shapes.Wide);
        Measure("1 column of texts", Shapes.Text);
        Measure("10 columns of texts with nulls", Shapes.Texts);
    }

    private static void Measure(string name, Func<int, RecordBatch> make)
    {
        byte[] bytes = Bytes([.. Enumerable.Range(1, Batches).Select(make)]);
        double[] other = new double[OtherBytes / sizeof(double)];
        double hash = 0;
        var times = new List<double>();
        var cold = new List<double>();
        long allocated = 0;

        // Code is compiled for good in the background, after it has run for a while.
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < WarmUp;)
        {
            Open(bytes, times, () => { }, ref allocated);
        }

        times.Clear();
        for (int round = 0; round < Rounds; round++)
        {
            Open(bytes, times, () => { }, ref allocated);
        }

        for (int round = 0; round < ColdRounds; round++)
        {
            Open(bytes, cold, () => hash += SumBench.Sum(other), ref allocated);
        }

        double[] kept = [.. times.Order()];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {kept[0]:0.0} | {kept[kept.Length / 2]:0.0} | {kept[kept.Length * 99 / 100]:0.0} | {Pairs.Median(cold) + hash:0.0} | {allocated:#,0} |"));
    }

    private static void Open(byte[] bytes, List<double> times, Action before, ref long allocated)
    {
        using var reader = new ArrowStreamReader(bytes.AsMemory());
        _ = reader.Schema;
        for (int i = 0; i < Batches; i++)
        {
            before();
            long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
            long began = Stopwatch.GetTimestamp();
            RecordBatch batch = reader.ReadNextRecordBatch()!;
            times.Add(Stopwatch.GetElapsedTime(began).TotalMicroseconds);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
            batch.Dispose();
        }
    }

    private static byte[] Bytes(RecordBatch[] batches)
    {
        using var stream = new MemoryStream();
        using var writer = new ArrowStreamWriter(stream, batches[0].Schema);
        foreach (RecordBatch batch in batches)
        {
            writer.WriteRecordBatch(batch);
        }

        writer.WriteEnd();
        return stream.ToArray();
    }
}
