using Apache.Arrow.Ipc.Messages;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>The batches of the stream format.</summary>
internal sealed class StreamBatches(MessageSource messages) : BatchSource
{
    private MessageDecoder? _decoder;

    /// <inheritdoc/>
    internal override Schema ReadSchema() => (_decoder ??= MessageDecoder.Start(messages.Next())).Schema;

    /// <inheritdoc/>
    internal override async ValueTask<Schema> ReadSchemaAsync(CancellationToken cancellation) =>
        (_decoder ??= MessageDecoder.Start(await messages.NextAsync(cancellation))).Schema;

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
    public override void Dispose() => messages.Dispose();
}
