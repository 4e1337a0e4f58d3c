using System.IO.MemoryMappedFiles;
using Apache.Arrow.Ipc.Messages;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>The batches of the stream format.</summary>
internal sealed class StreamBatches(MessageSource messages, BatchReading reading) : BatchSource
{
    private MessageDecoder? _decoder;

    /// <summary>The batches of a stream, where they lie if it is a view of a mapped file.</summary>
    internal static StreamBatches Of(Stream stream, bool leaveOpen, BatchReading reading)
    {
        ArgumentNullException.ThrowIfNull(stream);
        MessageSource messages = stream is MemoryMappedViewStream { CanWrite: false } view
            ? new MessagesInPlace(new MappedSource(view, leaveOpen), view.Position)
            : new StreamMessages(stream, leaveOpen, reading.Allocator);
        return new StreamBatches(messages, reading);
    }

    /// <summary>The batches of a stream that lies in memory.</summary>
    internal static StreamBatches Of(ReadOnlyMemory<byte> stream, BatchReading reading) =>
        new(new MessagesInPlace(new MemorySource(stream), 0), reading);

    /// <inheritdoc/>
    internal override Schema ReadSchema() => (_decoder ??= MessageDecoder.Start(messages.Next(), reading)).Schema;

    /// <inheritdoc/>
    internal override async ValueTask<Schema> ReadSchemaAsync(CancellationToken cancellation) =>
        (_decoder ??= MessageDecoder.Start(await messages.NextAsync(cancellation), reading)).Schema;

    /// <inheritdoc/>
    internal override RecordBatch? Next()
    {
        ReadSchema();
        while (messages.Next() is IpcMessage message)
        {
            if (_decoder!.Decode(message) is RecordBatch batch)
            {
                return batch;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    internal override async ValueTask<RecordBatch?> NextAsync(CancellationToken cancellation)
    {
        await ReadSchemaAsync(cancellation);
        while (await messages.NextAsync(cancellation) is IpcMessage message)
        {
            if (_decoder!.Decode(message) is RecordBatch batch)
            {
                return batch;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _decoder?.Dispose();
        messages.Dispose();
    }
}
