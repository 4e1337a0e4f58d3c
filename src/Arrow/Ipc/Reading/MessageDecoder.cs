using Apache.Arrow.Flatbuf;
using Apache.Arrow.Ipc.Messages;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>Turns messages behind a schema into batches, and keeps the dictionaries between them.</summary>
internal sealed class MessageDecoder
{
    private readonly IpcField[] _fields;
    private readonly Dictionaries _dictionaries;

    /// <summary>Starts from the table of a schema; in a stream, a dictionary may replace an earlier one.</summary>
    internal MessageDecoder(FlatTable schema, int metadataBytes, bool canReplace)
    {
        (Schema, _fields) = SchemaDecoder.Decode(schema, metadataBytes);
        _dictionaries = new Dictionaries(_fields, canReplace);
    }

    /// <summary>The schema of all batches.</summary>
    internal Schema Schema { get; }

    /// <summary>Starts from a stream's first message.</summary>
    internal static MessageDecoder Start(IpcMessage? first)
    {
        if (first is null)
        {
            throw new InvalidDataException("The Arrow stream is empty: it has no schema.");
        }

        return first.Kind == MessageKind.Schema
            ? new MessageDecoder(first.Header, first.MetadataBytes, canReplace: true)
            : throw new InvalidDataException($"An Arrow stream starts with a schema; found {first.Kind}.");
    }

    /// <summary>The batch of a message, or null where the message was a dictionary.</summary>
    internal RecordBatch? Decode(IpcMessage message)
    {
        switch (message.Kind)
        {
            case MessageKind.DictionaryBatch:
                _dictionaries.Accept(message.Header, message.Body);
                return null;
            case MessageKind.RecordBatch:
                (ArrayData[] columns, int length) = BatchDecoder.Decode(message.Header, message.Body, _fields, _dictionaries);
                return new RecordBatch(Schema, columns.Select(ArrowArrayFactory.BuildArray), length);
            case MessageKind.Tensor or MessageKind.SparseTensor:
                throw new NotSupportedException($"not supported: an Arrow message of kind {message.Kind}");
            default:
                throw new InvalidDataException($"Expected a batch or a dictionary in the Arrow data, found {message.Kind}.");
        }
    }
}
