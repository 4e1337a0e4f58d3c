using System.Diagnostics;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Arrow.Tests.Ipc;

/// <summary>Wrong bytes give typed errors or valid data, soon and cheaply.</summary>
public class HostileInputTests(ITestOutputHelper output)
{
    private const int Mutations = 2000;
    private const int ValuesTouchedMax = 10_000;

    // Objects for fields and arrays are larger than their bytes; the rest covers exceptions and buffers of streams.
    private const long BytesPerInputByteMax = 200;
    private const long BytesFree = 1 << 20;
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(10);

    [SharedTheory]
    [InlineData("fuzz-stream", false)]
    [InlineData("fuzz-file", true)]
    public void FuzzInputs_GiveTypedErrorsOrData(string folder, bool isFile)
    {
        string[] files = Directory.GetFiles(Path.Combine(Goldens.SharedRoot, "data", "arrow", folder));
        Assert.NotEmpty(files);
        var outcomes = new Outcomes();
        foreach (string file in files)
        {
            Probe(File.ReadAllBytes(file), isFile, outcomes, Path.GetFileName(file));
        }

        output.WriteLine($"{folder}: {files.Length} inputs, {outcomes}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Mutations_GiveTypedErrorsOrData(bool isFile)
    {
        const ulong Seed = 42;
        RecordBatch batch = Samples.Everything(6, withNulls: true);
        byte[] valid = isFile ? Transport.WriteFile(batch.Schema, batch, batch) : Transport.WriteStream(batch.Schema, batch, batch);
        var random = new Pcg64(Seed);
        var outcomes = new Outcomes();
        for (int i = 0; i < Mutations; i++)
        {
            Probe(Mutate(valid, random), isFile, outcomes, $"seed {Seed}, mutation {i}");
        }

        output.WriteLine($"{(isFile ? "file" : "stream")} of {valid.Length} bytes: {outcomes}");
    }

    [Fact]
    public void AnnouncedGigabyte_CostsWhatArrives()
    {
        byte[] stream = [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0x40, 1, 2, 3];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => Transport.ReadMemory(stream));
        Assert.Throws<InvalidDataException>(() => Transport.ReadStream(stream));
        Assert.Throws<InvalidDataException>(() => Transport.ReadAll(new ArrowStreamReader(new DribblingStream(stream))));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4L << 20);
    }

    private static byte[] Mutate(byte[] valid, Pcg64 random)
    {
        byte[] bytes = [.. valid];
        for (int n = random.NextInt(4); n >= 0; n--)
        {
            int at = random.NextInt(bytes.Length);
            bytes[at] = random.NextInt(3) switch
            {
                0 => (byte)random.NextInt(256),
                1 => (byte)(bytes[at] ^ (1 << random.NextInt(8))),
                _ => (byte)(random.NextInt(2) * 255),
            };
        }

        return random.NextInt(10) == 0 ? bytes[..random.NextInt(bytes.Length)] : bytes;
    }

    private static void Probe(byte[] bytes, bool isFile, Outcomes outcomes, string name)
    {
        Func<ArrowStreamReader>[] ways = isFile
            ? [() => new ArrowFileReader(new MemoryStream(bytes))]
            : [() => new ArrowStreamReader(bytes), () => new ArrowStreamReader(new MemoryStream(bytes))];
        foreach (Func<ArrowStreamReader> open in ways)
        {
            var watch = Stopwatch.StartNew();
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using ArrowStreamReader reader = open();
                while (reader.ReadNextRecordBatch() is RecordBatch batch)
                {
                    foreach (IArrowArray column in batch.Arrays)
                    {
                        Touch(column);
                    }
                }

                outcomes.Valid++;
            }
            catch (Exception error) when (error is InvalidDataException or NotSupportedException)
            {
                outcomes.Count(error);
            }
            catch (Exception error)
            {
                Assert.Fail($"{name}: {error}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            outcomes.AllocatedMax = Math.Max(outcomes.AllocatedMax, allocated);
            Assert.True(watch.Elapsed < TimeMax, $"{name}: {watch.Elapsed}");
            Assert.True(allocated <= BytesFree + (BytesPerInputByteMax * bytes.Length), $"{name}: {allocated} bytes for {bytes.Length}");
        }
    }

    /// <summary>Uses an array as callers do.</summary>
    private static void Touch(IArrowArray array)
    {
        int length = Math.Min(array.Length, ValuesTouchedMax);
        _ = Rendering.Of(ArrowArrayFactory.Slice(array, 0, length));
        _ = Rendering.Of(ArrowArrayFactory.Slice(array, array.Length - Math.Min(length, 10), 10));
        _ = array.NullCount;
    }

    private sealed class Outcomes
    {
        private int _invalid;
        private int _unsupported;

        public int Valid { get; set; }

        public long AllocatedMax { get; set; }

        public void Count(Exception error)
        {
            _invalid += error is InvalidDataException ? 1 : 0;
            _unsupported += error is NotSupportedException ? 1 : 0;
        }

        public override string ToString() =>
            $"{Valid} valid, {_invalid} invalid, {_unsupported} not supported, at most {AllocatedMax >> 10} KiB allocated";
    }
}
