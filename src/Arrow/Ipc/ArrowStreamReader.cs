using Apache.Arrow.Ipc.Messages;
using Apache.Arrow.Ipc.Reading;

namespace Apache.Arrow.Ipc;

/// <summary>Reads the stream format: a schema, then batches and the dictionaries they need.</summary>
/// <remarks>
/// From memory, arrays lie in that memory and nothing is copied, so it must stay as it is while they live. From a
/// stream, each batch gets one piece of memory of its own. Not for several threads at once. Wrong bytes give
/// <see cref="InvalidDataException"/>, what is not supported gives <see cref="NotSupportedException"/>.
/// </remarks>
public class ArrowStreamReader : IArrowReader, IArrowArrayStream
{
    private readonly BatchSource _batches;

    /// <summary>Reads from a stream, which is closed at the end.</summary>
    public ArrowStreamReader(Stream stream)
        : this(stream, leaveOpen: false)
    {
    }

    /// <summary>Reads from a stream.</summary>
    public ArrowStreamReader(Stream stream, bool leaveOpen)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _batches = new StreamBatches(new StreamMessages(stream, leaveOpen));
    }

    /// <summary>Reads from memory without copying.</summary>
    public ArrowStreamReader(ReadOnlyMemory<byte> buffer)
    {
        _batches = new StreamBatches(new MemoryMessages(buffer));
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
