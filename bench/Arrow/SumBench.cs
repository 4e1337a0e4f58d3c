using System.IO.MemoryMappedFiles;
using System.Numerics;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Pipeline.Figures;

namespace Pipeline.ArrowBench;

/// <summary>All doubles of a mapped file of spectra: through the reader, and straight from the mapped bytes.</summary>
internal static unsafe class SumBench
{
    private const long BatchBytes = Shapes.Rows * Shapes.Variables * sizeof(double);

    public static void Run(int megabytes, int pairs, string folder, RowFile rows)
    {
        string path = Path.Combine(folder, $"arrow-bench-{Environment.ProcessId}.arrow");
        try
        {
            int batches = (int)Math.Max(1, megabytes * 1_000_000L / BatchBytes);
            Write(path, batches);
            Pairs.Head($"sum of {batches * Shapes.Rows * (long)Shapes.Variables:#,0} doubles, {batches} batches of {Shapes.Rows} x {Shapes.Variables} and ids");
            using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            using MemoryMappedViewStream shared = View(file);
            long[] places = [.. Places(shared)];
            double expected = Direct(shared, places);
            Pairs.Compare(
                "one mapping, in memory already",
                batches * BatchBytes,
                pairs,
                rows,
                () => Require(expected, ThroughReader(shared, leaveOpen: true)),
                () => Require(expected, Direct(shared, places)));
            Pairs.Compare(
                "a new mapping each time",
                batches * BatchBytes,
                pairs,
                rows,
                () => Require(expected, ThroughReader(View(file), leaveOpen: false)),
                () =>
                {
                    using MemoryMappedViewStream view = View(file);
                    Require(expected, Direct(view, places));
                });
            Console.WriteLine($"\nsum {expected:R}");
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The sum in a fixed order, eight partial sums at a time.</summary>
    public static double Sum(ReadOnlySpan<double> values)
    {
        ReadOnlySpan<Vector<double>> vectors = MemoryMarshal.Cast<double, Vector<double>>(values);
        Vector<double> first = Vector<double>.Zero;
        Vector<double> second = Vector<double>.Zero;
        int i = 0;
        for (; i + 1 < vectors.Length; i += 2)
        {
            first += vectors[i];
            second += vectors[i + 1];
        }

        if (i < vectors.Length)
        {
            first += vectors[i];
        }

        double sum = Vector.Sum(first + second);
        foreach (double value in values[(vectors.Length * Vector<double>.Count)..])
        {
            sum += value;
        }

        return sum;
    }

    private static void Write(string path, int batches)
    {
        // A few different batches, so that making them does not take longer than the rest.
        RecordBatch[] some = [.. Enumerable.Range(0, Math.Min(batches, 8)).Select(Shapes.Spectral)];
        using var writer = new ArrowFileWriter(File.Create(path), some[0].Schema);
        for (int i = 0; i < batches; i++)
        {
            writer.WriteRecordBatch(some[i % some.Length]);
        }

        writer.WriteEnd();
    }

    private static MemoryMappedViewStream View(MemoryMappedFile file) => file.CreateViewStream(0, 0, MemoryMappedFileAccess.Read);

    private static double ThroughReader(MemoryMappedViewStream view, bool leaveOpen)
    {
        double sum = 0;
        using var reader = new ArrowFileReader(view, leaveOpen);
        while (reader.ReadNextRecordBatch() is RecordBatch batch)
        {
            using (batch)
            {
                sum += Sum(Values(batch));
            }
        }

        return sum;
    }

    private static ReadOnlySpan<double> Values(RecordBatch batch) =>
        ((DoubleArray)((FixedSizeListArray)batch.Column(1)).Values).Values;

    private static double Direct(MemoryMappedViewStream view, long[] places)
    {
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        double sum = 0;
        foreach (long place in places)
        {
            sum += Sum(new ReadOnlySpan<double>(start + place, Shapes.Rows * Shapes.Variables));
        }

        view.SafeMemoryMappedViewHandle.ReleasePointer();
        return sum;
    }

    /// <summary>Where the doubles of the batches lie.</summary>
    private static List<long> Places(MemoryMappedViewStream view)
    {
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        var places = new List<long>();
        using var reader = new ArrowFileReader(view, leaveOpen: true);
        while (reader.ReadNextRecordBatch() is RecordBatch batch)
        {
            using (batch)
            {
                fixed (double* first = Values(batch))
                {
                    places.Add((byte*)first - start);
                }
            }
        }

        view.SafeMemoryMappedViewHandle.ReleasePointer();
        return places;
    }

    private static void Require(double expected, double sum)
    {
        if (sum != expected)
        {
            throw new InvalidOperationException($"The sum is {sum:R}, expected {expected:R}.");
        }
    }
}
