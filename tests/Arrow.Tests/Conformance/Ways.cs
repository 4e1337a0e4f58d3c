using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Pipeline.Arrow.Tests.Conformance;

/// <summary>A way of reading bytes.</summary>
internal sealed record WayOfReading(string Name, Func<byte[], Task<(Schema Schema, List<RecordBatch> Batches)>> ReadAsync);

/// <summary>A way of writing batches, and how its bytes are read.</summary>
internal sealed record WayOfWriting(string Name, IReadOnlyList<WayOfReading> Readers, Func<Schema, RecordBatch[], byte[]> Write);

/// <summary>All the ways into and out of the library.</summary>
internal static class Ways
{
    /// <summary>Ways of reading the stream format.</summary>
    public static IReadOnlyList<WayOfReading> OfStreams { get; } =
    [
        new("memory", bytes => Task.FromResult(Transport.ReadAll(new ArrowStreamReader((ReadOnlyMemory<byte>)bytes)))),
        new("memory, async", bytes => Transport.ReadAllAsync(new ArrowStreamReader((ReadOnlyMemory<byte>)bytes))),
        new("stream", bytes => Task.FromResult(Transport.ReadAll(new ArrowStreamReader(new DribblingStream(bytes))))),
        new("stream, async", bytes => Transport.ReadAllAsync(new ArrowStreamReader(new DribblingStream(bytes)))),
    ];

    /// <summary>Ways of reading the file format.</summary>
    public static IReadOnlyList<WayOfReading> OfFiles { get; } =
    [
        new("file", bytes => Task.FromResult(Transport.ReadAll(new ArrowFileReader(new MemoryStream(bytes))))),
        new("file, async", bytes => Transport.ReadAllAsync(new ArrowFileReader(new MemoryStream(bytes)))),
        new("file, last batch first", bytes => ReadBackwardsAsync(new ArrowFileReader(new MemoryStream(bytes)))),
    ];

    /// <summary>Ways of writing.</summary>
    public static IReadOnlyList<WayOfWriting> OfWriting { get; } =
    [
        new("stream", OfStreams, Transport.WriteStream),
        new("file", OfFiles, Transport.WriteFile),
    ];

    private static async Task<(Schema Schema, List<RecordBatch> Batches)> ReadBackwardsAsync(ArrowFileReader reader)
    {
        using (reader)
        {
            Schema schema = await reader.GetSchema();
            var batches = new List<RecordBatch>();
            for (int i = await reader.RecordBatchCountAsync() - 1; i >= 0; i--)
            {
                batches.Insert(0, await reader.ReadRecordBatchAsync(i));
            }

            return (schema, batches);
        }
    }
}
