using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Pipeline.Figures;

namespace Pipeline.ArrowBench;

/// <summary>Batches through the writer, and as many bytes in one piece to the same target.</summary>
internal static class WriteBench
{
    private const long Bytes = 200_000_000;

    public static void Run(int pairs, string folder, RowFile rows)
    {
        Pairs.Head("writing");
        Measure("ids and 700 doubles per row", Shapes.Spectral, pairs, folder, rows);
        Measure("50 columns of doubles", Shapes.Wide, pairs, folder, rows);
        Measure("10 columns of texts with nulls", Shapes.Texts, pairs, folder, rows);
    }

    private static void Measure(string name, Func<int, RecordBatch> make, int pairs, string folder, RowFile rows)
    {
        RecordBatch[] batches = Batches(make);
        byte[] source;
        using (var stream = new MemoryStream())
        {
            Write(stream, batches);
            source = stream.ToArray();
        }

        byte[] target = new byte[source.Length];
        string shape = string.Create(CultureInfo.InvariantCulture, $"{name}, {batches.Length} batches");
        Pairs.Compare(
            $"{shape}, to memory",
            source.Length,
            pairs,
            rows,
            () => Write(new MemoryStream(target), batches),
            () => new MemoryStream(target).Write(source));
        if (!target.AsSpan().SequenceEqual(source))
        {
            throw new InvalidOperationException("The writer writes other bytes than before.");
        }

        string path = Path.Combine(folder, $"arrow-bench-{Environment.ProcessId}.out");
        try
        {
            Pairs.Compare(
                $"{shape}, to a file",
                source.Length,
                pairs,
                rows,
                () =>
                {
                    using FileStream file = File.Create(path);
                    Write(file, batches);
                },
                () =>
                {
                    using FileStream file = File.Create(path);
                    file.Write(source);
                });
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Different batches, more than the caches of the processor hold.</summary>
    private static RecordBatch[] Batches(Func<int, RecordBatch> make)
    {
        using var stream = new MemoryStream();
        Write(stream, [make(1)]);
        int count = (int)(Bytes / stream.Length);
        return [.. Enumerable.Range(1, count).Select(make)];
    }

    private static void Write(Stream target, RecordBatch[] batches)
    {
        using var writer = new ArrowStreamWriter(target, batches[0].Schema, leaveOpen: true);
        foreach (RecordBatch batch in batches)
        {
            writer.WriteRecordBatch(batch);
        }

        writer.WriteEnd();
    }
}
