using System.IO.MemoryMappedFiles;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;

namespace Pipeline.Arrow.Tests.Conformance;

/// <summary>A way of reading bytes.</summary>
internal sealed record WayOfReading(string Name, Func<byte[], Task<(Schema Schema, List<RecordBatch> Batches)>> ReadAsync);

/// <summary>A way of writing batches, and how its bytes are read.</summary>
internal sealed record WayOfWriting(string Name, IReadOnlyList<WayOfReading> Readers, Func<Schema, RecordBatch[], byte[]> Write);

/// <summary>All the ways into and out of the library.</summary>
internal static class Ways
{
    private static readonly CompressionCodecFactory Codecs = new();

    /// <summary>Ways of reading the stream format.</summary>
    public static IReadOnlyList<WayOfReading> OfStreams { get; } =
    [
        new("memory", bytes => Task.FromResult(Transport.ReadAll(OfMemory(bytes)))),
        new("memory, async", bytes => Transport.ReadAllAsync(OfMemory(bytes))),
        new("stream", bytes => Task.FromResult(Transport.ReadAll(OfStream(bytes)))),
        new("stream, async", bytes => Transport.ReadAllAsync(OfStream(bytes))),
        new("mapped", bytes => Task.FromResult(Transport.ReadAll(new ArrowStreamReader(Map(bytes), Codecs)))),
    ];

    /// <summary>Ways of reading the file format.</summary>
    public static IReadOnlyList<WayOfReading> OfFiles { get; } =
    [
        new("file", bytes => Task.FromResult(Transport.ReadAll(OfFile(bytes)))),
        new("file, async", bytes => Transport.ReadAllAsync(OfFile(bytes))),
        new("file, mapped", bytes => Task.FromResult(Transport.ReadAll(new ArrowFileReader(Map(bytes), Codecs)))),
        new("file, last batch first", bytes => ReadBackwardsAsync(OfFile(bytes))),
    ];

    /// <summary>Ways of writing.</summary>
    public static IReadOnlyList<WayOfWriting> OfWriting { get; } =
    [
        new("stream", OfStreams, Transport.WriteStream),
        new("file", OfFiles, Transport.WriteFile),
        Compressed("stream", CompressionCodecType.Lz4Frame),
        Compressed("stream", CompressionCodecType.Zstd),
        Compressed("file", CompressionCodecType.Lz4Frame),
        Compressed("file", CompressionCodecType.Zstd),
    ];

    private static ArrowStreamReader OfMemory(byte[] bytes) => new((ReadOnlyMemory<byte>)bytes, Codecs);

    private static ArrowStreamReader OfStream(byte[] bytes) => new(new DribblingStream(bytes), Codecs);

    private static ArrowFileReader OfFile(byte[] bytes) => new(new MemoryStream(bytes), Codecs);

    /// <summary>Mapped memory, which readers leave where it is.</summary>
    private static MemoryMappedViewStream Map(byte[] bytes)
    {
        using var file = MemoryMappedFile.CreateNew(null, bytes.Length);
        using (MemoryMappedViewStream view = file.CreateViewStream())
        {
            view.Write(bytes);
        }

        return file.CreateViewStream(0, bytes.Length, MemoryMappedFileAccess.Read);
    }

    private static WayOfWriting Compressed(string format, CompressionCodecType codec)
    {
        var options = new IpcOptions { CompressionCodec = codec, CompressionCodecFactory = Codecs };
        string name = $"{format} {(codec == CompressionCodecType.Zstd ? "ZSTD" : "LZ4")}";
        return format == "stream"
            ? new(name, OfStreams, (schema, batches) => Transport.Write(
                stream => new ArrowStreamWriter(stream, schema, leaveOpen: true, options), batches))
            : new(name, OfFiles, (schema, batches) => Transport.Write(
                stream => new ArrowFileWriter(stream, schema, leaveOpen: true, options), batches));
    }

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
