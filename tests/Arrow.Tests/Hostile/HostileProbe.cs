using System.Diagnostics;
using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Pipeline.Arrow.Tests.Hostile;

/// <summary>Reads hostile bytes in all ways and judges what happens.</summary>
/// <remarks>
/// Judged: only typed errors; the same outcome and the same number of batches in every way; values of what was read
/// can be used without any error; allocations of reading bounded by the input's length; time.
/// </remarks>
internal static class HostileProbe
{
    // The first read of a stream of unknown length is 1 MiB on trust; the rest covers exceptions.
    private const long BytesFree = 2 << 20;

    // A column of a batch has a node and at least one buffer, 32 bytes, and becomes an array, its parts, a list entry
    // and a share of the batch, about 600 bytes; a field has at least 16 bytes and becomes a field, a type, a name, a
    // path and dictionary entries, up to about 1,500 bytes when nested. Bodies are copied at most three times
    // (growing doubles). 200 is twice the worst of these.
    private const long BytesPerInputByteMax = 200;

    // Cases take less than a millisecond; the rest is for machines that are busy with something else.
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(5);

    private const int ValuesTouchedMax = 1000;

    /// <summary>Reads in all ways; which of the slow ways are taken depends on the index.</summary>
    public static Verdict Judge(byte[] bytes, bool isFile, long index)
    {
        Way[] ways = [.. isFile ? OfFile(bytes, index) : OfStream(bytes, index)];
        var verdict = new Verdict();
        foreach (Way way in ways)
        {
            Reading reading = Read(way);
            string? failure = reading.Failure is string error ? error
                : reading.AllocatedBytes > BytesFree + (BytesPerInputByteMax * bytes.Length) ? $"{reading.AllocatedBytes} bytes allocated for {bytes.Length}"
                : reading.Elapsed > TimeMax ? $"took {reading.Elapsed}"
                : !way.IsBackwards && verdict.First is Reading first && (first.Outcome, first.Batches) != (reading.Outcome, reading.Batches)
                    ? $"{reading.Outcome} after {reading.Batches} batches, {first.Way} {first.Outcome} after {first.Batches}: {reading.Message} | {first.Message}"
                : null;
            verdict = verdict with
            {
                First = verdict.First ?? reading,
                AllocatedMax = Math.Max(verdict.AllocatedMax, reading.AllocatedBytes),
                Slowest = verdict.Slowest > reading.Elapsed ? verdict.Slowest : reading.Elapsed,
                Failure = verdict.Failure ?? (failure is null ? null : $"{way.Name}: {failure}"),
            };
        }

        return verdict;
    }

    private static IEnumerable<Way> OfFile(byte[] bytes, long index)
    {
        yield return new Way("file", () => new ArrowFileReader(new MemoryStream(bytes)));
        if (index % 2 == 0)
        {
            yield return new Way("file, async", () => new ArrowFileReader(new MemoryStream(bytes)), IsAsync: true);
        }
        else
        {
            yield return new Way("file, backwards", () => new ArrowFileReader(new MemoryStream(bytes)), IsBackwards: true);
        }
    }

    private static IEnumerable<Way> OfStream(byte[] bytes, long index)
    {
        yield return new Way("memory", () => new ArrowStreamReader(bytes));
        yield return new Way("stream", () => new ArrowStreamReader(new MemoryStream(bytes)));
        switch (index % 4)
        {
            case 0:
                yield return new Way("stream, async", () => new ArrowStreamReader(new MemoryStream(bytes)), IsAsync: true);
                break;
            case 1:
                yield return new Way("socket", () => new ArrowStreamReader(new DribblingStream(bytes)));
                break;
            case 2:
                yield return new Way("socket, async", () => new ArrowStreamReader(new DribblingStream(bytes)), IsAsync: true);
                break;
        }
    }

    private static Reading Read(Way way)
    {
        var watch = Stopwatch.StartNew();
        var batches = new List<RecordBatch>();
        Outcome outcome = Outcome.Valid;
        string? failure = null;
        string message = "";
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using ArrowStreamReader reader = way.Open();
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
            foreach (RecordBatch batch in batches)
            {
                using (batch)
                {
                    foreach (IArrowArray column in batch.Arrays)
                    {
                        Touch(column);
                    }
                }
            }
        }
        catch (Exception error)
        {
            // What was accepted must be usable, so here no error at all is right.
            failure ??= $"using a value: {error}";
        }

        return new Reading(way.Name, outcome, batches.Count, allocated, watch.Elapsed, message, failure);
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

    /// <summary>Uses an array as callers do, at both ends of it.</summary>
    private static void Touch(IArrowArray array)
    {
        int length = Math.Min(array.Length, ValuesTouchedMax);
        _ = Rendering.Of(ArrowArrayFactory.Slice(array, 0, length));
        if (array.Length > length)
        {
            _ = Rendering.Of(ArrowArrayFactory.Slice(array, array.Length - 10, 10));
        }

        _ = array.NullCount;
    }

    /// <summary>One way of reading; backwards, errors come in another order, so the outcome may be another one.</summary>
    private sealed record Way(string Name, Func<ArrowStreamReader> Open, bool IsAsync = false, bool IsBackwards = false);
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
    string Way, Outcome Outcome, int Batches, long AllocatedBytes, TimeSpan Elapsed, string Message, string? Failure);

/// <summary>What all ways of reading gave.</summary>
internal sealed record Verdict
{
    /// <summary>What the first way gave.</summary>
    public Reading? First { get; init; }

    /// <summary>The most that one way allocated.</summary>
    public long AllocatedMax { get; init; }

    /// <summary>The longest that one way took.</summary>
    public TimeSpan Slowest { get; init; }

    /// <summary>What was wrong, or null.</summary>
    public string? Failure { get; init; }
}
