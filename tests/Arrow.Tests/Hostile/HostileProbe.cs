using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Memory;

namespace Pipeline.Arrow.Tests.Hostile;

/// <summary>Reads hostile bytes in all ways and judges what happens.</summary>
/// <remarks>
/// Judged: only typed errors; the same outcome, the same number of batches and the same values in every way; values of
/// what was read can be used without any error, after the reader was disposed; no memory of an allocator stays out, be
/// it after a success or an error, and none comes back while it is used; allocations of reading bounded by the input's
/// length; time.
/// </remarks>
internal static class HostileProbe
{
    // Covers exceptions and what a reader is made of. The first read of a stream of unknown length is 1 MiB on trust.
    private const long BytesFree = 128 << 10;
    private const long BytesFreeOfSocket = BytesFree + (2 << 20);

    // A column of a batch has a node and at least one buffer, 32 bytes, and becomes an array, its parts, a list entry
    // and a share of the batch, about 600 bytes; a field has at least 16 bytes and becomes a field, a type, a name, a
    // path and dictionary entries, up to about 1,500 bytes when nested. Bodies are copied at most three times
    // (growing doubles). 200 is twice the worst of these.
    private const long BytesPerInputByteMax = 200;

    // Cases take less than a millisecond; the rest is for machines that are busy with something else.
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(5);

    private static readonly CompressionCodecFactory Codecs = new();

    /// <summary>Reads in all ways; which of the slow ways are taken depends on the index.</summary>
    public static Verdict Judge(byte[] bytes, bool isFile, long index)
    {
        Way[] ways = [.. isFile ? OfFile(bytes, index) : OfStream(bytes, index)];
        var verdict = new Verdict();
        foreach (Way way in ways)
        {
            Reading reading = Read(way);
            long allowed = (way.IsSocket ? BytesFreeOfSocket : BytesFree) + (BytesPerInputByteMax * bytes.Length);
            string? failure = reading.Failure is string error ? error
                : reading.AllocatedBytes > allowed && reading.AllocatedBytes - allowed > FrameSizes.Max(bytes)
                    ? $"{reading.AllocatedBytes} bytes allocated for {bytes.Length}"
                : reading.Elapsed > TimeMax ? $"took {reading.Elapsed}"
                : !way.IsBackwards && verdict.First is Reading first
                && (first.Outcome, first.Batches, first.Digest) != (reading.Outcome, reading.Batches, reading.Digest)
                    ? $"{reading.Outcome} after {reading.Batches} batches, {first.Way} {first.Outcome} after {first.Batches}: "
                        + $"{reading.Message} | {first.Message}"
                : null;
            verdict = verdict with
            {
                First = verdict.First ?? reading,
                AllocatedMax = way.IsSocket ? verdict.AllocatedMax : Math.Max(verdict.AllocatedMax, reading.AllocatedBytes),
                Slowest = verdict.Slowest > reading.Elapsed ? verdict.Slowest : reading.Elapsed,
                Failure = verdict.Failure ?? (failure is null ? null : $"{way.Name}: {failure}"),
            };
        }

        return verdict;
    }

    private static IEnumerable<Way> OfFile(byte[] bytes, long index)
    {
        yield return new Way("file", _ => new ArrowFileReader(new MemoryStream(bytes), Codecs));
        yield return (index % 4) switch
        {
            0 => new Way("file, async, allocator", a => new ArrowFileReader(new MemoryStream(bytes), a, Codecs), IsAsync: true),
            1 => new Way("file, backwards, allocator", a => new ArrowFileReader(new MemoryStream(bytes), a, Codecs), IsBackwards: true),
            2 when bytes.Length > 0 => new Way("file, mapped", a => new ArrowFileReader(Map(bytes), a, Codecs)),
            _ => new Way("file, allocator", a => new ArrowFileReader(new MemoryStream(bytes), a, Codecs)),
        };
    }

    private static IEnumerable<Way> OfStream(byte[] bytes, long index)
    {
        yield return new Way("memory", _ => new ArrowStreamReader(bytes, Codecs));
        yield return new Way("stream, allocator", a => new ArrowStreamReader(new MemoryStream(bytes), a, Codecs, leaveOpen: false));
        switch (index % 4)
        {
            case 0:
                yield return new Way("stream, async", _ => new ArrowStreamReader(new MemoryStream(bytes), Codecs), IsAsync: true);
                break;
            case 1:
                yield return new Way(
                    "socket, allocator",
                    a => new ArrowStreamReader(new DribblingStream(bytes), a, Codecs, leaveOpen: false),
                    IsSocket: true);
                break;
            case 2:
                yield return new Way(
                    "socket, async, allocator",
                    a => new ArrowStreamReader(new DribblingStream(bytes), a, Codecs, leaveOpen: false),
                    IsAsync: true,
                    IsSocket: true);
                break;
            case 3 when bytes.Length > 0:
                yield return new Way("mapped", a => new ArrowStreamReader(Map(bytes), a, Codecs, leaveOpen: false));
                break;
        }
    }

    /// <summary>A mapping that nothing writes to, as readers want it to leave arrays where they lie.</summary>
    private static MemoryMappedViewStream Map(byte[] bytes)
    {
        using var file = MemoryMappedFile.CreateNew(null, bytes.Length);
        using (MemoryMappedViewStream target = file.CreateViewStream(0, bytes.Length))
        {
            target.Write(bytes);
        }

        return file.CreateViewStream(0, bytes.Length, MemoryMappedFileAccess.Read);
    }

    private static Reading Read(Way way)
    {
        var watch = Stopwatch.StartNew();
        var batches = new List<RecordBatch>();
        Outcome outcome = Outcome.Valid;
        string? failure = null;
        string message = "";
        int digest = 0;
        var allocator = new CountingAllocator();
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using ArrowStreamReader reader = way.Open(allocator);
            if (way.IsBackwards)
            {
                ReadBackwards((ArrowFileReader)reader, batches);
            }

            while (!way.IsBackwards && Next(reader, way.IsAsync) is RecordBatch batch)
            {
                batches.Add(batch);
            }
        }
        catch (Exception error) when (error is InvalidDataException or NotSupportedException)
        {
            outcome = error is InvalidDataException ? Outcome.Invalid : Outcome.Unsupported;
            message = error.Message;
        }
        catch (Exception error)
        {
            // Any other error is what this test looks for; it is reported with the case.
            failure = error.ToString();
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        try
        {
            digest = Touch.Of(batches);
            batches.ForEach(batch => batch.Dispose());
        }
        catch (Exception error)
        {
            // What was accepted must be usable, so here no error at all is right.
            failure ??= $"using a value: {error}";
        }

        failure ??= allocator.Out == 0 ? null : $"{allocator.Out} pieces of memory did not come back";
        return new Reading(way.Name, outcome, batches.Count, digest, allocated, watch.Elapsed, message, failure);
    }

    // Streams of memory answer at once, so nothing leaves this thread and its count of allocations.
    private static RecordBatch? Next(ArrowStreamReader reader, bool isAsync) =>
        isAsync ? reader.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult() : reader.ReadNextRecordBatch();

    private static void ReadBackwards(ArrowFileReader reader, List<RecordBatch> batches)
    {
        int count = reader.RecordBatchCountAsync().AsTask().GetAwaiter().GetResult();
        for (int i = count - 1; i >= 0; i--)
        {
            batches.Add(reader.ReadRecordBatchAsync(i).AsTask().GetAwaiter().GetResult());
        }
    }

    /// <summary>One way of reading; backwards, errors come in another order, so the outcome may be another one.</summary>
    private sealed record Way(
        string Name,
        Func<MemoryAllocator, ArrowStreamReader> Open,
        bool IsAsync = false,
        bool IsBackwards = false,
        bool IsSocket = false);
}

/// <summary>How reading ended.</summary>
internal enum Outcome
{
    /// <summary>Everything was read.</summary>
    Valid,

    /// <summary>The bytes were called wrong.</summary>
    Invalid,

    /// <summary>The bytes were called right but not supported.</summary>
    Unsupported,
}

/// <summary>What one way of reading gave.</summary>
internal sealed record Reading(
    string Way, Outcome Outcome, int Batches, int Digest, long AllocatedBytes, TimeSpan Elapsed, string Message, string? Failure);

/// <summary>What all ways of reading gave.</summary>
internal sealed record Verdict
{
    /// <summary>What the first way gave.</summary>
    public Reading? First { get; init; }

    /// <summary>The most that one way allocated, sockets apart, of which each begins with 1 MiB.</summary>
    public long AllocatedMax { get; init; }

    /// <summary>The longest that one way took.</summary>
    public TimeSpan Slowest { get; init; }

    /// <summary>What was wrong, or null.</summary>
    public string? Failure { get; init; }
}
