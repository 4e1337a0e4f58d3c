using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;

namespace Pipeline.Arrow.Tests.Memory;

/// <summary>The ways to read bytes into an allocator's memory.</summary>
internal static class Readers
{
    /// <summary>The same batches as a stream that dribbles, a stream that can seek, and a file; each also compressed.</summary>
    public static IEnumerable<(string Name, Func<GuardedAllocator, ArrowStreamReader> Open)> Of(Schema schema, params RecordBatch[] batches)
    {
        foreach (CompressionCodecType? codec in (CompressionCodecType?[])[null, CompressionCodecType.Lz4Frame, CompressionCodecType.Zstd])
        {
            IpcOptions options = Options(codec);
            byte[] stream = Transport.Write(target => new ArrowStreamWriter(target, schema, true, options), batches);
            byte[] file = Transport.Write(target => new ArrowFileWriter(target, schema, true, options), batches);
            yield return ($"{codec} dribbling", allocator => Open(new DribblingStream(stream), allocator));
            yield return ($"{codec} stream", allocator => Open(new MemoryStream(stream), allocator));
            yield return ($"{codec} file", allocator => OpenFile(file, allocator));
        }
    }

    /// <summary>Options that compress.</summary>
    public static IpcOptions Options(CompressionCodecType? codec) =>
        new() { CompressionCodec = codec, CompressionCodecFactory = new CompressionCodecFactory() };

    public static ArrowStreamReader Open(Stream stream, GuardedAllocator allocator) =>
        new(stream, allocator, new CompressionCodecFactory(), leaveOpen: false);

    public static ArrowFileReader OpenFile(byte[] file, GuardedAllocator allocator) =>
        new(new MemoryStream(file), allocator, new CompressionCodecFactory(), leaveOpen: false);

    /// <summary>All batches that are left.</summary>
    public static List<RecordBatch> ReadAll(ArrowStreamReader reader)
    {
        var batches = new List<RecordBatch>();
        while (reader.ReadNextRecordBatch() is RecordBatch batch)
        {
            batches.Add(batch);
        }

        return batches;
    }

    /// <summary>All buffers of an array, those of children and dictionaries included.</summary>
    public static IEnumerable<ArrowBuffer> Buffers(ArrayData data) =>
        [.. data.Buffers, .. data.Children.SelectMany(Buffers), .. data.Dictionary is null ? [] : Buffers(data.Dictionary)];
}
