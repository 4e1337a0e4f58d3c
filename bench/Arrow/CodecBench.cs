using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;

namespace Pipeline.ArrowBench;

/// <summary>Spectra compressed in each way.</summary>
internal static class CodecBench
{
    private const int Batches = 10;

    public static void Run(int pairs)
    {
        RecordBatch[] batches = [.. Enumerable.Range(1, Batches).Select(Shapes.Spectral)];
        long plain = (long)Batches * Shapes.Rows * Shapes.Variables * sizeof(double);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\n| codec, {Batches} batches of ids and 700 doubles per row, {plain / 1e6:0} MB of doubles | size of plain | write, MB/s | read, MB/s |"));
        Console.WriteLine("|---|---|---|---|");
        foreach (CompressionCodecType? codec in (CompressionCodecType?[])[null, CompressionCodecType.Lz4Frame, CompressionCodecType.Zstd])
        {
            byte[] bytes = Write(batches, codec);
            double write = Pairs.Median(Enumerable.Range(0, pairs).Select(_ => Pairs.Seconds(() => Write(batches, codec))));
            double read = Pairs.Median(Enumerable.Range(0, pairs).Select(_ => Pairs.Seconds(() => Read(bytes))));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {codec?.ToString() ?? "none"} | {100.0 * bytes.Length / plain:0.0} % | {plain / write / 1e6:0} | {plain / read / 1e6:0} |"));
        }
    }

    private static byte[] Write(RecordBatch[] batches, CompressionCodecType? codec)
    {
        using var stream = new MemoryStream();
        var options = new IpcOptions { CompressionCodec = codec, CompressionCodecFactory = new CompressionCodecFactory() };
        using (var writer = new ArrowStreamWriter(stream, batches[0].Schema, leaveOpen: true, options))
        {
            foreach (RecordBatch batch in batches)
            {
                writer.WriteRecordBatch(batch);
            }

            writer.WriteEnd();
        }

        return stream.ToArray();
    }

    /// <summary>Reads and touches every double, so that all ways do the same work.</summary>
    private static double Read(byte[] bytes)
    {
        double sum = 0;
        using var reader = new ArrowStreamReader(bytes.AsMemory(), new CompressionCodecFactory());
        while (reader.ReadNextRecordBatch() is RecordBatch batch)
        {
            using (batch)
            {
                sum += SumBench.Sum(((DoubleArray)((FixedSizeListArray)batch.Column(1)).Values).Values);
            }
        }

        return sum;
    }
}
