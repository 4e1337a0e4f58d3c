using Apache.Arrow.Ipc.Reading;
using Apache.Arrow.Memory;

namespace Apache.Arrow.Ipc;

/// <summary>Reads the stream format: a schema, then batches and the dictionaries they need.</summary>
/// <remarks>
/// From memory, arrays lie in that memory and nothing is copied, so it must stay as it is while they live. From a
/// read-only view of a mapped file (of the file's own size), arrays lie in the mapping, which stays while they do. From any other stream, each
/// batch gets one piece of memory of its own. Batches must be disposed to give back mappings and an allocator's memory,
/// and may be after the reader was. Only compressed buffers are copied, one by one. Not for several threads at once.
/// Wrong bytes give <see cref="InvalidDataException"/>, what is not supported gives <see cref="NotSupportedException"/>.
/// </remarks>
public class ArrowStreamReader : IArrowReader, IArrowArrayStream
{
    private readonly BatchSource _batches;

    /// <summary>Reads from a stream, which is closed at the end.</summary>
    public ArrowStreamReader(Stream stream)
        : this(stream, allocator: null, compressionCodecFactory: null, leaveOpen: false)
    {
    }

    /// <summary>Reads from a stream, which is closed at the end, into memory of an allocator.</summary>
    public ArrowStreamReader(Stream stream, MemoryAllocator? allocator)
        : this(stream, allocator, compressionCodecFactory: null, leaveOpen: false)
    {
    }

    /// <summary>Reads from a stream, which is closed at the end, also compressed batches.</summary>
    public ArrowStreamReader(Stream stream, ICompressionCodecFactory? compressionCodecFactory)
        : this(stream, allocator: null, compressionCodecFactory, leaveOpen: false)
    {
    }

    /// <summary>Reads from a stream.</summary>
    public ArrowStreamReader(Stream stream, bool leaveOpen)
        : this(stream, allocator: null, compressionCodecFactory: null, leaveOpen)
    {
    }

    /// <summary>Reads from a stream into memory of an allocator.</summary>
    public ArrowStreamReader(Stream stream, MemoryAllocator? allocator, bool leaveOpen)
        : this(stream, allocator, compressionCodecFactory: null, leaveOpen)
    {
    }

    /// <summary>Reads from a stream, also compressed batches.</summary>
    public ArrowStreamReader(Stream stream, ICompressionCodecFactory? compressionCodecFactory, bool leaveOpen)
        : this(stream, allocator: null, compressionCodecFactory, leaveOpen)
    {
    }

    /// <summary>Reads from a stream into memory of an allocator, also compressed batches.</summary>
    public ArrowStreamReader(
        Stream stream, MemoryAllocator? allocator, ICompressionCodecFactory? compressionCodecFactory, bool leaveOpen)
        : this(StreamBatches.Of(stream, leaveOpen, new BatchReading(allocator, compressionCodecFactory, CanReplace: true)))
    {
    }

    /// <summary>Reads from memory without copying.</summary>
    public ArrowStreamReader(ReadOnlyMemory<byte> buffer)
        : this(buffer, compressionCodecFactory: null)
    {
    }

    /// <summary>Reads from memory, copying only what is compressed.</summary>
    public ArrowStreamReader(ReadOnlyMemory<byte> buffer, ICompressionCodecFactory? compressionCodecFactory)
        : this(StreamBatches.Of(buffer, new BatchReading(null, compressionCodecFactory, CanReplace: true)))
    {
    }

    /// <summary>Reads from elsewhere.</summary>
    private protected ArrowStreamReader(BatchSource batches)
    {
        _batches = batches;
    }

    /// <summary>The schema, read now if it has not been.</summary>
    public Schema Schema => _batches.ReadSchema();

    /// <summary>The schema, read now if it has not been.</summary>
    public ValueTask<Schema> GetSchema(CancellationToken cancellationToken = default) =>
        _batches.ReadSchemaAsync(cancellationToken);

    /// <summary>The next batch, null behind the last.</summary>
    public ValueTask<RecordBatch?> ReadNextRecordBatchAsync(CancellationToken cancellationToken = default) =>
        _batches.NextAsync(cancellationToken);

    /// <summary>The next batch, null behind the last.</summary>
    public RecordBatch? ReadNextRecordBatch() => _batches.Next();

    /// <summary>Closes the stream.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the stream.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _batches.Dispose();
        }
    }
}
