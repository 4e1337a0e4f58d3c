using Apache.Arrow.Flatbuf;
using Apache.Arrow.Ipc.Messages;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>Turns messages behind a schema into batches, and keeps the dictionaries between them.</summary>
internal sealed class MessageDecoder : IDisposable
{
    private readonly IpcField[] _fields;
    private readonly Dictionaries _dictionaries;
    private readonly BodyDecompressor _decompressor;

    /// <summary>Starts from the table of a schema.</summary>
    internal MessageDecoder(FlatTable schema, int metadataBytes, BatchReading reading)
    {
        (Schema, _fields) = SchemaDecoder.Decode(schema, metadataBytes);
        _decompressor = new BodyDecompressor(reading.Codecs, reading.Allocator);
        _dictionaries = new Dictionaries(_fields, _decompressor, reading.CanReplace);
    }

    /// <summary>The schema of all batches.</summary>
    internal Schema Schema { get; }

    /// <summary>Starts from a stream's first message.</summary>
    internal static MessageDecoder Start(IpcMessage? first, BatchReading reading)
    {
        if (first is null)
        {
            throw new InvalidDataException("The Arrow stream is empty: it has no schema.");
        }

        using (first)
        {
            return first.Kind == MessageKind.Schema
                ? new MessageDecoder(first.Header, first.MetadataBytes, reading)
                : throw new InvalidDataException($"An Arrow stream starts with a schema; found {first.Kind}.");
        }
    }

    /// <summary>The batch of a message, which ends here, or null where the message was a dictionary.</summary>
    internal RecordBatch? Decode(IpcMessage message)
    {
        using (message)
        {
            switch (message.Kind)
            {
                case MessageKind.DictionaryBatch:
                    _dictionaries.Accept(message.Header, message.Body);
                    return null;
                case MessageKind.RecordBatch:
                    (ArrayData[] columns, int length) =
                        BatchDecoder.Decode(message.Header, message.Body, _fields, _dictionaries, _decompressor, canOverlap: true);
                    return new RecordBatch(Schema, columns.Select(ArrowArrayFactory.BuildArray), length);
                case MessageKind.Tensor or MessageKind.SparseTensor:
                    throw new NotSupportedException($"not supported: an Arrow message of kind {message.Kind}");
                default:
                    throw new InvalidDataException($"Expected a batch or a dictionary in the Arrow data, found {message.Kind}.");
            }
        }
    }

    /// <summary>Gives dictionaries and codecs back; batches have leases of their own.</summary>
    public void Dispose()
    {
        _dictionaries.Dispose();
        _decompressor.Dispose();
    }
}
